// Who owns a tensor's memory: what is handed in, handed out, moved between backends, disposed of.
import * as tf from "@tensorflow/tfjs-core";
import { registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";

let engine = "";
beforeAll(async () => {
  await registerOnnxRuntime({ threads: 1 });
  engine = tf.getBackend();
});

describe("what is recorded does not change afterwards", () => {
  it("when the array that a tensor was made of does", () => {
    const array = new Float32Array([1, 2]);
    const x = tf.tensor1d(array);
    const y = tf.add(x, 1);
    array[0] = 50;
    expect([...y.dataSync()]).toEqual([2, 3]);
    expect([...x.dataSync()]).toEqual([1, 2]);
  });

  it("when an array that was read does", () => {
    const x = tf.tensor1d([1, 2]);
    const y = tf.add(x, 1);
    x.dataSync()[0] = 70;
    expect([...y.dataSync()]).toEqual([2, 3]);
    y.dataSync()[0] = 70;
    const z = tf.add(y, 1);
    y.dataSync()[1] = 70;
    expect([...z.dataSync()]).toEqual([3, 4]);
  });

  it("when a tensor that it reads is disposed of and its memory used again", () => {
    const x = tf.tensor1d([1, 2, 3, 4, 5]);
    const y = tf.add(x, 1);
    x.dispose();
    const others = [0, 1, 2].map((value) => tf.tensor1d([9, 9, 9, 9, value]));
    const z = tf.mul(y, 2);
    expect([...z.dataSync()]).toEqual([4, 6, 8, 10, 12]);
    expect(others.map((other) => other.dataSync()[4])).toEqual([0, 1, 2]);
  });
});

describe("a tensor that was disposed of", () => {
  it("can neither be read nor computed with", () => {
    const x = tf.tensor1d([1, 2, 3]);
    const pending = tf.add(x, 1);
    x.dispose();
    expect(() => x.dataSync()).toThrow("Tensor is disposed");
    expect(() => tf.add(x, 1)).toThrow("disposed");
    expect(() => tf.concat([x, x])).toThrow("disposed");
    expect(() => tf.unique(x)).toThrow("disposed");
    expect(() => x.clone()).toThrow("disposed");
    pending.dispose();
    expect(() => pending.dataSync()).toThrow("Tensor is disposed");
    expect(() => tf.relu(pending)).toThrow("disposed");
  });

  it("leaves its clones and reshapes alone", () => {
    const x = tf.tensor1d([1, 2, 3, 4]);
    const clone = tf.clone(x);
    const reshaped = tf.reshape(x, [2, 2]);
    x.dispose();
    expect([...clone.dataSync()]).toEqual([1, 2, 3, 4]);
    clone.dispose();
    expect([...reshaped.dataSync()]).toEqual([1, 2, 3, 4]);
    expect([...tf.add(reshaped, 1).dataSync()]).toEqual([2, 3, 4, 5]);
  });
});

describe("tensors from another backend", () => {
  async function fromCpu<T extends tf.Tensor>(build: () => T): Promise<T> {
    await tf.setBackend("cpu");
    const tensor = build();
    await tf.setBackend(engine);
    return tensor;
  }

  it("of numbers, text and complex numbers can be computed with here", async () => {
    const numbers = await fromCpu(() => tf.tensor1d([1, 2]));
    expect([...tf.add(numbers, 1).dataSync()]).toEqual([2, 3]);
    const text = await fromCpu(() => tf.tensor1d(["a", "b"]));
    expect(tf.reshape(text, [2, 1]).dataSync()).toEqual(["a", "b"]);
    const complex = await fromCpu(() => tf.complex([1, 2], [3, 4]));
    expect([...tf.real(complex).dataSync()]).toEqual([1, 2]);
    expect([...tf.imag(complex).dataSync()]).toEqual([3, 4]);
    expect([...tf.add(complex, complex).dataSync()]).toEqual([2, 6, 4, 8]);
  });

  it("leave nothing behind", async () => {
    const before = tf.memory();
    const complex = await fromCpu(() => tf.complex([1, 2], [3, 4]));
    const real = tf.real(complex);
    const dataIds = tf.backend().numDataIds();
    complex.dispose();
    real.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    // The whole, and both of its halves.
    expect(tf.backend().numDataIds()).toBe(dataIds - 3);
  });
});
