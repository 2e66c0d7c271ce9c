import * as ort from "onnxruntime-node";
import { readOnnxInitializers, readOnnxMetadata } from "tfjs-onnxruntime/onnx";
import { beforeAll, describe, expect, it } from "vitest";
import { type ModelMetadata, parseModelMetadata } from "../inference/index.ts";
import {
  BilateralFilter,
  buildDiscriminator,
  buildGenerator,
  type GeneratorConfig,
  keras,
  NETWORK_PRESETS,
  tf,
} from "../models/index.ts";
import { selectBackend, WEIGHTS_KEY } from "../training/index.ts";
import { checkParity, encodeNetwork } from "./onnx-network.ts";
import { randomizeWeights } from "./testing.ts";

beforeAll(() => selectBackend({ backend: "onnxruntime", device: null, threads: 1 }));

function metadata(fields: Partial<ModelMetadata> = {}): ModelMetadata {
  return {
    formatVersion: 1,
    role: "generator",
    name: "tiny",
    version: "1.0.0",
    space: "lab",
    multiple: 4,
    size: 32,
    preset: "tiny",
    card: {},
    ...fields,
  };
}

function generator(fields: Partial<GeneratorConfig>): keras.LayersModel {
  const model = buildGenerator({
    ...NETWORK_PRESETS.tiny,
    outputChannels: 2,
    width: 4,
    depth: 2,
    seed: 1,
    ...fields,
  });
  randomizeWeights(model, 5);
  return model;
}

const VARIANTS: [string, Partial<GeneratorConfig>][] = [
  ["lab, batch, transposed", {}],
  ["rgb, batch, nearest, dropout", { outputChannels: 3, upsampling: "nearest", dropout: 0.5 }],
  [
    "lab, instance, nearest, residual",
    { normalization: "instance", upsampling: "nearest", residualBlocks: 2 },
  ],
  ["rgb, instance, transposed", { outputChannels: 3, normalization: "instance", depth: 3 }],
  ["lab, group, transposed, residual", { normalization: "group", residualBlocks: 1, width: 8, depth: 3 }],
  ["lab, none, nearest", { normalization: "none", upsampling: "nearest" }],
  ["rgb, none, transposed, residual", { outputChannels: 3, normalization: "none", residualBlocks: 1 }],
  ["lab, batch, transposed, attention", { attention: true, width: 8 }],
];

/** Fixes the size that it is traced at. */
class Ruler extends keras.layers.Layer {
  static className = "Ruler";

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.add(x, tf.reshape(tf.linspace(0, 1, x.shape[2]!), [1, 1, -1, 1]));
  }
}

describe("an exported generator", () => {
  it("averages logits between places that look alike at every size, whatever size it was traced at", async () => {
    const input = keras.input({ shape: [null, null, 1] });
    const paint = (filters: number) => keras.layers.conv2d({ filters, kernelSize: 3, padding: "same" });
    const map = paint(5).apply(input) as keras.SymbolicTensor;
    const smooth = new BilateralFilter({ places: 3, contrast: 0.2 }).apply([map, input]);
    const model = keras.model({ inputs: input, outputs: paint(2).apply(smooth) as keras.SymbolicTensor });
    const about = metadata();
    const bytes = encodeNetwork(model, about, "float32");
    const parity = await checkParity(model, bytes, about, "float32");
    expect(parity.difference).toBeLessThan(1e-5);
    expect(parity.sizes).toEqual([
      [1, 32, 32],
      [2, 32, 36],
    ]);
  });

  it.each(VARIANTS)("computes what the Keras model does: %s", async (_, fields) => {
    const model = generator(fields);
    const about = metadata({ multiple: 2 ** (fields.depth ?? 2) });
    const bytes = encodeNetwork(model, about, "float32");
    const parity = await checkParity(model, bytes, about, "float32");
    expect(parity.difference).toBeLessThan(1e-4);
    expect(parity.sizes[1]).not.toEqual(parity.sizes[0]);

    // Nor is that the engine agreeing with itself: TensorFlow.js's own backend says the same, at a third size.
    const shape: [number, number, number, number] = [1, 3 * about.multiple, 5 * about.multiple, 1];
    const session = await ort.InferenceSession.create(bytes);
    const x = tf.randomUniform(shape, -1, 1, "float32", 3);
    const values = x.dataSync() as Float32Array;
    const actual = (await session.run({ input: new ort.Tensor("float32", values, shape) })).output!;
    await selectBackend({ backend: "cpu", device: null, threads: null });
    const y = model.apply(tf.tensor4d(values, shape), { training: false }) as tf.Tensor;
    expect(actual.dims).toEqual(y.shape);
    const expected = y.dataSync();
    const worst = (actual.data as Float32Array).reduce(
      (most, value, i) => Math.max(most, Math.abs(value - expected[i]!)),
      0,
    );
    const spread = Math.max(...expected) - Math.min(...expected);
    await tf.setBackend("onnxruntime");
    expect(worst).toBeLessThan(1e-4);
    expect(spread).toBeGreaterThan(0.1);
  });

  it("has no size baked in where the network is as deep and wide as the presets", async () => {
    const model = generator({ width: 16, depth: 4, residualBlocks: 1 });
    const about = metadata({ multiple: 16 });
    const bytes = encodeNetwork(model, about, "float32");
    expect((await checkParity(model, bytes, about, "float32")).difference).toBeLessThan(1e-4);
  });

  it("describes itself, and is half as large in half precision", async () => {
    const model = generator({ width: 8 });
    const about = metadata({ card: { license: "MIT", meanChroma: [1, 2] } });
    const whole = encodeNetwork(model, about, "float32");
    const half = encodeNetwork(model, about, "float16");
    expect(parseModelMetadata(half, "half.onnx")).toEqual(about);
    expect(half.length / whole.length).toBeLessThan(0.65);
    const { difference, tolerance } = await checkParity(model, half, about, "float16");
    expect(difference).toBeGreaterThan(1e-6);
    expect(difference).toBeLessThan(tolerance);
    // What half precision loses is far above what is allowed at full precision.
    await expect(checkParity(generator({ seed: 9, dropout: 0.1 }), half, about, "float32")).rejects.toThrow(
      /generator differs from the trained one by/,
    );
  });

  it.each(VARIANTS)("is a quarter as large in 8 bits, and nearly the same: %s", async (_, fields) => {
    const model = generator({ ...fields, width: 16 });
    const about = metadata({ multiple: 2 ** (fields.depth ?? 2) });
    const [whole, eighth] = (["float32", "int8"] as const).map((type) => encodeNetwork(model, about, type));
    const kernels = readOnnxInitializers(eighth!).filter(({ type }) => type === "int8");
    const weights = kernels.reduce((sum, { data }) => sum + data.length, 0);
    expect(weights / model.countParams()).toBeGreaterThan(0.85);
    // Three of four bytes, but for the scales, nodes and names.
    expect(whole!.length - eighth!.length).toBeGreaterThan(2.7 * weights);
    const { difference, rms, tolerance } = await checkParity(model, eighth!, about, "int8");
    expect(difference).toBeGreaterThan(1e-3);
    expect(rms).toBeLessThan(0.6 * tolerance);
    const named = (bytes: Uint8Array) => Object.values(JSON.parse(readOnnxMetadata(bytes)[WEIGHTS_KEY]!));
    expect(named(eighth!)).toEqual(named(whole!));
  });

  it("is refused where a layer fixes the size", async () => {
    const input = keras.input({ shape: [null, null, 1] });
    const model = keras.model({ inputs: input, outputs: new Ruler().apply(input) as keras.SymbolicTensor });
    const bytes = encodeNetwork(model, metadata(), "float32");
    await expect(checkParity(model, bytes, metadata(), "float32")).rejects.toThrow(
      /does not run on an input of 1 x 32 x 32: one of its layers fixes the size/,
    );
  });

  it("is refused where its weights overflow half precision", async () => {
    const input = keras.input({ shape: [null, null, 1] });
    const conv = keras.layers.conv2d({ filters: 2048, kernelSize: 1, kernelInitializer: "ones" });
    const sum = keras.layers.conv2d({ filters: 2, kernelSize: 1, activation: "tanh" });
    const model = keras.model({
      inputs: input,
      outputs: sum.apply(conv.apply(input)) as keras.SymbolicTensor,
    });
    conv.setWeights([tf.fill([1, 1, 1, 2048], 1e5), tf.zeros([2048])]);
    const bytes = encodeNetwork(model, metadata(), "float16");
    await expect(checkParity(model, bytes, metadata(), "float16")).rejects.toThrow(/float32 weights/);
  });

  it("is refused where its weights do not survive 8 bits", async () => {
    const input = keras.input({ shape: [null, null, 1] });
    const wide = keras.layers.conv2d({ filters: 64, kernelSize: 1, kernelInitializer: "ones" });
    const sum = keras.layers.conv2d({ filters: 2, kernelSize: 3, padding: "same", activation: "tanh" });
    const model = keras.model({
      inputs: input,
      outputs: sum.apply(wide.apply(input)) as keras.SymbolicTensor,
    });
    // One tap so large that all others lie below half a step, and cancels itself out.
    const kernel = tf.buffer([3, 3, 64, 2], "float32", new Float32Array(3 * 3 * 64 * 2).fill(0.003));
    for (const filter of [0, 1]) {
      kernel.set(1, 1, 1, 0, filter);
      kernel.set(-1, 1, 1, 1, filter);
    }
    sum.setWeights([kernel.toTensor(), tf.zeros([2])]);
    await checkParity(model, encodeNetwork(model, metadata(), "float16"), metadata(), "float16");
    const bytes = encodeNetwork(model, metadata(), "int8");
    await expect(checkParity(model, bytes, metadata(), "int8")).rejects.toThrow(
      /do not survive 8 bits: export with float16 or float32 weights/,
    );
  });
});

it("exports the discriminator, with or without spectral normalization", async () => {
  for (const [spectralNormalization, inputChannels] of [
    [true, 3],
    [false, 4],
  ] as const) {
    const model = buildDiscriminator({ inputChannels, width: 4, layers: 2, spectralNormalization, seed: 2 });
    randomizeWeights(model, 7);
    const about = metadata({ role: "discriminator", space: inputChannels === 3 ? "lab" : "rgb" });
    const bytes = encodeNetwork(model, about, "float32");
    expect((await checkParity(model, bytes, about, "float32")).difference).toBeLessThan(1e-4);
    expect(parseModelMetadata(bytes, "d.onnx").role).toBe("discriminator");
  }
});
