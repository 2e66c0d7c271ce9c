import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildDiscriminator,
  buildGenerator,
  type keras,
  NETWORK_PRESETS,
  tf,
  uniformGenerator,
} from "../models/index.ts";
import { type PartialConfig, resolveConfig } from "./config/index.ts";
import { adversarialLoss } from "./losses.ts";
import { nonFinite } from "./monitors/index.ts";
import { type Phase, type StepInput, type StepLosses, Trainer } from "./step.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function setUp(flags: PartialConfig = {}) {
  const config = resolveConfig({
    flags: { preset: "tiny", photos: ["x"], cropSize: 16, batchSize: 2, width: 4, ...flags },
  });
  const lab = config.space === "lab";
  const generator = buildGenerator({ ...config, outputChannels: lab ? 2 : 3 });
  const discriminator = buildDiscriminator({
    inputChannels: lab ? 3 : 4,
    width: 4,
    layers: NETWORK_PRESETS.tiny.discriminatorLayers,
    spectralNormalization: config.spectralNormalization,
    seed: config.seed,
  });
  return { config, generator, discriminator, trainer: new Trainer(generator, discriminator, config) };
}

function request(step: number, phase: Phase, channels = 2): StepInput {
  const uniform = uniformGenerator(step % 2);
  const draw = (length: number) => Float32Array.from({ length }, () => uniform() * 2 - 1);
  return {
    step,
    input: draw(2 * 16 * 16),
    target: draw(2 * 16 * 16 * channels),
    phase,
    generatorLearningRate: 2e-3,
    discriminatorLearningRate: 2e-3,
  };
}

const snapshot = (model: keras.LayersModel) =>
  model.getWeights().map((weight) => Array.from(weight.dataSync()));

describe("Trainer", () => {
  it("in phase l1 lowers L1 and leaves the discriminator alone", async () => {
    const { trainer, discriminator } = setUp();
    const before = snapshot(discriminator);
    const first = await trainer.step(request(0, "l1"));
    let last = first;
    for (let i = 0; i < 8; i++) last = await trainer.step(request(0, "l1"));
    expect(last.l1).toBeLessThan(first.l1 * 0.99);
    expect(first.generator).toBeCloseTo(first.l1 * 100, 3);
    expect(first.adversarial).toBeNull();
    expect(snapshot(discriminator)).toEqual(before);
  });

  it("in phase adversarial updates both, each by its own loss", async () => {
    for (const adversarialLoss of ["bce", "lsgan", "hinge"] as const) {
      const { trainer, discriminator, generator } = setUp({ adversarialLoss, lambda: 0 });
      const before = [snapshot(discriminator), snapshot(generator)];
      const first = await trainer.step(request(0, "adversarial"));
      expect(snapshot(discriminator)).not.toEqual(before[0]);
      expect(snapshot(generator)).not.toEqual(before[1]);
      // lambda 0 leaves the adversarial loss alone.
      expect(first.generator).toBeCloseTo(first.adversarial!, 5);
      let last = first;
      for (let i = 0; i < 4; i++) {
        last = await trainer.step({ ...request(0, "adversarial"), generatorLearningRate: 1e-9 });
      }
      expect(last.discriminator!, adversarialLoss).toBeLessThan(first.discriminator!);
    }
  });

  it("sends the generator no gradient through the discriminator's update", async () => {
    // Against the same step written with a second forward pass and an update made beforehand.
    const { trainer, discriminator } = setUp({ lambda: 1, normalization: "none" });
    const reference = setUp({ lambda: 1, normalization: "none" });
    const asked = request(0, "adversarial");
    await trainer.step(asked);

    await reference.trainer.step({ ...asked, generatorLearningRate: 1e-30 });
    expect(snapshot(discriminator)).toEqual(snapshot(reference.discriminator));
    const luma = tf.tensor4d(asked.input, [2, 16, 16, 1]);
    const colour = tf.tensor4d(asked.target, [2, 16, 16, 2]);
    const variables = [...reference.trainer.generatorAdam.variables];
    const { grads } = tf.variableGrads(() => {
      const painted = reference.generator.apply(luma, { training: true }) as tf.Tensor4D;
      const logits = reference.discriminator.apply(tf.concat([luma, painted], 3)) as tf.Tensor;
      const l1 = tf.mean(tf.abs(tf.sub(painted, colour)));
      return tf.add(l1, tf.mean(tf.softplus(tf.neg(logits)))) as tf.Scalar;
    }, variables);
    // Adam's first moment after one step is (1 - beta1) g.
    trainer.generatorAdam.first.forEach((moment, i) => {
      const expected = grads[variables[i]!.name]!.dataSync();
      const actual = moment.dataSync();
      const scale = Math.max(...expected.map(Math.abs), 1e-6);
      actual.forEach((value, j) => {
        expect(Math.abs(value / 0.5 - expected[j]!) / scale).toBeLessThan(1e-3);
      });
    });
  });

  it("makes as many updates of each network as it is told, the generator's after one another", async () => {
    // With a discriminator that stands still, two updates in a step are two steps on the same batch.
    const flags = { normalization: "none", spectralNormalization: false, lambda: 10 } as const;
    const still = { ...request(0, "adversarial"), discriminatorLearningRate: 1e-30 };
    const twice = setUp({ ...flags, generatorSteps: 2, discriminatorSteps: 3 });
    const once = setUp(flags);
    await twice.trainer.step(still);
    expect([twice.trainer.generatorAdam.updates, twice.trainer.discriminatorAdam.updates]).toEqual([2, 3]);
    await once.trainer.step(still);
    await once.trainer.step({ ...still, step: 0 });
    const theirs = snapshot(once.generator).flat();
    const apart = snapshot(twice.generator)
      .flat()
      .map((weight, i) => Math.abs(weight - theirs[i]!));
    expect(Math.max(...apart)).toBeLessThan(1e-5);
    await twice.trainer.step(request(1, "l1"));
    expect([twice.trainer.generatorAdam.updates, twice.trainer.discriminatorAdam.updates]).toEqual([3, 3]);
  });

  it("judges real and painted photos apart, so that batch normalization cannot tell them by their company", async () => {
    const config = resolveConfig({
      flags: { preset: "tiny", photos: ["x"], cropSize: 16, batchSize: 2, width: 4 },
    });
    const generator = buildGenerator({ ...config, outputChannels: 2 });
    const discriminator = () =>
      buildDiscriminator({
        inputChannels: 3,
        width: 4,
        layers: 1,
        normalization: "batch",
        spectralNormalization: false,
        seed: 1,
      });
    const asked = request(0, "adversarial");
    const luma = tf.tensor4d(asked.input, [2, 16, 16, 1]);
    const [colour, painted] = [
      tf.tensor4d(asked.target, [2, 16, 16, 2]),
      generator.apply(luma, { training: true }) as tf.Tensor4D,
    ];
    const reference = discriminator();
    const logits = (colours: tf.Tensor4D) =>
      reference.apply(tf.concat([luma, colours], 3), { training: true }) as tf.Tensor;
    const { real, fake } = adversarialLoss("bce", config.labelSmoothing);
    const expected = tf.mul(tf.add(real(logits(colour)), fake(logits(painted))), 0.5).dataSync()[0];
    const losses = await new Trainer(generator, discriminator(), config).step(asked);
    expect(losses.discriminator).toBeCloseTo(expected!, 5);
  });

  it("shows the discriminator augmented, noisy photos, and the generator its verdict on them", async () => {
    const plain = await setUp({ lambda: 0 }).trainer.step(request(3, "adversarial"));
    for (const flags of [
      { diffAugment: "cutout" },
      { diffAugment: "translation" },
      { instanceNoise: 0.5 },
    ] as const) {
      const { trainer, generator } = setUp({ lambda: 0, ...flags });
      const before = snapshot(generator);
      const losses = await trainer.step({ ...request(3, "adversarial"), instanceNoise: 0.5 });
      expect(losses.discriminator).not.toBe(plain.discriminator);
      expect(losses.adversarial).not.toBe(plain.adversarial);
      expect(losses.l1).toBe(plain.l1);
      expect(snapshot(generator)).not.toEqual(before);
    }
  });

  it("repeats itself bit by bit, dropout included", async () => {
    const runs = [];
    for (let i = 0; i < 2; i++) {
      const { trainer } = setUp({ dropout: 0.5, attention: true, normalization: "group" });
      const losses = [];
      for (const phase of ["l1", "adversarial", "adversarial"] as const) {
        losses.push(await trainer.step(request(losses.length, phase)));
      }
      runs.push(losses);
    }
    expect(runs[1]).toEqual(runs[0]);
  });

  it("lowers the cross-entropy of colour classes, and plays the game on their annealed mean", async () => {
    for (const phase of ["l1", "adversarial"] as const) {
      const { trainer } = setUp({ head: "classes", lambda: 10 });
      const drawn = request(0, phase);
      const muted = { ...drawn, target: drawn.target.map((value) => value * 0.3) };
      const first = await trainer.step(muted);
      let last = first;
      for (let step = 1; step < 12; step++) last = await trainer.step(muted);
      const reconstruction = ({ generator, adversarial }: StepLosses) => generator - (adversarial ?? 0);
      expect(reconstruction(last)).toBeLessThan(reconstruction(first));
      expect(last.adversarial === null).toBe(phase === "l1");
      trainer.dispose();
    }
  });

  it("works in space rgb, with clipping", async () => {
    const { trainer } = setUp({ space: "rgb", gradientClip: 1, chromaWeight: 2 });
    const losses = await trainer.step(request(0, "adversarial", 3));
    expect(losses.r1).toBeNull();
    expect(nonFinite(losses)).toEqual([]);
    expect(losses.moments.painted.mean).toHaveLength(3);
  });

  it("keeps the number of tensors constant", async () => {
    const { trainer } = setUp({
      gradientClip: 1,
      dropout: 0.5,
      diffAugment: "translation,cutout",
      instanceNoise: 0.1,
      generatorSteps: 2,
      discriminatorSteps: 2,
    });
    // The masks of a generator's second forward pass come with the first adversarial step.
    await trainer.step(request(0, "adversarial"));
    const counts = [];
    for (const phase of ["l1", "adversarial", "l1", "adversarial", "adversarial", "adversarial"] as const) {
      await trainer.step(request(counts.length, phase));
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
  });

  it("measures spread and variety of chroma against the true photos'", async () => {
    const { trainer, generator } = setUp();
    // All weights 0: tanh(0) = 0, one colour everywhere.
    generator.setWeights(generator.getWeights().map((weight) => tf.zerosLike(weight)));
    const losses = await trainer.step(request(0, "l1"));
    expect(losses.chromaSpread).toBe(0);
    expect(losses.chromaVariety).toBe(0);
  });
});
