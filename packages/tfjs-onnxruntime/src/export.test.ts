import * as tf from "@tensorflow/tfjs-core";
import * as keras from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import { beforeAll, expect, test } from "vitest";
import { exportOnnx } from "./export.ts";
import { registerOnnxRuntime } from "./index.ts";
import { readOnnxMetadata } from "./onnx/index.ts";

beforeAll(async () => {
  await registerOnnxRuntime({ threads: 1 });
});

function smallUnet(): keras.LayersModel {
  const { layers } = keras;
  const input = keras.input({ shape: [null, null, 1] });
  const down = layers.conv2d({ filters: 16, kernelSize: 4, strides: 2, padding: "same" }).apply(input);
  const normal = layers.batchNormalization().apply(down);
  const active = layers.leakyReLU({ alpha: 0.2 }).apply(normal);
  const deep = layers
    .conv2d({ filters: 32, kernelSize: 4, strides: 2, padding: "same", activation: "relu" })
    .apply(active);
  const up = layers.conv2dTranspose({ filters: 16, kernelSize: 4, strides: 2, padding: "same" }).apply(deep);
  const joined = layers.concatenate().apply([up as keras.SymbolicTensor, active as keras.SymbolicTensor]);
  const nearest = layers.upSampling2d({ size: [2, 2] }).apply(joined);
  const output = layers
    .conv2d({ filters: 2, kernelSize: 3, padding: "same", activation: "tanh" })
    .apply(nearest);
  return keras.model({ inputs: input, outputs: output as keras.SymbolicTensor });
}

async function parity(
  weights: "float32" | "float16",
  size: [number, number, number],
  traced: [number, number, number] = [1, 32, 32],
): Promise<number> {
  const model = smallUnet();
  const bytes = exportOnnx((x) => model.predict(x) as tf.Tensor, {
    inputs: [{ name: "input", shape: [...traced, 1], dims: ["batch", "height", "width", 1] }],
    outputs: [{ name: "output", dims: ["batch", "height", "width", 2] }],
    weights,
    metadata: { greeting: "bonjour" },
  });
  expect(readOnnxMetadata(bytes)).toEqual({ greeting: "bonjour" });
  const session = await ort.InferenceSession.create(bytes);
  const x = tf.randomUniform([...size, 1], -1, 1, "float32", 7);
  const expected = (model.predict(x) as tf.Tensor).dataSync();
  const { output } = await session.run({ input: new ort.Tensor("float32", x.dataSync(), x.shape) });
  expect(output.dims).toEqual([...size, 2]);
  const actual = output.data as Float32Array;
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i])), 0);
}

test("a Keras model and its file agree, at sizes other than the traced one", async () => {
  expect(await parity("float32", [1, 32, 32])).toBeLessThan(1e-5);
  expect(await parity("float32", [2, 64, 20])).toBeLessThan(1e-5);
  // Traced where the innermost maps have one pixel, and a batch that would be stacked.
  expect(await parity("float32", [1, 24, 32], [2, 4, 4])).toBeLessThan(1e-5);
});

test("axes that are joined keep their sizes open", async () => {
  const join = (x: tf.Tensor) => {
    const [batch, height, width, channels] = x.shape;
    const line = tf.reshape(x, [batch, 1, height * width, channels]);
    const flat = tf.reshape(tf.reverse(line, 2), [batch, height * width * channels]);
    return tf.mean(tf.cumsum(flat, 1), 1);
  };
  const bytes = exportOnnx(join, {
    inputs: [{ name: "input", shape: [3, 4, 5, 2], dims: ["batch", "height", "width", 2] }],
    outputs: [{ name: "output", dims: ["batch"] }],
  });
  const session = await ort.InferenceSession.create(bytes);
  for (const shape of [
    [3, 4, 5, 2],
    [1, 6, 2, 2],
    [2, 1, 7, 2],
  ]) {
    const x = tf.randomUniform(shape, -1, 1, "float32", 7);
    const { output } = await session.run({ input: new ort.Tensor("float32", x.dataSync(), shape) });
    const expected = join(x).dataSync();
    expect(output.dims).toEqual([shape[0]]);
    expected.forEach((value, i) => {
      expect(output.data[i]).toBeCloseTo(value, 5);
    });
  }
});

test("half-precision weights cost about three digits", async () => {
  const worst = await parity("float16", [1, 48, 32]);
  expect(worst).toBeGreaterThan(0);
  expect(worst).toBeLessThan(5e-3);
});

test("reading a value that depends on the input is refused", () => {
  const read = (x: tf.Tensor) => tf.scalar(tf.sum(x).dataSync()[0]);
  const options = { inputs: [{ name: "x", shape: [2] }], outputs: [{ name: "y" }] };
  expect(() => exportOnnx(read, options)).toThrow(/traced/);
});
