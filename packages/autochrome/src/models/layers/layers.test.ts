import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { keras, tf } from "../tf.ts";
import {
  GroupNormalization,
  InstanceNormalization,
  SeededDropout,
  SelfAttention,
  SpectralConv2D,
} from "./index.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function weight(layer: keras.layers.Layer, name: string): tf.Variable {
  return layer.weights
    .find((candidate) => candidate.originalName.endsWith(`/${name}`))!
    .read() as tf.Variable;
}

function call(layer: keras.layers.Layer, x: tf.Tensor, training = false): tf.Tensor {
  return layer.apply(x, { training }) as tf.Tensor;
}

describe("SpectralConv2D", () => {
  // A 1x1 kernel diag(3, 1) has the singular values 3 and 1.
  function diagonal(): { layer: SpectralConv2D; x: tf.Tensor } {
    const layer = new SpectralConv2D({ filters: 2, kernelSize: 1, strides: 1, seed: 1 });
    const x = tf.tensor([1, 1], [1, 1, 1, 2]);
    call(layer, x);
    weight(layer, "kernel").assign(tf.tensor([3, 0, 0, 1], [1, 1, 2, 2]));
    return { layer, x };
  }

  it("divides by the largest singular value once the iteration has converged", () => {
    const { layer, x } = diagonal();
    for (let i = 0; i < 12; i++) call(layer, x, true);
    const [first, second] = call(layer, x).dataSync();
    expect(first).toBeCloseTo(1, 5);
    expect(second).toBeCloseTo(1 / 3, 5);
  });

  it("makes one power iteration a training call, and none outside training", () => {
    const { layer, x } = diagonal();
    weight(layer, "u").assign(tf.tensor([0.6, 0.8], [2, 1]));
    call(layer, x);
    expect(Array.from(weight(layer, "u").dataSync())).toEqual([Math.fround(0.6), Math.fround(0.8)]);
    call(layer, x, true);
    // W^T W u = (9 * 0.6, 0.8), normalized.
    const length = Math.hypot(5.4, 0.8);
    const u = weight(layer, "u").dataSync();
    expect(u[0]).toBeCloseTo(5.4 / length, 5);
    expect(u[1]).toBeCloseTo(0.8 / length, 5);
    expect(layer.trainableWeights.map((w) => w.originalName)).toEqual([
      expect.stringContaining("kernel"),
      expect.stringContaining("bias"),
    ]);
  });

  it("makes only one power iteration in an announced step", () => {
    const { layer, x } = diagonal();
    layer.setStep();
    call(layer, x, true);
    const u = Array.from(weight(layer, "u").dataSync());
    call(layer, x, true);
    expect(Array.from(weight(layer, "u").dataSync())).toEqual(u);
    layer.setStep();
    call(layer, x, true);
    expect(Array.from(weight(layer, "u").dataSync())).not.toEqual(u);
  });

  it("has the gradient of W / |W u| with u constant", () => {
    const { layer, x } = diagonal();
    weight(layer, "u").assign(tf.tensor([1, 0], [2, 1]));
    const kernel = weight(layer, "kernel");
    const { grads } = tf.variableGrads(() => tf.sum(call(layer, x, true)) as tf.Scalar, [kernel]);
    // y = x W / s with s = W[0,0]: the sum is (W00 + W01 + W10 + W11) / W00, at W = diag(3, 1).
    const gradient = grads[kernel.name]!.dataSync();
    [1 / 3 - 4 / 9, 1 / 3, 1 / 3, 1 / 3].forEach((expected, i) => {
      expect(gradient[i]).toBeCloseTo(expected, 5);
    });
  });
});

describe("InstanceNormalization", () => {
  it("brings each channel of each photo to mean 0, variance 1", () => {
    const x = tf.tensor([1, 10, 3, 30, 100, 5, 100, 7], [2, 1, 2, 2]);
    const y = call(
      new InstanceNormalization({ epsilon: 0 }),
      tf.add(x, tf.tensor([0, 0, 0, 0, 0, 0, 4, 0], x.shape)),
    );
    [-1, -1, 1, 1, -1, -1, 1, 1].forEach((expected, i) => {
      expect(y.dataSync()[i]).toBeCloseTo(expected, 5);
    });
  });
});

describe("GroupNormalization", () => {
  it("brings each group of channels to mean 0, variance 1", () => {
    // Groups {0, 1} = {1, 3, 5, 7} and {2, 3} = {0, 0, 2, 2}.
    const x = tf.tensor([1, 3, 0, 0, 5, 7, 2, 2], [1, 1, 2, 4]);
    const y = call(new GroupNormalization({ groups: 2, epsilon: 0 }), x).dataSync();
    const s = Math.sqrt(5);
    [-3 / s, -1 / s, -1, -1, 1 / s, 3 / s, 1, 1].forEach((expected, i) => {
      expect(y[i]).toBeCloseTo(expected, 5);
    });
  });

  it("refuses groups that do not divide the channels", () => {
    expect(() => call(new GroupNormalization({ groups: 3 }), tf.zeros([1, 2, 2, 4]))).toThrow(/3 groups/);
  });
});

describe("SelfAttention", () => {
  it("starts as the identity, then adds gamma times a mean of the values", () => {
    const layer = new SelfAttention({ seed: 3 });
    const x = tf.tensor([1, 2, 3, 4], [1, 2, 2, 1]);
    expect(Array.from(call(layer, x).dataSync())).toEqual([1, 2, 3, 4]);
    weight(layer, "query").assign(tf.zeros([1, 1, 1, 1]));
    weight(layer, "value").assign(tf.ones([1, 1, 1, 1]));
    weight(layer, "gamma").assign(tf.tensor1d([2]));
    // All scores equal: every place gets the mean, 2.5, twice.
    expect(Array.from(call(layer, x).dataSync())).toEqual([6, 7, 8, 9]);
  });

  it("lets every place look at every other of its own photo", () => {
    const [batch, height, width, channels] = [2, 2, 3, 16];
    const places = height * width;
    const layer = new SelfAttention({ seed: 3 });
    const x = tf.randomNormal([batch, height, width, channels], 0, 1, "float32", 4);
    call(layer, x);
    const matrix = (name: string, seed: number): number[][] => {
      const kernel = weight(layer, name);
      kernel.assign(tf.randomNormal(kernel.shape, 0, 0.5, "float32", seed));
      return tf.reshape(kernel, [channels, -1]).arraySync() as number[][];
    };
    const [query, key, value] = [matrix("query", 5), matrix("key", 6), matrix("value", 7)];
    weight(layer, "gamma").assign(tf.tensor1d([0.5]));
    const actual = tf.reshape(call(layer, x), [batch, places, channels]).arraySync() as number[][][];

    const photos = tf.reshape(x, [batch, places, channels]).arraySync() as number[][][];
    const project = (row: number[], kernel: number[][]) =>
      kernel[0]!.map((_, out) => row.reduce((sum, entry, i) => sum + entry * kernel[i]![out]!, 0));
    photos.forEach((photo, n) => {
      photo.forEach((place, i) => {
        const q = project(place, query);
        const weights = photo.map((other) => {
          const k = project(other, key);
          return Math.exp(q.reduce((sum, entry, c) => sum + entry * k[c]!, 0) / Math.sqrt(q.length));
        });
        const total = weights.reduce((a, b) => a + b);
        const values = photo.map((other) => project(other, value));
        place.forEach((entry, c) => {
          const mean = values.reduce((sum, v, j) => sum + (weights[j]! / total) * v[c]!, 0);
          expect(actual[n]![i]![c]).toBeCloseTo(entry + 0.5 * mean, 4);
        });
      });
    });
  });
});

describe("SeededDropout", () => {
  it("draws by seed, step and call, keeps the mean, and rests outside training", () => {
    const layer = new SeededDropout({ rate: 0.25, seed: 5 });
    const x = tf.ones([1, 50, 50, 4]);
    layer.setStep(7);
    const first = call(layer, x, true);
    const second = call(layer, x, true);
    layer.setStep(7);
    const again = call(layer, x, true);
    layer.setStep(8);
    const later = call(layer, x, true);
    expect(again.dataSync()).toEqual(first.dataSync());
    expect(second.dataSync()).not.toEqual(first.dataSync());
    expect(later.dataSync()).not.toEqual(first.dataSync());
    expect(tf.mean(first).dataSync()[0]).toBeCloseTo(1, 1);
    expect(call(layer, x).dataSync()).toEqual(x.dataSync());
  });
});

describe("serialization", () => {
  it("brings every layer back from its configuration", () => {
    const input = keras.input({ shape: [null, null, 8] });
    const layers = [
      new SpectralConv2D({ filters: 8, kernelSize: 3, strides: 1, seed: 1 }),
      new InstanceNormalization({}),
      new GroupNormalization({ groups: 2 }),
      new SelfAttention({ seed: 2 }),
      new SeededDropout({ rate: 0.5, seed: 3 }),
    ];
    const output = layers.reduce((x, layer) => layer.apply(x) as keras.SymbolicTensor, input);
    const model = keras.model({ inputs: input, outputs: output });
    const copy = layers.map((layer) => {
      const Class = layer.constructor as tf.serialization.SerializableConstructor<keras.layers.Layer>;
      return new Class(layer.getConfig());
    });
    copy.forEach((layer, i) => {
      expect(layer.getConfig()).toEqual(layers[i]!.getConfig());
    });
    expect(model.outputs[0]!.shape).toEqual([null, null, null, 8]);
  });
});
