import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// What makes a model folder of a run.
import { exportRun } from "../../export/index.ts";
import { tf } from "../../models/index.ts";
import type { PartialConfig, TrainConfig } from "../config/index.ts";
import { WeightAverage } from "../ema.ts";
import { train } from "../loop.ts";
import { discriminatorOf, generatorOf, loadTrainedNetworks } from "../networks.ts";
import { makePhotos, testConfig } from "../testing.ts";
import { initialize, resolveWithInit } from "./index.ts";

let root: string;
let photos: string;
let first: TrainConfig;
let model: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-init-"));
  photos = await makePhotos(root);
  first = testConfig({ photos: [photos], run: join(root, "first"), steps: 4, width: 3 });
  await train(first);
  model = join(root, "model");
  await exportRun(first.run!, model, { license: "CC0-1.0" });
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** What the command line would resolve for a run that starts from `init`. */
const settings = (init: string, flags: PartialConfig = {}) =>
  resolveWithInit({
    flags: {
      ...{ init, photos: [photos], batchSize: 2, backend: "cpu", minColourfulness: 0, validationPhotos: 2 },
      ...{ validationSize: 8, samples: 0, steps: 3 },
      ...flags,
    },
  });

const lines = async (run: string, file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(run, file), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("resolveWithInit", () => {
  it("takes the architecture from a run or a model, and the preset `finetune`", async () => {
    for (const init of [
      first.run!,
      join(first.run!, "checkpoints", "last"),
      model,
      join(model, "generator.onnx"),
    ]) {
      const config = await settings(init);
      expect(config).toMatchObject({
        ...{ preset: "finetune", init, initDiscriminator: "same", cropSize: 8 },
        ...{ width: 3, depth: 2, discriminatorWidth: 2, discriminatorLayers: 1 },
      });
    }
    expect((await settings(model, { width: 3, preset: "tiny", dropout: 0.25 })).dropout).toBe(0.25);
  });

  it("refuses settings that contradict the network, by name", async () => {
    await expect(settings(model, { width: 8 })).rejects.toThrow(/^width 8 contradicts .*model, which has 3/);
    await expect(settings(first.run!, { space: "rgb" })).rejects.toThrow(/^space "rgb" contradicts/);
    await expect(settings(model, { discriminatorWidth: 4, initDiscriminator: "same" })).rejects.toThrow(
      /^discriminatorWidth 4 contradicts .* has 2/,
    );
    expect(() => testConfig({ photos: [photos], initDiscriminator: "none" })).toThrow(/there is no init/);
    await expect(settings(join(root, "nothing"))).rejects.toThrow(/there is no model/);
    await expect(settings(join(model, "discriminator.onnx"))).rejects.toThrow(/is a discriminator/);
  });

  it("trains a new discriminator where there is none, it does not fit, or none is wanted", async () => {
    const config = await settings(model, { discriminatorWidth: 4 });
    expect(config).toMatchObject({ initDiscriminator: "none", discriminatorWidth: 4 });
    expect((await settings(model, { initDiscriminator: "none" })).initDiscriminator).toBe("none");
    const alone = join(root, "alone");
    await cp(model, alone, { recursive: true });
    await rm(join(alone, "discriminator.onnx"));
    expect((await settings(alone)).initDiscriminator).toBe("none");
    await expect(settings(alone, { initDiscriminator: "same" })).rejects.toThrow(
      /no discriminator to start from/,
    );
  });
});

describe("initialize", () => {
  it("gives the networks the weights of a run's best or last checkpoint, or of a model's files", async () => {
    await tf.setBackend("cpu");
    const trained = await loadTrainedNetworks(first.run!, "best");
    const config = await settings(model, { seed: 5 });
    for (const init of [first.run!, model]) {
      const networks = { generator: generatorOf(config), discriminator: discriminatorOf(config) };
      const report = await initialize(init, networks, config);
      expect(report).toMatchObject({ discriminator: true, steps: trained.state.step });
      networks.generator.getWeights().forEach((weight, i) => {
        expect(weight.dataSync()).toEqual(trained.generator.getWeights()[i]!.dataSync());
      });
      const judged = tf.tidy(() => {
        const pairs = tf.randomUniform([2, 8, 8, 3], -1, 1, "float32", 1);
        const [a, b] = [networks.discriminator, trained.discriminator].map(
          (network) => network.apply(pairs, { training: false }) as tf.Tensor,
        );
        return tf.max(tf.abs(tf.sub(a!, b!))).dataSync()[0]!;
      });
      expect(judged).toBeLessThan(1e-4);
    }
    await expect(
      initialize(
        model,
        { generator: generatorOf(first), discriminator: discriminatorOf(first) },
        { ...config, width: 9 },
      ),
    ).rejects.toThrow(/has width 3, but this run's width is 9/);
  });
});

describe("train with init", () => {
  it("starts from the weights, scores them first, and resumes without what it started from", async () => {
    const source = join(root, "moved");
    await cp(model, source, { recursive: true });
    const config = await settings(source, { run: join(root, "tuned"), pretrainSteps: 3 });
    const { best } = await train(config);
    expect(JSON.parse(await readFile(join(config.run!, "init.json"), "utf8"))).toMatchObject({
      ...{ kind: "model", name: "model", version: "1.0.0", license: "CC0-1.0", discriminator: true },
    });
    const validations = (await lines(config.run!, "metrics.jsonl")).filter(({ validation }) => validation);
    expect(validations.map(({ step }) => step)).toEqual([0, 3]);
    expect(best).not.toBeNull();
    const card = join(root, "tuned-model");
    await exportRun(config.run!, card);
    expect(await readFile(join(card, "README.md"), "utf8")).toMatch(
      /\| Fine-tuned from \| model 1.0.0: \d steps on photos; license: CC0-1.0 \|/,
    );
    await rm(source, { recursive: true });
    const more = await train({ ...config, steps: 5 }, {}, { resume: true });
    expect(more.step).toBe(5);
  });

  it("lets the discriminator play alone first, while the generator's weights stay", async () => {
    const config = await settings(model, {
      ...{
        run: join(root, "warm"),
        pretrainSteps: 0,
        discriminatorWarmup: 2,
        warmupSteps: 0,
        validateEvery: 0,
      },
      ...{ initDiscriminator: "none", discriminatorWidth: 2, discriminatorLayers: 1 },
    });
    await train(config);
    const rates = (await lines(config.run!, "metrics.jsonl"))
      .filter(({ phase }) => phase === "adversarial")
      .map(({ generatorLearningRate }) => Number(generatorLearningRate) > 0);
    expect(rates).toEqual([false, false, true]);
  });
});

describe("WeightAverage.skipRamp", () => {
  it("makes the first update count 1 - decay, not nine tenths", async () => {
    await tf.setBackend("cpu");
    const generator = generatorOf(first);
    const average = new WeightAverage(generator, 0.99);
    const before = average.averages[0]!.dataSync().slice();
    const weight = generator.weights[0]!.read() as tf.Variable;
    tf.tidy(() => weight.assign(tf.add(weight, 1)));
    average.skipRamp();
    average.prepare();
    tf.tidy(() => average.update());
    expect(average.averages[0]!.dataSync()[0]! - before[0]!).toBeCloseTo(0.01, 5);
    average.dispose();
  });
});
