import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { registerOnnxRuntime } from "../src/index.ts";

beforeAll(async () => {
  await registerOnnxRuntime({ threads: 2 });
});

/** A step whose gradient sums over whole filters, as spectral normalization's does. */
function step(filters: tf.Variable[], x: tf.Tensor4D): Float32Array {
  const loss = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      let y: tf.Tensor4D = x;
      for (const filter of filters) {
        const normalized = tf.div(filter, tf.sqrt(tf.sum(tf.square(filter)))) as tf.Tensor4D;
        y = tf.leakyRelu(tf.conv2d(y, normalized, 2, "same"), 0.2);
      }
      return tf.mean(tf.square(tf.sub(y, 0.3))) as tf.Scalar;
    }, filters);
    for (const filter of filters) filter.assign(tf.sub(filter, tf.mul(grads[filter.name], 50)) as tf.Tensor);
    return value;
  });
  return loss.dataSync() as Float32Array;
}

test("training goes on bit by bit from weights that were read and written back", () => {
  const x = tf.randomNormal([4, 32, 32, 3], 0, 1, "float32", 1) as tf.Tensor4D;
  const shapes = [
    [4, 4, 3, 24],
    [4, 4, 24, 40],
    [3, 3, 40, 48],
  ];
  const kept = shapes.map((shape, i) => tf.variable(tf.randomNormal(shape, 0, 0.1, "float32", i + 2)));
  for (let i = 0; i < 3; i += 1) step(kept, x);
  const restored = kept.map((filter) => tf.variable(tf.tensor(filter.dataSync().slice(), filter.shape)));
  for (let i = 0; i < 4; i += 1) expect([...step(restored, x)]).toEqual([...step(kept, x)]);
  kept.forEach((filter, i) => {
    expect(Buffer.from(restored[i].dataSync().slice().buffer)).toEqual(
      Buffer.from(filter.dataSync().slice().buffer),
    );
  });
});
