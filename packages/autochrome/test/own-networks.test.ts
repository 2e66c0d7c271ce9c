import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runLine as autochrome } from "../src/cli/testing.ts";
import { keras, tf } from "../src/models/index.ts";
import { readLayersModel, writeLayersModel } from "../src/training/index.ts";
import { makePhotos } from "../src/training/testing.ts";

/* Keras models of a user's own: from their files through training, resuming, export and evaluation. */

let root: string;
let photos: string;
beforeAll(async () => {
  tf.env().set("PROD", true);
  await import("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  root = await mkdtemp(join(tmpdir(), "autochrome-own-"));
  photos = await makePhotos(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const normal = (seed: number) => keras.initializers.randomNormal({ mean: 0, stddev: 0.1, seed });

/** Down once and up once: sides are multiples of 2. */
function generator(channels = 2): keras.LayersModel {
  return keras.sequential({
    layers: [
      keras.layers.conv2d({
        inputShape: [null, null, 1],
        filters: 3,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        activation: "relu",
        kernelInitializer: normal(1),
        name: "in",
      }),
      keras.layers.upSampling2d({ size: [2, 2], name: "twice" }),
      keras.layers.conv2d({
        filters: channels,
        kernelSize: 3,
        padding: "same",
        activation: "tanh",
        kernelInitializer: normal(2),
        name: "out",
      }),
    ],
  });
}

function discriminator(inputs = 3): keras.LayersModel {
  return keras.sequential({
    layers: [
      keras.layers.conv2d({
        inputShape: [null, null, inputs],
        filters: 1,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        kernelInitializer: normal(3),
        name: "patches",
      }),
    ],
  });
}

async function save(name: string, model: keras.LayersModel): Promise<string> {
  await writeLayersModel(model, join(root, name));
  return join(root, name);
}

const TINY =
  "--backend cpu --preset tiny --depth 2 --crop-size 8 --batch-size 2 --min-colourfulness 0 --pretrain-steps 1 " +
  "--validation-photos 2 --validation-size 8 --checkpoint-every 2";

describe("readLayersModel", () => {
  it("gives back what writeLayersModel wrote, from the folder or the file", async () => {
    const model = generator();
    const folder = await save("copy", model);
    expect((await readdir(folder)).sort()).toEqual(["model.json", "weights.bin"]);
    const x = tf.randomNormal([1, 4, 4, 1], 0, 1, "float32", 5);
    for (const path of [folder, join(folder, "model.json")]) {
      const copy = await readLayersModel(path);
      expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual((model.apply(x) as tf.Tensor).dataSync());
    }
  });

  it("says what is wrong with a file", async () => {
    await expect(readLayersModel(join(root, "nowhere"))).rejects.toThrow(/there is no model '.*nowhere'/);
    const file = async (name: string, text: string) => {
      await writeFile(join(root, name), text);
      return join(root, name);
    };
    await expect(readLayersModel(await file("text.json", "{"))).rejects.toThrow(/text.json' is no JSON/);
    const graph = await file("graph.json", '{"format": "graph-model"}');
    await expect(readLayersModel(graph)).rejects.toThrow(/a graph model, which cannot be trained/);
    const folder = await save("unweighted", generator());
    await rm(join(folder, "weights.bin"));
    await expect(readLayersModel(folder)).rejects.toThrow(/the weights of .* are missing/);
    const json = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as Record<string, unknown>;
    const foreign = JSON.stringify({ modelTopology: json.modelTopology }).replaceAll("UpSampling2D", "Mine");
    await expect(readLayersModel(await file("foreign.json", foreign))).rejects.toThrow(
      /Mine.* registered \(tf.serialization.registerClass\)/s,
    );
  });
});

describe("train --generator --discriminator", () => {
  it("refuses what cannot be trained, naming what is needed", async () => {
    const cases: [string, keras.LayersModel, RegExp][] = [
      [
        "--generator",
        generator(3),
        /its output is \[null, null, null, 3\].* has to be \[null, null, null, 2\]/,
      ],
      [
        "--discriminator",
        discriminator(4),
        /its input is \[null, null, null, 4\].* be \[null, null, null, 3\]/,
      ],
    ];
    const frozen = generator();
    frozen.trainable = false;
    for (const layer of frozen.layers) layer.trainable = false;
    cases.push(["--generator", frozen, /no trainable weights/]);
    const small = keras.sequential({
      layers: [
        keras.layers.conv2d({
          inputShape: [null, null, 1],
          filters: 2,
          kernelSize: 3,
          strides: 2,
          padding: "same",
        }),
      ],
    });
    cases.push(["--generator", small, /its output has not the height and width of its input/]);
    const fixed = keras.sequential({
      layers: [keras.layers.conv2d({ inputShape: [8, 8, 1], filters: 2, kernelSize: 1 })],
    });
    cases.push(["--generator", fixed, /its input is \[null, 8, 8, 1\].*left open/]);
    for (const [i, [flag, model, message]] of cases.entries()) {
      const folder = await save(`bad-${i}`, model);
      const { code, err } = await autochrome(
        `train ${photos} ${TINY} ${flag} ${folder} --run ${join(root, `bad-run-${i}`)}`,
      );
      expect(err).toMatch(message);
      expect(code).toBe(2);
    }
    const odd = await autochrome(
      `train ${photos} ${TINY.replace("--crop-size 8", "--crop-size 9")} --generator ${await save("odd", generator())} --run ${join(root, "odd-run")}`,
    );
    expect(odd.err).toMatch(/multiples of 2, and cropSize is 9: try --crop-size 8 or 10/);
  });

  it("trains them, resumes to the same losses without their files, exports and evaluates them", async () => {
    const [g, d] = [await save("g", generator()), await save("d", discriminator())];
    const own = `--generator ${g} --discriminator ${d}`;
    const whole = await autochrome(`train ${photos} ${TINY} ${own} --run ${join(root, "whole")} --steps 5`);
    expect([whole.code, whole.err]).toEqual([0, expect.stringContaining("generator 0.00 M")]);
    const run = join(root, "parts");
    await autochrome(`train ${photos} ${TINY} ${own} --run ${run} --steps 2`);
    await rm(g, { recursive: true });
    await rm(d, { recursive: true });
    const resumed = await autochrome(`train --resume --run ${run} --steps 5`);
    expect([resumed.code, resumed.err]).toEqual([0, expect.stringContaining("resumed at step 2")]);
    const losses = async (folder: string) =>
      (await readFile(join(folder, "metrics.jsonl"), "utf8"))
        .split("\n")
        .filter((line) => line.includes('"l1"'))
        .map((line) => (JSON.parse(line) as { generator: number }).generator);
    expect(await losses(run)).toEqual(await losses(join(root, "whole")));
    expect(await losses(run)).toHaveLength(5);

    const exported = join(root, "exported");
    expect(await autochrome(`export ${run} -o ${exported}`)).toMatchObject({ code: 0 });
    expect(await readdir(exported)).toEqual(expect.arrayContaining(["generator.onnx", "discriminator.onnx"]));
    const evaluated = await autochrome(`evaluate ${photos} --model ${run} --size 16 --limit 2 --json`);
    expect(evaluated.code, evaluated.err).toBe(0);
    expect(JSON.parse(evaluated.out)).toMatchObject({ photos: 2 });
  });
});
