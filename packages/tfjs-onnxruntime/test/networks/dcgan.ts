import * as tf from "@tensorflow/tfjs-core";
import * as keras from "@tensorflow/tfjs-layers";
import { apply, createInitializers } from "./layers.ts";
import { createOptimizer, descend, type Optimizer, type Training, variablesOf } from "./training.ts";

const { layers } = keras;
const CODE_LENGTH = 6;
const BATCH = 4;

/** Codes `[n, 6]` to images `[n, 16, 16, 3]` by transposed convolutions (Radford et al. 2016). */
export function buildDcganGenerator(seed: number): keras.LayersModel {
  const initializer = createInitializers(seed);
  const up = (filters: number, activation?: "tanh") =>
    layers.conv2dTranspose({
      filters,
      kernelSize: 4,
      strides: 2,
      padding: "same",
      useBias: activation !== undefined,
      activation,
      kernelInitializer: initializer(),
    });
  const input = keras.input({ shape: [CODE_LENGTH] });
  let x = apply(layers.dense({ units: 4 * 4 * 8, useBias: false, kernelInitializer: initializer() }), input);
  x = apply(layers.reshape({ targetShape: [4, 4, 8] }), x);
  x = apply(layers.reLU(), apply(layers.batchNormalization({ momentum: 0.9 }), x));
  x = apply(layers.reLU(), apply(layers.batchNormalization({ momentum: 0.9 }), apply(up(6), x)));
  return keras.model({ inputs: input, outputs: apply(up(3, "tanh"), x) });
}

/** Images `[n, 16, 16, 3]` to logits `[n, 1]`, positive for real. */
export function buildDcganDiscriminator(
  seed: number,
  activation: () => keras.layers.Layer = () => layers.leakyReLU({ alpha: 0.2 }),
): keras.LayersModel {
  const initializer = createInitializers(seed);
  const down = (filters: number, useBias: boolean) =>
    layers.conv2d({
      filters,
      kernelSize: 4,
      strides: 2,
      padding: "same",
      useBias,
      kernelInitializer: initializer(),
    });
  const input = keras.input({ shape: [16, 16, 3] });
  let x = apply(activation(), apply(down(5, true), input));
  x = apply(layers.batchNormalization({ momentum: 0.9 }), apply(down(8, false), x));
  x = apply(layers.flatten(), apply(activation(), x));
  const logits = apply(layers.dense({ units: 1, kernelInitializer: initializer() }), x);
  return keras.model({ inputs: input, outputs: logits });
}

/** Both networks, each on its non-saturating cross-entropy, with codes fixed. */
export function trainDcgan(kind: Optimizer, seed: number): Training {
  const generator = buildDcganGenerator(seed);
  const discriminator = buildDcganDiscriminator(seed + 100);
  const [generatorOptimizer, discriminatorOptimizer] = [createOptimizer(kind), createOptimizer(kind)];
  const codes = tf.randomNormal([BATCH, CODE_LENGTH], 0, 1, "float32", seed);
  const photos = tf.randomUniform([BATCH, 16, 16, 3], -1, 1, "float32", seed + 1);
  const judge = (images: tf.Tensor, isReal: boolean): tf.Scalar => {
    const logits = discriminator.apply(images, { training: true }) as tf.Tensor;
    return tf.mean(tf.softplus(isReal ? tf.neg(logits) : logits));
  };
  const step = () => {
    const fakes = generator.apply(codes, { training: true }) as tf.Tensor;
    const judged = descend(discriminatorOptimizer, variablesOf(discriminator), () =>
      tf.add(judge(photos, true), judge(fakes, false)),
    );
    const fooled = descend(generatorOptimizer, variablesOf(generator), () =>
      judge(generator.apply(codes, { training: true }) as tf.Tensor, true),
    );
    return [judged, fooled];
  };
  return {
    step: () => tf.tidy(step),
    weights: () => [...generator.weights, ...discriminator.weights].map((weight) => weight.read()),
  };
}
