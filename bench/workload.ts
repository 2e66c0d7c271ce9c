import * as tf from "@tensorflow/tfjs-core";
import type * as layers from "@tensorflow/tfjs-layers";
import { buildDiscriminator, buildGenerator, NETWORKS, type NetworkName } from "./networks.ts";

const LEARNING_RATE = 2e-4;
const BETA1 = 0.5;
const BETA2 = 0.999;
/** Given to both sides: TensorFlow.js and PyTorch have different defaults. */
const ADAM_EPSILON = 1e-7;
const L1_WEIGHT = 100;
/** The batches that the steps take in turn, made once: input pipelines are not what is measured. */
const BATCH_COUNT = 4;

export interface WorkloadOptions {
  network: NetworkName;
  /** Height and width of the square images, a multiple of 32 (`reference`) or 256 (`pix2pix`). */
  size: number;
  /** Images in a batch. */
  batch: number;
  /** Seed of the initial weights and of the random images (default 1). */
  seed?: number;
  /** Turns the step into one that is traced once and replayed, where the backend can. */
  compile?: (step: BatchStep) => BatchStep;
}

type BatchStep = (luma: tf.Tensor4D, chroma: tf.Tensor4D) => tf.Tensor1D;

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

/** Both networks, freshly initialized from `seed`. */
export function createGan(network: NetworkName, size: number, seed: number): Gan {
  const { generator, discriminator } = NETWORKS[network];
  const adam = () => tf.train.adam(LEARNING_RATE, BETA1, BETA2, ADAM_EPSILON);
  return {
    generator: buildGenerator(generator, size, seed),
    discriminator: buildDiscriminator(discriminator, size, seed),
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
 * The training step on whichever backend is active.
 * @throws Error when a network does not have the number of weights that its plan says
 */
export function createTrainStep({ network, size, batch, seed = 1, compile }: WorkloadOptions): TrainStep {
  const gan = createGan(network, size, seed);
  const random = createRandom(seed);
  const batches = Array.from({ length: BATCH_COUNT }, () => createBatch(size, batch, random));
  const plain: BatchStep = (luma, chroma) => trainOnBatch(gan, { luma, chroma });
  const train = compile ? compile(plain) : plain;
  let steps = 0;
  return {
    async step() {
      const { luma, chroma } = batches[steps++ % BATCH_COUNT]!;
      const losses = train(luma, chroma);
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

function crossEntropy(logits: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  return tf.losses.sigmoidCrossEntropy(labels, logits);
}
