import { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";
import { keras, tf } from "../src/models/index.ts";
import {
  GroupNormalization,
  InstanceNormalization,
  SeededDropout,
  SelfAttention,
  SpectralConv2D,
} from "../src/models/layers/index.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await registerOnnxRuntime({ threads: 1 });
});

const CHANNELS = 8;
const SHAPE = [2, 4, 6, CHANNELS];

const LAYERS: Record<string, () => keras.layers.Layer> = {
  "batch normalization": () => keras.layers.batchNormalization({ epsilon: 1e-5 }),
  "layer normalization": () => keras.layers.layerNormalization(),
  "layer normalization over a photo": () => keras.layers.layerNormalization({ axis: [1, 2, 3] }),
  "instance normalization": () => new InstanceNormalization({}),
  "group normalization": () => new GroupNormalization({ groups: 2 }),
  "spectral normalization": () => new SpectralConv2D({ filters: 5, kernelSize: 3, strides: 2, seed: 1 }),
  "self-attention": () => new SelfAttention({ seed: 2 }),
  dropout: () => new SeededDropout({ rate: 0.4, seed: 3 }),
};

function values(shape: number[], seed: number): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, "float32", seed);
}

interface Result {
  output: number[];
  /** Of a weighted sum of the outputs, with respect to the input and each trainable weight. */
  gradients: number[][];
}

/** A training call of a new layer whose weights are all drawn anew: zeros and ones would hide mistakes. */
async function callOn(backend: string, create: () => keras.layers.Layer): Promise<Result> {
  await tf.setBackend(backend);
  return tf.tidy(() => {
    const layer = create();
    const photos = tf.variable(values(SHAPE, 10));
    const call = () => {
      // The same mask each time.
      if (layer instanceof SeededDropout || layer instanceof SpectralConv2D) layer.setStep(1);
      return layer.apply(photos, { training: true }) as tf.Tensor;
    };
    call();
    const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
    for (const [i, weight] of weights.entries()) weight.assign(values(weight.shape, 20 + i));
    const output = call();
    const { grads } = tf.variableGrads(() => {
      const result = call();
      return tf.sum(tf.mul(result, values(result.shape, 30))) as tf.Scalar;
    }, [photos, ...weights]);
    return {
      output: Array.from(output.dataSync()),
      gradients: [photos, ...weights].map((variable) => Array.from(grads[variable.name]!.dataSync())),
    };
  });
}

function expectClose(actual: number[], expected: number[], what: string): void {
  expect(actual.length, what).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
  expect(worst, what).toBeLessThan(2e-5 * largest + 1e-6);
}

describe("layers run natively, with results and gradients as on the cpu backend", () => {
  it.each(Object.entries(LAYERS))("%s", async (_, create) => {
    const expected = await callOn("cpu", create);
    await tf.setBackend(BACKEND_NAME);
    getOnnxRuntimeBackend().resetStats();
    const actual = await callOn(BACKEND_NAME, create);
    expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
    expectClose(actual.output, expected.output, "output");
    for (const [i, gradient] of expected.gradients.entries()) {
      expectClose(actual.gradients[i]!, gradient, `gradient ${i}`);
    }
  });
});
