import * as tf from "@tensorflow/tfjs-core";
import { type OnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { buildSmallModel, createSmallTraining, type SmallTraining } from "./cases/training.ts";

let backend: OnnxRuntimeBackend;

beforeAll(async () => {
  backend = await registerOnnxRuntime({ threads: 1 });
});

beforeEach(() => {
  backend.resetStats();
});

async function readLoss(training: SmallTraining, images?: number): Promise<number> {
  const loss = training.step(images);
  const [value] = await loss.data();
  loss.dispose();
  return value!;
}

function held() {
  return { tensors: tf.memory().numTensors, data: backend.numDataIds() };
}

describe("training steps", () => {
  it("compile at most twice in a hundred, hold no more tensors, and learn", async () => {
    const before = held();
    const training = createSmallTraining(1);
    const losses: number[] = [];
    const holdings: ReturnType<typeof held>[] = [];
    for (let i = 0; i < 100; i++) {
      losses.push(await readLoss(training));
      holdings.push(held());
    }
    expect(backend.stats().compiles).toBeLessThanOrEqual(2);
    expect(backend.stats().fallbacks).toEqual({});
    expect(holdings.at(-1)).toEqual(holdings[1]);
    expect(losses.at(-1)!).toBeLessThan(losses[0]! * 0.8);
    training.dispose();
    expect(held()).toEqual(before);
  });

  it("give bit-identical losses for the same seed, and others for another", async () => {
    const run = async (seed: number) => {
      const training = createSmallTraining(seed);
      const losses: number[] = [];
      for (let i = 0; i < 20; i++) losses.push(await readLoss(training));
      training.dispose();
      return losses;
    };
    const first = await run(3);
    expect(await run(3)).toEqual(first);
    expect(await run(4)).not.toEqual(first);
  });

  it("stay one step long in the graph when nobody reads the loss", async () => {
    const training = createSmallTraining(5);
    await readLoss(training);
    await readLoss(training);
    const { lastGraphNodes } = backend.stats();
    backend.resetStats();
    for (let i = 0; i < 60; i++) training.step().dispose();
    await readLoss(training);
    const stats = backend.stats();
    expect(stats.lastGraphNodes).toBeLessThanOrEqual(lastGraphNodes * 1.5);
    expect(stats.compiles).toBeLessThanOrEqual(4);
    training.dispose();
  });

  it("compile once more for an odd last batch, not once an epoch", async () => {
    const training = createSmallTraining(6);
    for (let epoch = 0; epoch < 5; epoch++) {
      await readLoss(training);
      await readLoss(training, 3);
    }
    expect(backend.stats().compiles).toBeLessThanOrEqual(4);
    training.dispose();
  });

  it("do not compile anew when the learning rate changes", async () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const optimizer = tf.train.sgd(0.1);
    for (let i = 0; i < 10; i++) {
      optimizer.setLearningRate(0.1 / (i + 1));
      const loss = optimizer.minimize(() => tf.sum(tf.square(weight)) as tf.Scalar, true, [weight])!;
      await loss.data();
      loss.dispose();
    }
    expect(backend.stats().compiles).toBeLessThanOrEqual(2);
    const expected = [1, 2, 3].map((start) => {
      let value = start;
      for (let i = 0; i < 10; i++) value *= 1 - 0.2 / (i + 1);
      return value;
    });
    for (const [i, value] of (await weight.data()).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    weight.dispose();
    optimizer.dispose();
  });

  it("keep the memory of the process flat", async () => {
    const training = createSmallTraining(7);
    const run = async (steps: number) => {
      for (let i = 0; i < steps; i++) await readLoss(training);
      return process.memoryUsage().rss / 2 ** 20;
    };
    const settled = await run(80);
    expect((await run(200)) - settled).toBeLessThan(48);
    training.dispose();
  });
});

describe("model.fit", () => {
  it("trains a Keras model without growing graphs or keeping tensors", async () => {
    const before = held();
    const model = buildSmallModel(11);
    const optimizer = tf.train.adam(1e-2);
    model.compile({ optimizer, loss: "meanSquaredError", metrics: ["mse"] });
    const x = tf.randomUniform([20, 8, 8, 1], -1, 1, "float32", 1);
    const y = tf.randomUniform([20, 8, 8, 2], -0.5, 0.5, "float32", 2);
    const fit = (epochs: number) =>
      model.fit(x, y, { epochs, batchSize: 8, shuffle: false, verbose: 0, yieldEvery: "never" });
    const first = await fit(3);
    const settled = held();
    const { compiles } = backend.stats();
    const second = await fit(10);
    expect(held()).toEqual(settled);
    expect(backend.stats().compiles - compiles).toBeLessThanOrEqual(4);
    expect(Number(second.history.loss!.at(-1))).toBeLessThan(Number(first.history.loss![0]));
    const prediction = model.predict(x) as tf.Tensor;
    expect(prediction.shape).toEqual([20, 8, 8, 2]);
    tf.dispose([x, y, prediction]);
    model.dispose();
    optimizer.dispose();
    expect(held()).toEqual(before);
  });
});

describe("tensors", () => {
  it("throw when used or read after dispose", async () => {
    const a = tf.add(tf.tensor1d([1, 2]), 1);
    a.dispose();
    expect(() => tf.add(a, 1)).toThrow();
    await expect(a.data()).rejects.toThrow(/disposed/);
    expect(() => a.dataSync()).toThrow(/disposed/);
  });

  it("that are disposed before anyone reads are never computed", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    tf.tidy(() => {
      tf.exp(x);
    });
    expect(Array.from(await x.data())).toEqual([1, 2, 3]);
    expect(backend.stats().runs).toBe(0);
    x.dispose();
  });

  it("outlive the tensors that they were computed from", async () => {
    const y = tf.tidy(() => tf.mul(tf.add(tf.tensor1d([1, 2]), 1), tf.tensor1d([10, 100])));
    expect(Array.from(await y.data())).toEqual([20, 300]);
    y.dispose();
  });

  it("that were read keep their values while later steps reuse memory", async () => {
    const training = createSmallTraining(13);
    const kept: { tensor: tf.Tensor; early: Float32Array; copy: Float32Array }[] = [];
    for (let i = 0; i < 12; i++) {
      const tensor = tf.tidy(() => tf.exp(training.model.trainableWeights[0]!.read()));
      const early = (await tensor.data()) as Float32Array;
      kept.push({ tensor, early, copy: early.slice() });
      await readLoss(training);
    }
    for (const { tensor, early, copy } of kept) {
      expect(early).toEqual(copy);
      expect(await tensor.data()).toEqual(copy);
      tensor.dispose();
    }
    expect(kept[0]!.copy).not.toEqual(kept[11]!.copy);
    training.dispose();
  });

  it("leave the arrays that they were made of alone", async () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => i);
    const x = tf.tensor1d(values);
    let y: tf.Tensor = x;
    for (let i = 0; i < 3; i++) {
      y = tf.add(tf.mul(y, 2), x);
      await y.data();
    }
    expect(Array.from(values)).toEqual(Array.from({ length: 64 }, (_, i) => i));
    expect((await y.data())[3]).toBe(45);
  });

  it("made from a variable do not follow its later values", async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    const before = tf.mul(variable, 10);
    const clone = variable.clone();
    variable.assign(tf.add(variable, 5) as tf.Tensor1D);
    expect(Array.from(await before.data())).toEqual([10, 20]);
    expect(Array.from(await clone.data())).toEqual([1, 2]);
    expect(Array.from(await variable.data())).toEqual([6, 7]);
    tf.dispose([before, clone, variable]);
  });

  it("can be read synchronously and in any order", () => {
    const a = tf.square(tf.tensor1d([1, 2, 3]));
    const b = tf.add(a, 1);
    const c = tf.mul(a, b);
    expect(Array.from(c.dataSync())).toEqual([2, 20, 90]);
    expect(Array.from(a.dataSync())).toEqual([1, 4, 9]);
    expect(Array.from(b.dataSync())).toEqual([2, 5, 10]);
  });

  it("may be empty", async () => {
    const empty = tf.tensor2d([], [0, 3]);
    const joined = tf.concat([tf.mul(empty, 2), tf.ones([2, 3])], 0);
    expect(joined.shape).toEqual([2, 3]);
    expect(Array.from(await tf.add(joined, 1).data())).toEqual([2, 2, 2, 2, 2, 2]);
    expect((await tf.exp(empty).data()).length).toBe(0);
  });
});

describe("registerOnnxRuntime", () => {
  it("names an execution provider that this build lacks", async () => {
    await expect(registerOnnxRuntime({ executionProviders: ["abacus"] })).rejects.toThrow(/abacus/);
  });

  it("computes the same with a cache smaller than the number of graphs", async () => {
    backend = await registerOnnxRuntime({ threads: 1, cacheSize: 2 });
    for (let round = 0; round < 2; round++) {
      for (let size = 1; size <= 5; size++) {
        const y = tf.tidy(() => tf.sum(tf.exp(tf.zeros([size, 3]))));
        expect((await y.data())[0]).toBe(size * 3);
        y.dispose();
      }
    }
    expect(backend.stats().compiles).toBe(10);
  });
});
