import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";

/** Weights of the reference generator, moving averages of the batch normalizations included. */
export const GENERATOR_PARAMETERS = 4_168_866;

const DOWN_FILTERS = [32, 64, 128, 256, 256];
const UP_FILTERS = [256, 128, 64, 32];
const KERNEL_SIZE = 4;
const LEAKY_SLOPE = 0.2;
const LEARNING_RATE = 2e-4;
const BETA1 = 0.5;
const BETA2 = 0.999;
/** Given to both sides: TensorFlow.js and PyTorch have different defaults. */
const ADAM_EPSILON = 1e-7;
const L1_WEIGHT = 100;
const INITIAL_STDDEV = 0.02;
/** The batches that the steps take in turn, made once: input pipelines are not what is measured. */
const BATCH_COUNT = 4;

export interface WorkloadOptions {
  /** Height and width of the square images, a multiple of 32. */
  size: number;
  /** Images in a batch. */
  batch: number;
  /** Seed of the initial weights and of the random images (default 1). */
  seed?: number;
}

export interface StepLosses {
  /** Adversarial loss plus 100 times the mean absolute error of the chroma. */
  gLoss: number;
  /** Halved sum of the discriminator's losses on real and on generated images. */
  dLoss: number;
}

export interface TrainStep {
  /** Runs one step of both networks; reads nothing but the two losses, once, at its end. */
  step(): Promise<StepLosses>;
  /** Frees networks, optimizers and batches. */
  dispose(): void;
}

/** Both networks with their optimizers; `trainOnBatch` below says how they learn. */
export interface Gan {
  generator: layers.LayersModel;
  discriminator: layers.LayersModel;
  generatorOptimizer: tf.Optimizer;
  discriminatorOptimizer: tf.Optimizer;
}

/** One batch: normalized L* `[batch, size, size, 1]` and its true a*, b* `[batch, size, size, 2]`. */
export interface Batch {
  luma: tf.Tensor4D;
  chroma: tf.Tensor4D;
}

/** Deterministic uniform numbers in [0, 1) (Mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * U-Net: five 4x4 stride-2 convolutions, four transposed ones with skip concatenations, and a last
 * transposed one to two channels with tanh. `[batch, size, size, 1]` to `[batch, size, size, 2]`.
 * A bias stands only where no batch normalization follows.
 */
export function buildGenerator(size: number, seed: number): layers.LayersModel {
  let nextSeed = seed * 1000;
  const kernelInitializer = () =>
    layers.initializers.randomNormal({ mean: 0, stddev: INITIAL_STDDEV, seed: nextSeed++ });
  const scale = { kernelSize: KERNEL_SIZE, strides: 2, padding: "same" } as const;

  const input = layers.input({ shape: [size, size, 1] });
  const skips: layers.SymbolicTensor[] = [];
  let x = input;
  for (const [level, filters] of DOWN_FILTERS.entries()) {
    const normalized = level > 0;
    x = connect(
      layers.layers.conv2d({
        ...scale,
        filters,
        useBias: !normalized,
        kernelInitializer: kernelInitializer(),
      }),
      x,
    );
    if (normalized) x = connect(layers.layers.batchNormalization(), x);
    x = connect(layers.layers.leakyReLU({ alpha: LEAKY_SLOPE }), x);
    skips.push(x);
  }
  skips.pop();
  for (const filters of UP_FILTERS) {
    x = connect(
      layers.layers.conv2dTranspose({
        ...scale,
        filters,
        useBias: false,
        kernelInitializer: kernelInitializer(),
      }),
      x,
    );
    x = connect(layers.layers.batchNormalization(), x);
    x = connect(layers.layers.reLU(), x);
    x = layers.layers.concatenate().apply([x, skips.pop()!]) as layers.SymbolicTensor;
  }
  const output = connect(
    layers.layers.conv2dTranspose({
      ...scale,
      filters: 2,
      activation: "tanh",
      kernelInitializer: kernelInitializer(),
    }),
    x,
  );
  const generator = layers.model({ inputs: input, outputs: output });
  const parameters = generator.countParams();
  if (parameters !== GENERATOR_PARAMETERS) {
    throw new Error(`The reference generator has ${GENERATOR_PARAMETERS} weights, this one ${parameters}.`);
  }
  return generator;
}

/** PatchGAN of four 4x4 convolutions: `[batch, size, size, 3]` (Lab) to logits `[batch, size/4, size/4, 1]`. */
export function buildDiscriminator(size: number, seed: number): layers.LayersModel {
  let nextSeed = seed * 1000 + 500;
  const input = layers.input({ shape: [size, size, 3] });
  const plan = [
    { filters: 32, strides: 2, normalized: false },
    { filters: 64, strides: 2, normalized: true },
    { filters: 128, strides: 1, normalized: true },
  ];
  const convolution = (filters: number, strides: number, useBias: boolean) =>
    layers.layers.conv2d({
      filters,
      strides,
      useBias,
      kernelSize: KERNEL_SIZE,
      padding: "same",
      kernelInitializer: layers.initializers.randomNormal({
        mean: 0,
        stddev: INITIAL_STDDEV,
        seed: nextSeed++,
      }),
    });
  let x = input;
  for (const { filters, strides, normalized } of plan) {
    x = connect(convolution(filters, strides, !normalized), x);
    if (normalized) x = connect(layers.layers.batchNormalization(), x);
    x = connect(layers.layers.leakyReLU({ alpha: LEAKY_SLOPE }), x);
  }
  return layers.model({ inputs: input, outputs: connect(convolution(1, 1, true), x) });
}

/** Both networks, freshly initialized from `seed`. */
export function createGan(size: number, seed: number): Gan {
  const adam = () => tf.train.adam(LEARNING_RATE, BETA1, BETA2, ADAM_EPSILON);
  return {
    generator: buildGenerator(size, seed),
    discriminator: buildDiscriminator(size, seed),
    generatorOptimizer: adam(),
    discriminatorOptimizer: adam(),
  };
}

export function disposeGan(gan: Gan): void {
  gan.generator.dispose();
  gan.discriminator.dispose();
  gan.generatorOptimizer.dispose();
  gan.discriminatorOptimizer.dispose();
}

/** Random images: luma uniform in [-1, 1), chroma uniform in [-0.5, 0.5). */
export function createBatch(size: number, batch: number, random: () => number): Batch {
  const draw = (channels: number, amplitude: number) => {
    const values = new Float32Array(batch * size * size * channels);
    for (let i = 0; i < values.length; i++) values[i] = (random() * 2 - 1) * amplitude;
    return tf.tensor4d(values, [batch, size, size, channels]);
  };
  return { luma: draw(1, 1), chroma: draw(2, 0.5) };
}

/**
 * One step of both networks with a single forward pass of the generator: the discriminator learns
 * first, then the generator against the discriminator just updated. Returns `[gLoss, dLoss]`, unread.
 *
 * The discriminator's whole update stands inside the function whose gradient the generator takes,
 * so that one tape holds the generator's forward pass for its later backward pass. That is sound
 * because the inner gradient asks for the discriminator's weights only (the generated image is
 * thereby detached) and because assigning a variable is not an operation on the tape: no gradient
 * flows through the update, while the outer gradient has kept the values it needs.
 */
export function trainOnBatch(gan: Gan, { luma, chroma }: Batch): tf.Tensor1D {
  return tf.tidy(() => {
    let dLoss: tf.Scalar | undefined;
    const { value: gLoss, grads } = tf.variableGrads(() => {
      const fake = predict(gan.generator, luma);
      dLoss = tf.keep(updateDiscriminator(gan, luma, chroma, fake));
      return generatorLoss(gan, luma, chroma, fake);
    }, trainableVariables(gan.generator));
    gan.generatorOptimizer.applyGradients(grads);
    const losses = tf.stack([gLoss, dLoss!]) as tf.Tensor1D;
    dLoss!.dispose();
    return losses;
  });
}

/** One Adam step of the discriminator on real and generated chroma; returns its loss. */
export function updateDiscriminator(
  gan: Gan,
  luma: tf.Tensor4D,
  chroma: tf.Tensor4D,
  fake: tf.Tensor4D,
): tf.Scalar {
  const { value, grads } = tf.variableGrads(() => {
    const real = predict(gan.discriminator, tf.concat([luma, chroma], 3));
    const generated = predict(gan.discriminator, tf.concat([luma, fake], 3));
    const sum = tf.add(
      crossEntropy(real, tf.onesLike(real)),
      crossEntropy(generated, tf.zerosLike(generated)),
    );
    return tf.mul(sum, 0.5) as tf.Scalar;
  }, trainableVariables(gan.discriminator));
  gan.discriminatorOptimizer.applyGradients(grads);
  return value;
}

/** Adversarial loss plus 100 times the L1 distance to the true chroma. */
export function generatorLoss(
  gan: Gan,
  luma: tf.Tensor4D,
  chroma: tf.Tensor4D,
  fake: tf.Tensor4D,
): tf.Scalar {
  const logits = predict(gan.discriminator, tf.concat([luma, fake], 3));
  const distance = tf.mean(tf.abs(tf.sub(fake, chroma)));
  return tf.add(crossEntropy(logits, tf.onesLike(logits)), tf.mul(distance, L1_WEIGHT)) as tf.Scalar;
}

export function trainableVariables(model: layers.LayersModel): tf.Variable[] {
  return model.trainableWeights.map((weight) => weight.read() as tf.Variable);
}

export function predict(model: layers.LayersModel, input: tf.Tensor): tf.Tensor4D {
  return model.apply(input, { training: true }) as tf.Tensor4D;
}

/**
 * The reference workload on whichever backend is active.
 * @throws Error when the generator does not have the reference's number of weights.
 */
export function createTrainStep({ size, batch, seed = 1 }: WorkloadOptions): TrainStep {
  const gan = createGan(size, seed);
  const random = createRandom(seed);
  const batches = Array.from({ length: BATCH_COUNT }, () => createBatch(size, batch, random));
  let steps = 0;
  return {
    async step() {
      const losses = trainOnBatch(gan, batches[steps++ % BATCH_COUNT]!);
      const [gLoss, dLoss] = await losses.data();
      losses.dispose();
      return { gLoss: gLoss!, dLoss: dLoss! };
    },
    dispose() {
      disposeGan(gan);
      for (const { luma, chroma } of batches) tf.dispose([luma, chroma]);
    },
  };
}

function connect(layer: layers.layers.Layer, input: layers.SymbolicTensor): layers.SymbolicTensor {
  return layer.apply(input) as layers.SymbolicTensor;
}

function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.losses.sigmoidCrossEntropy(labels, logits);
}
