import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildDiscriminator,
  buildGenerator,
  countDiscriminatorWeights,
  countGeneratorWeights,
  NETWORKS,
} from "./networks.ts";
import {
  type Batch,
  createBatch,
  createRandom,
  disposeGan,
  type Gan,
  generatorLoss,
  predict,
  trainableVariables,
  trainOnBatch,
  updateDiscriminator,
} from "./workload.ts";

const SIZE = 8;
const BATCH = 2;
const SEED = 7;

/** The reference's kinds of layers in two networks that the tfjs cpu backend trains in milliseconds. */
function createSmallGan(): Gan {
  let seed = SEED;
  const convolution = () => ({
    kernelSize: 4,
    strides: 2,
    padding: "same" as const,
    kernelInitializer: layers.initializers.randomNormal({ stddev: 0.2, seed: seed++ }),
  });
  const generator = layers.sequential({
    layers: [
      layers.layers.conv2d({ ...convolution(), filters: 3, useBias: false, inputShape: [SIZE, SIZE, 1] }),
      layers.layers.batchNormalization(),
      layers.layers.leakyReLU({ alpha: 0.2 }),
      layers.layers.conv2dTranspose({ ...convolution(), filters: 2, activation: "tanh" }),
    ],
  });
  const discriminator = layers.sequential({
    layers: [
      layers.layers.conv2d({ ...convolution(), filters: 3, useBias: false, inputShape: [SIZE, SIZE, 3] }),
      layers.layers.batchNormalization(),
      layers.layers.leakyReLU({ alpha: 0.2 }),
      layers.layers.conv2d({ ...convolution(), filters: 1 }),
    ],
  });
  return {
    generator,
    discriminator,
    generatorOptimizer: tf.train.adam(1e-2, 0.5),
    discriminatorOptimizer: tf.train.adam(1e-2, 0.5),
  };
}

/** The same step written plainly, with a second forward pass of the generator and no nested gradients. */
function trainOnBatchTwoForwards(gan: Gan, { luma, chroma }: Batch): tf.Tensor1D {
  return tf.tidy(() => {
    const dLoss = updateDiscriminator(gan, luma, chroma, predict(gan.generator, luma));
    const { value: gLoss, grads } = tf.variableGrads(
      () => generatorLoss(gan, luma, chroma, predict(gan.generator, luma)),
      trainableVariables(gan.generator),
    );
    gan.generatorOptimizer.applyGradients(grads);
    return tf.stack([gLoss, dLoss]) as tf.Tensor1D;
  });
}

function run(train: typeof trainOnBatch, steps: number) {
  const gan = createSmallGan();
  const data = createBatch(SIZE, BATCH, createRandom(SEED));
  const losses: number[] = [];
  const tensors: number[] = [];
  for (let i = 0; i < steps; i++) {
    const pair = train(gan, data);
    losses.push(...pair.dataSync());
    pair.dispose();
    tensors.push(tf.memory().numTensors);
  }
  const weights = [...trainableVariables(gan.generator), ...trainableVariables(gan.discriminator)].map((v) =>
    v.dataSync().slice(),
  );
  disposeGan(gan);
  tf.dispose([data.luma, data.chroma]);
  return { losses, tensors, weights };
}

describe("reference workload", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it("has networks of the reference's size", () => {
    const plans = NETWORKS.reference;
    const generator = buildGenerator(plans.generator, 64, SEED);
    const discriminator = buildDiscriminator(plans.discriminator, 64, SEED);
    expect(generator.countParams()).toBe(4_168_866);
    expect(generator.outputShape).toEqual([null, 64, 64, 2]);
    expect(discriminator.countParams()).toBe(168_225);
    expect(discriminator.outputShape).toEqual([null, 16, 16, 1]);
    expect(countGeneratorWeights(plans.generator)).toBe(4_168_866);
    expect(countDiscriminatorWeights(plans.discriminator)).toBe(168_225);
    generator.dispose();
    discriminator.dispose();
  });

  it("has pix2pix networks of pix2pix's size", () => {
    const { generator, discriminator } = NETWORKS.pix2pix;
    // 16 inputs x filters for each 4x4 kernel, plus the filters once (bias) or four times (batch normalization).
    const downs =
      16 * 64 +
      64 + // 256 to 128 px
      (16 * 64 * 128 + 4 * 128) +
      (16 * 128 * 256 + 4 * 256) +
      (16 * 256 * 512 + 4 * 512) +
      3 * (16 * 512 * 512 + 4 * 512) + // 16 to 2 px
      (16 * 512 * 512 + 512); // to 1 px
    const ups =
      16 * 512 * 512 +
      4 * 512 + // 1 to 2 px
      3 * (16 * 1024 * 512 + 4 * 512) + // 2 to 16 px
      (16 * 1024 * 256 + 4 * 256) +
      (16 * 512 * 128 + 4 * 128) +
      (16 * 256 * 64 + 4 * 64) +
      (16 * 128 * 2 + 2); // 128 to 256 px
    expect(downs + ups).toBe(54_420_290);
    expect(generator.weights).toBe(54_420_290);
    expect(countGeneratorWeights(generator)).toBe(54_420_290);
    expect(discriminator.weights).toBe(2_767_425);
    expect(countDiscriminatorWeights(discriminator)).toBe(2_767_425);
  });

  it("learns with one generator forward exactly what two forwards learn", () => {
    const nested = run(trainOnBatch, 6);
    const plain = run(trainOnBatchTwoForwards, 6);
    expect(nested.losses).toEqual(plain.losses);
    expect(nested.weights).toEqual(plain.weights);
    expect(nested.losses.at(-2)!).toBeLessThan(nested.losses[0]!);
  });

  it("keeps no tensors from step to step and none after dispose", () => {
    const before = tf.memory().numTensors;
    const { tensors } = run(trainOnBatch, 4);
    expect(new Set(tensors.slice(1)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});
