import * as tf from "@tensorflow/tfjs-core";
import * as keras from "@tensorflow/tfjs-layers";
import * as node from "onnxruntime-node";
import * as web from "onnxruntime-web/wasm";
import { beforeAll, describe, expect, test } from "vitest";
import { exportOnnx } from "./export.ts";
import { registerOnnxRuntime, type WeightStorage } from "./index.ts";
import { floatsOf, type OnnxTensor, readOnnxInitializers, readOnnxWeights } from "./onnx/index.ts";

beforeAll(async () => {
  await registerOnnxRuntime({ threads: 1 });
  web.env.wasm.numThreads = 1;
});

const SHAPE = [2, 12, 16, 3];

/** One kernel of each kind that becomes 8-bit, and some too small for it. */
function everyKernel(): keras.LayersModel {
  const { layers } = keras;
  const input = keras.input({ shape: [null, null, 3] });
  const apply = (layer: keras.layers.Layer, x: keras.SymbolicTensor) =>
    layer.apply(x) as keras.SymbolicTensor;
  const padding = "same";
  const small = apply(layers.conv2d({ filters: 32, kernelSize: 3, padding, activation: "relu" }), input);
  const depthwise = apply(layers.depthwiseConv2d({ kernelSize: 5, depthMultiplier: 2, padding }), small);
  const pointwise = apply(
    layers.separableConv2d({ filters: 48, kernelSize: 3, padding, strides: 2 }),
    depthwise,
  );
  const normal = apply(layers.batchNormalization(), pointwise);
  const up = apply(
    layers.conv2dTranspose({ filters: 24, kernelSize: 4, strides: 2, padding, activation: "relu" }),
    normal,
  );
  const pooled = apply(layers.globalAveragePooling2d({}), up);
  const gate = apply(layers.dense({ units: 64, activation: "sigmoid" }), pooled);
  const excitation = apply(layers.dense({ units: 24, activation: "sigmoid" }), gate);
  const gated = layers
    .multiply()
    .apply([up, apply(layers.reshape({ targetShape: [1, 1, 24] }), excitation)]) as keras.SymbolicTensor;
  const dilated = apply(
    layers.conv2d({ filters: 16, kernelSize: 3, dilationRate: 2, padding, activation: "relu" }),
    gated,
  );
  const output = apply(layers.conv2d({ filters: 8, kernelSize: 3, padding }), dilated);
  const model = keras.model({ inputs: input, outputs: output });
  model.setWeights(
    model.getWeights().map((weight, index) => {
      if (weight.rank === 1) return weight;
      // Channels that differ a hundredfold: with one scale for all, the small ones would be lost.
      const channels = weight.shape[weight.rank - 1];
      const uneven = tf.range(0, channels).mod(5).sub(2).mul(0.5).mul(Math.log(10)).exp();
      // Depthwise filters read one channel.
      const read =
        weight.rank === 4 && channels <= 2 ? weight.shape[0] * weight.shape[1] : weight.size / channels;
      const spread = (read * uneven.square().mean().dataSync()[0]) ** -0.5;
      return tf.randomNormal(weight.shape, 0, spread, "float32", index + 1).mul(uneven);
    }),
  );
  return model;
}

function exported(model: keras.LayersModel, weights: WeightStorage): Uint8Array {
  return exportOnnx((x) => model.apply(x, { training: false }) as tf.Tensor, {
    inputs: [{ name: "x", shape: SHAPE, dims: ["n", "h", "w", 3] }],
    outputs: [{ name: "y", dims: ["n", "h", "w", 8] }],
    weights,
  });
}

/** What a file computes in onnxruntime-node and in onnxruntime-web, whose module runs in Node, too. */
async function run(bytes: Uint8Array, x: Float32Array): Promise<Record<"node" | "web", Float32Array>> {
  const native = await node.InferenceSession.create(bytes, { executionProviders: ["cpu"] });
  const wasm = await web.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const outputs = {
    node: (await native.run({ x: new node.Tensor("float32", x, SHAPE) })).y.data as Float32Array,
    web: (await wasm.run({ x: new web.Tensor("float32", x, SHAPE) })).y.data as Float32Array,
  };
  await native.release();
  await wasm.release();
  return outputs;
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

const long = (dims: readonly number[]) => dims.filter((dim) => dim > 1).join();
const isScales = ({ name }: OnnxTensor) => name.endsWith("_scales");

describe("8-bit weights", () => {
  test("have a scale for each output channel of every kind of kernel, and none in what is small", () => {
    const tensors = readOnnxInitializers(exported(everyKernel(), "int8"));
    const scalesOf = ({ name }: OnnxTensor) =>
      tensors.find((tensor) => tensor.name === name.replace("_int8", "_scales"))!.dims;
    const kernels = tensors.filter(({ type }) => type === "int8");
    expect(kernels.map((tensor) => [tensor.dims, scalesOf(tensor)])).toEqual([
      [
        [5, 5, 32, 2],
        [1, 1, 32, 2],
      ],
      [
        [1, 1, 64, 48],
        [1, 1, 1, 48],
      ],
      [
        [4, 4, 24, 48],
        [1, 1, 24, 1],
      ],
      [
        // Dense layers multiply batches of matrices.
        [1, 24, 64],
        [1, 1, 64],
      ],
      [
        [1, 64, 24],
        [1, 1, 24],
      ],
      [
        [3, 3, 24, 16],
        [1, 1, 1, 16],
      ],
      [
        [3, 3, 16, 8],
        [1, 1, 1, 8],
      ],
    ]);
    // The first convolution (864 weights), the 3x3 depthwise one (576), biases and norms.
    const floats = tensors.filter((tensor) => tensor.type === "float32" && !isScales(tensor));
    expect(floats.map(({ dims }) => dims.reduce((product, dim) => product * dim, 1))).toContain(864);
    expect(floats.every(({ dims }) => dims.reduce((product, dim) => product * dim, 1) < 1024)).toBe(true);
  });

  test("are no further from the trained ones than half a scale, in a quarter of the bytes", () => {
    const model = everyKernel();
    const whole = exported(model, "float32");
    const eighth = exported(model, "int8");
    const tensors = new Map(readOnnxInitializers(eighth).map((tensor) => [tensor.name, tensor]));
    const trained = new Map(readOnnxWeights(whole).map((weight) => [weight.name, weight]));
    for (const { name, dims, values, rounding } of readOnnxWeights(eighth)) {
      const original = trained.get(name.replace("_int8", ""))!;
      expect(dims).toEqual(original.dims);
      if (rounding === null) {
        expect(values).toEqual(original.values);
        continue;
      }
      const stored = tensors.get(name.replace("_int8", "_scales"))!;
      const scales = tf.tidy(
        () =>
          tf
            .tensor(floatsOf(stored), stored.dims as number[])
            .mul(tf.ones(dims as number[]))
            .dataSync() as Float32Array,
      );
      expect(rounding).toBe(Math.max(...scales) / 2);
      const worst = values.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - original.values[i]) / scales[i]),
        0,
      );
      expect(worst).toBeLessThanOrEqual(0.5 + 1e-4);
      expect(worst).toBeGreaterThan(0.4);
    }
    const bytesOf = (file: Uint8Array, pick: (tensor: OnnxTensor) => boolean) =>
      readOnnxInitializers(file)
        .filter(pick)
        .reduce((sum, { data }) => sum + data.length, 0);
    const kernels = bytesOf(eighth, ({ type }) => type === "int8");
    expect(bytesOf(eighth, (tensor) => tensor.type === "int8" || isScales(tensor)) / kernels).toBeLessThan(
      1.1,
    );
    expect(whole.length - eighth.length).toBeGreaterThan(2.7 * kernels);
  });

  test("compute what a model with the rounded weights does, in Node and in browsers alike", async () => {
    const model = everyKernel();
    const bytes = exported(model, "int8");
    const size = SHAPE.reduce((product, dim) => product * dim);
    const x = tf.randomUniform([size], -1, 1, "float32", 5).dataSync() as Float32Array;
    const outputs = await run(bytes, x);
    const whole = await run(exported(model, "float32"), x);
    const rounded = readOnnxWeights(bytes).filter(({ rounding }) => rounding !== null);
    model.setWeights(
      model.getWeights().map((weight) => {
        const found = rounded.find(({ dims }) => long(dims) === long(weight.shape));
        return found === undefined ? weight : tf.tensor(found.values, weight.shape);
      }),
    );
    const y = model.apply(tf.tensor(x, SHAPE), { training: false }) as tf.Tensor;
    const expected = y.dataSync() as Float32Array;
    expect(largestDifference(outputs.node, expected)).toBeLessThan(1e-5);
    expect(largestDifference(outputs.web, outputs.node)).toBeLessThan(1e-5);
    expect(largestDifference(whole.web, whole.node)).toBeLessThan(1e-5);
    const spread = Math.max(...whole.node) - Math.min(...whole.node);
    expect(spread).toBeGreaterThan(0.2);
    const lost = largestDifference(outputs.node, whole.node) / spread;
    expect(lost).toBeGreaterThan(1e-4);
    expect(lost).toBeLessThan(0.02);
  });

  test("leave a kernel whole that holds what no step reaches", () => {
    const kernel = tf.randomUniform([3, 3, 16, 16], -1, 1, "float32", 3);
    const infinite = tf.where(kernel.greater(0.99), Number.POSITIVE_INFINITY, kernel);
    for (const [filter, type] of [
      [kernel, "int8"],
      [infinite, "float32"],
    ] as const) {
      const bytes = exportOnnx((x) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same"), {
        inputs: [{ name: "x", shape: [1, 4, 4, 16] }],
        outputs: [{ name: "y" }],
        weights: "int8",
      });
      expect(readOnnxInitializers(bytes).find(({ dims }) => dims.join() === "3,3,16,16")!.type).toBe(type);
    }
  });

  test("do not replace what is no kernel, nor few weights a channel", () => {
    const table = tf.randomUniform([1, 64, 64, 16], -1, 1, "float32", 3) as tf.Tensor4D;
    const scale = tf.randomUniform([1, 1, 1024, 2], -1, 1, "float32", 4) as tf.Tensor4D;
    const sum = exportOnnx((x) => tf.add(x, table), {
      inputs: [{ name: "x", shape: [1, 64, 64, 16] }],
      outputs: [{ name: "y" }],
      weights: "int8",
    });
    const product = exportOnnx((x) => tf.depthwiseConv2d(x as tf.Tensor4D, scale, 1, "same"), {
      inputs: [{ name: "x", shape: [1, 2, 2, 1024] }],
      outputs: [{ name: "y" }],
      weights: "int8",
    });
    for (const bytes of [sum, product]) {
      expect(readOnnxInitializers(bytes).some(({ type }) => type === "int8")).toBe(false);
    }
  });
});
