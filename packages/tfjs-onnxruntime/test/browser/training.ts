import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import type { OnnxRuntimeBackend } from "../../src/backend.ts";
import { compile } from "../../src/compile.ts";
import type { BackendStats } from "../../src/execution.ts";

const STEPS = 5;
const SIZE = 16;
const BATCH = 2;
const L1_WEIGHT = 20;

/** What a run yields; plain data, so that it can leave a page or a worker. */
export interface Report {
  /** Losses of the discriminator and of the generator, a pair a step; half of the steps run compiled. */
  losses: [number, number][];
  /** Graphs that the first two steps added to the backend, and the others before `compile`. */
  compiles: [number, number];
  /** Calls of the compiled step that were traced, not replayed. */
  traces: number;
  /** What the trained generator makes of its input, read synchronously. */
  prediction: number[];
  /** Boxes that are left of three, two of which overlap: found by a kernel that only the `cpu` backend has. */
  boxes: number[];
  stats: BackendStats;
}

const scale = { kernelSize: 4, strides: 2, padding: "same" } as const;

function join(layer: layers.layers.Layer, x: layers.SymbolicTensor | layers.SymbolicTensor[]) {
  return layer.apply(x) as layers.SymbolicTensor;
}

/** @param seed other than 0, which TensorFlow.js takes for none */
function kernel(seed: number) {
  return layers.initializers.randomNormal({ stddev: 0.1, seed });
}

/** A U-Net from `[n, 16, 16, 1]` to `[n, 16, 16, 2]`, in -1 to 1. */
function buildGenerator(): layers.LayersModel {
  const input = layers.input({ shape: [SIZE, SIZE, 1] });
  const skips: layers.SymbolicTensor[] = [];
  let x = input;
  for (const [i, filters] of [8, 16, 24].entries()) {
    const useBias = i === 0;
    x = join(layers.layers.conv2d({ ...scale, filters, useBias, kernelInitializer: kernel(1 + i) }), x);
    if (i > 0) x = join(layers.layers.batchNormalization(), x);
    x = join(layers.layers.leakyReLU({ alpha: 0.2 }), x);
    skips.push(x);
  }
  for (const [i, filters] of [16, 8].entries()) {
    const up = { ...scale, filters, useBias: false, kernelInitializer: kernel(10 + i) };
    x = join(layers.layers.conv2dTranspose(up), x);
    x = join(layers.layers.batchNormalization(), x);
    x = join(layers.layers.reLU(), x);
    x = join(layers.layers.concatenate(), [x, skips[1 - i]]);
  }
  const last = { ...scale, filters: 2, activation: "tanh", kernelInitializer: kernel(20) } as const;
  return layers.model({ inputs: input, outputs: join(layers.layers.conv2dTranspose(last), x) });
}

/** A PatchGAN from `[n, 16, 16, 3]` to logits `[n, 4, 4, 1]`. */
function buildDiscriminator(): layers.LayersModel {
  const input = layers.input({ shape: [SIZE, SIZE, 3] });
  let x = join(layers.layers.conv2d({ ...scale, filters: 8, kernelInitializer: kernel(30) }), input);
  x = join(layers.layers.leakyReLU({ alpha: 0.2 }), x);
  x = join(layers.layers.conv2d({ ...scale, filters: 16, useBias: false, kernelInitializer: kernel(31) }), x);
  x = join(layers.layers.batchNormalization(), x);
  x = join(layers.layers.leakyReLU({ alpha: 0.2 }), x);
  const last = layers.layers.conv2d({
    filters: 1,
    kernelSize: 4,
    padding: "same",
    kernelInitializer: kernel(32),
  });
  return layers.model({ inputs: input, outputs: join(last, x) });
}

function update(optimizer: tf.Optimizer, model: layers.LayersModel, loss: () => tf.Scalar): tf.Scalar {
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(loss, variables);
  optimizer.applyGradients(grads);
  return value;
}

function train(backend: OnnxRuntimeBackend): Omit<Report, "boxes" | "stats"> {
  const generator = buildGenerator();
  const discriminator = buildDiscriminator();
  const generatorOptimizer = tf.train.adam(1e-3, 0.5);
  const discriminatorOptimizer = tf.train.adam(1e-3, 0.5);
  const gray = tf.randomUniform([BATCH, SIZE, SIZE, 1], -1, 1, "float32", 1);
  const color = tf.randomUniform([BATCH, SIZE, SIZE, 2], -0.5, 0.5, "float32", 2);

  const judge = (x: tf.Tensor, ab: tf.Tensor) =>
    discriminator.apply(tf.concat([x, ab], 3), { training: true }) as tf.Tensor;
  const entropy = (logits: tf.Tensor, real: boolean) =>
    tf.losses.sigmoidCrossEntropy(real ? tf.onesLike(logits) : tf.zerosLike(logits), logits) as tf.Scalar;

  const step = (x: tf.Tensor, real: tf.Tensor): [tf.Scalar, tf.Scalar] => {
    const fake = () => generator.apply(x, { training: true }) as tf.Tensor;
    const forDiscriminator = update(discriminatorOptimizer, discriminator, () =>
      tf.add(entropy(judge(x, real), true), entropy(judge(x, fake()), false)),
    );
    const forGenerator = update(generatorOptimizer, generator, () => {
      const ab = fake();
      const distance = tf.losses.absoluteDifference(real, ab) as tf.Scalar;
      return tf.add(entropy(judge(x, ab), true), tf.mul(distance, L1_WEIGHT));
    });
    return [forDiscriminator, forGenerator];
  };

  const losses: [number, number][] = [];
  const run = (count: number, take: typeof step): number => {
    const { compiles } = backend.stats();
    for (let i = 0; i < count; i += 1) {
      const pair = tf.tidy(() => take(gray, color));
      losses.push([pair[0].dataSync()[0], pair[1].dataSync()[0]]);
      tf.dispose(pair);
    }
    return backend.stats().compiles - compiles;
  };
  const compiles: [number, number] = [run(2, step), run(STEPS - 2, step)];
  const compiled = compile(step);
  run(STEPS, compiled);
  const prediction = tf.tidy(() => [...(generator.predict(gray) as tf.Tensor).dataSync()]);
  return { losses, compiles, traces: compiled.traces(), prediction };
}

/** Trains a small colorizing GAN from fixed seeds on a backend, and runs a kernel that has no lowering. */
export async function trainAndReport(backend: OnnxRuntimeBackend): Promise<Report> {
  const trained = train(backend);
  const boxes = tf.tensor2d([0, 0, 1, 1, 0, 0, 1, 1.1, 2, 2, 3, 3], [3, 4]);
  const scores = tf.add<tf.Tensor1D>(tf.tensor1d([0.8, 0.7, 0.6]), 0.1);
  const left = tf.image.nonMaxSuppression(boxes, scores, 3);
  return { ...trained, boxes: [...(await left.data())], stats: backend.stats() };
}
