import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { labToRgb } from "../color/index.ts";
// What makes a network of a run, and what colours with it.
import { exportRun } from "../export/index.ts";
import { loadColorizer, readModelFile } from "../inference/index.ts";
import { keras, tf, uniformGenerator } from "../models/index.ts";
import type { PartialConfig, TrainConfig } from "./config/index.ts";
import type { ValidationEvent } from "./events.ts";
import { discriminatorOf, generatorOf, loadTrainedNetworks, resolveWithInit, train } from "./index.ts";
import { initialize } from "./init/index.ts";
import { makePhotos, testConfig, withoutClock } from "./testing.ts";

let root: string;
let photos: string;
let plain: TrainConfig;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-hints-"));
  photos = await makePhotos(root);
  plain = config("plain", { hints: false, steps: 4 });
  await train(plain);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const folder = (name: string) => join(root, "runs", name);

const config = (name: string, flags: PartialConfig = {}) =>
  testConfig({ photos: [photos], run: folder(name), hints: true, ...flags });

async function resultOf(name: string) {
  const rows = (await readFile(join(folder(name), "metrics.jsonl"), "utf8")).trim().split("\n");
  const tensors = await readFile(join(folder(name), "checkpoints", "last", "tensors.safetensors"));
  return { metrics: rows.map((row) => withoutClock(JSON.parse(row))), tensors: tensors.toString("base64") };
}

/** Noise as lightness, and hints that are all 0 or noise too. */
function input(hints: "none" | "noise"): tf.Tensor4D {
  const uniform = uniformGenerator(4);
  const values = Float32Array.from({ length: 2 * 8 * 12 * 4 }, (_, i) =>
    i % 4 === 0 || hints === "noise" ? 2 * uniform() - 1 : 0 * uniform(),
  );
  return tf.tensor4d(values, [2, 8, 12, 4]);
}

describe("a run with hints", () => {
  it("goes on after an interruption to the very same weights and metrics", async () => {
    await train(config("whole"));
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => step === 4 && stop.abort();
    await train(config("halted"), { onStep }, { signal: stop.signal });
    await train(config("halted"), {}, { resume: true });
    const whole = await resultOf("whole");
    expect(await resultOf("halted")).toEqual(whole);
    // The hints are among what is drawn, and are validated on beside the same photos without them.
    await train(config("unhinted", { hints: false }));
    const without = await resultOf("unhinted");
    expect(whole.metrics[0]!.l1).not.toBe(without.metrics[0]!.l1);
    const validations = whole.metrics.flatMap(({ validation }) => (validation ? [validation] : []));
    expect(validations).toEqual(
      [1, 2].map(() => ({
        score: expect.any(Number),
        chromaError: expect.any(Number),
        chromaErrorAt10Hints: expect.any(Number),
      })),
    );
    const resumed = train({ ...config("halted"), hints: false }, {}, { resume: true });
    await expect(resumed).rejects.toThrow(/was made with hints true, not false/);
  });

  it("chooses its best by both validations", async () => {
    const seen: ValidationEvent[] = [];
    const scores = [1, 3];
    await train(
      config("scored", { steps: 3 }),
      { onValidation: (event) => seen.push(event) },
      { score: async () => ({ score: scores.shift()!, metrics: { made: scores.length } }) },
    );
    expect(seen).toMatchObject([{ score: 2, metrics: { made: 1, madeAt10Hints: 0 } }]);
  });

  it("learns to follow hints where lightness tells nothing", async () => {
    const flat = join(root, "flat");
    await mkdir(flat);
    const uniform = uniformGenerator(1);
    for (let i = 0; i < 40; i++) {
      const lab = Float32Array.of(60, 60 * uniform() - 30, 60 * uniform() - 30);
      const [r, g, b] = labToRgb(lab, new Uint8Array(3));
      await sharp({ create: { width: 32, height: 32, channels: 3, background: { r: r!, g: g!, b: b! } } })
        .png()
        .toFile(join(flat, `${i}.png`));
    }
    const { best } = await train(
      config("flat", {
        ...{ photos: [flat], width: 8, depth: 3, cropSize: 16, batchSize: 8, validationSize: 32 },
        ...{ steps: 250, pretrainSteps: 250, generatorLearningRate: 3e-3, emaDecay: 0.9, validateEvery: 0 },
        ...{ validationPhotos: 4, valFraction: 0.2, checkpointEvery: 250, backend: "onnxruntime" },
      }),
    );
    const { chromaError, chromaErrorAt10Hints } = best!.metrics;
    expect(chromaErrorAt10Hints).toBeLessThan(0.5 * chromaError!);
  });
});

describe("hints and init", () => {
  const settings = (init: string, flags: PartialConfig = {}) =>
    resolveWithInit({ flags: { ...plain, initDiscriminator: undefined, hints: undefined, init, ...flags } });

  it("gives a network without hints channels that change nothing at first", async () => {
    const model = join(root, "plain-model");
    await exportRun(plain.run!, model);
    await tf.setBackend("cpu");
    const { generator: narrow } = await loadTrainedNetworks(plain.run!);
    const expected = (
      narrow.apply(tf.slice(input("none"), [0, 0, 0, 0], [-1, -1, -1, 1])) as tf.Tensor
    ).dataSync();
    for (const init of [plain.run!, model]) {
      const resolved = await settings(init, { hints: true, steps: 1, run: folder(`wide-${init === model}`) });
      expect(resolved).toMatchObject({ hints: true, initDiscriminator: "same" });
      const networks = { generator: generatorOf(resolved), discriminator: discriminatorOf(resolved) };
      await initialize(init, networks, resolved);
      for (const hints of ["none", "noise"] as const) {
        const values = (networks.generator.apply(input(hints)) as tf.Tensor).dataSync();
        for (let i = 0; i < expected.length; i++) expect(values[i]).toBeCloseTo(expected[i]!, 5);
      }
      const seen: ValidationEvent[] = [];
      await train(resolved, { onValidation: (event) => seen.push(event) });
      expect(seen.map(({ step }) => step)).toEqual([0, 1]);
      const { chromaError, chromaErrorAt10Hints } = seen[0]!.metrics;
      expect(chromaErrorAt10Hints).toBe(chromaError);
    }
  });

  it("keeps the hints of a network that has them, and refuses to drop them", async () => {
    const first = config("first", { steps: 2 });
    await train(first);
    const resolved = await settings(first.run!, { run: folder("second"), steps: 1 });
    expect(resolved.hints).toBe(true);
    await train(resolved);
    await expect(settings(first.run!, { hints: false })).rejects.toThrow(
      /^hints false contradicts .*first, which has true: leave hints out/,
    );
    await expect(train({ ...resolved, hints: false, run: folder("third") })).rejects.toThrow(
      /first has hints true, but this run's hints is false/,
    );
  });

  it("refuses generators that do not take what --hints gives", async () => {
    const own = (channels: number) => {
      const at = keras.input({ shape: [null, null, channels] });
      const layer = keras.layers.conv2d({ filters: 2, kernelSize: 1 });
      return keras.model({ inputs: at, outputs: layer.apply(at) as keras.SymbolicTensor });
    };
    await train(config("own", { steps: 1 }), {}, { generator: own(4) });
    await expect(train(config("own-1"), {}, { generator: own(1) })).rejects.toThrow(
      /--hints trains one whose input is \[null, null, null, 4\].*its input is \[null, null, null, 1\]/,
    );
    await expect(train(config("own-4", { hints: false }), {}, { generator: own(4) })).rejects.toThrow(
      /4 channels, as one has that takes hints: add --hints/,
    );
    const resolved = await settings(plain.run!, { hints: true, run: folder("own-init") });
    await expect(train(resolved, {}, { generator: own(4) })).rejects.toThrow(
      /takes no hints, and this run's generator is not the same network with hints added/,
    );
    expect(() => config("rgb", { space: "rgb" })).toThrow(/hints are colours without lightness/);
  });
});

it.each(["unet", "pix2pix", "nazeri2018"] as const)("builds %s for hints, zeros and all", (architecture) => {
  const generator = generatorOf(config("built", { architecture }));
  expect(generator.inputs[0]!.shape).toEqual([null, null, null, 4]);
  expect((generator.apply(input("noise")) as tf.Tensor).shape).toEqual([2, 8, 12, 2]);
});

it("exports a network that takes hints, and colours with and without them", async () => {
  const run = config("exported", { steps: 3 });
  await train(run);
  const model = join(root, "model");
  const { files } = await exportRun(run.run!, model);
  expect(files[0]!.parity!.difference).toBeLessThan(1e-4);
  const { metadata } = await readModelFile(join(model, "generator.onnx"));
  expect(metadata).toMatchObject({ formatVersion: 2, hints: true });
  const judge = await readModelFile(join(model, "discriminator.onnx"));
  expect(judge.metadata).toMatchObject({ formatVersion: 1 });
  expect(judge.metadata.hints).toBeUndefined();
  const card = await readFile(join(model, "README.md"), "utf8");
  expect(card).toContain("a, b from L and colour hints");
  expect(card).toContain("[n, h, w, 4] (L, a and b of hints, mask)");
  const colorizer = await loadColorizer({ model });
  const photo = { width: 9, height: 5, data: new Uint8Array(45).fill(120) };
  expect((await colorizer.colorize(photo)).data).toHaveLength(135);
  await colorizer.dispose();
});
