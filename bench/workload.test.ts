import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type Batch,
  buildGenerator,
  createBatch,
  createRandom,
  disposeGan,
  type Gan,
  GENERATOR_PARAMETERS,
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

  it("has a generator of the reference's size", () => {
    const generator = buildGenerator(64, SEED);
    expect(generator.countParams()).toBe(GENERATOR_PARAMETERS);
    expect(generator.outputShape).toEqual([null, 64, 64, 2]);
    generator.dispose();
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
