import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { getOnnxRuntimeBackend, registerOnnxRuntime } from "../src/index.ts";

const COUNT = 50_000;
const WIDTH = 8;
const ROWS = 7;

beforeAll(async () => {
  tf.env().set("PROD", true);
  // Several threads: what they lose of each other's sums shows only so.
  await registerOnnxRuntime({ threads: 4 });
});

/** Row numbers 0, 1, ..., 6, 0, 1, ...; and how often each occurs. */
const numbers = Int32Array.from({ length: COUNT }, (_, i) => i % ROWS);
const times = Array.from({ length: ROWS }, (_, row) => numbers.filter((number) => number === row).length);

test("scatterND adds up every one of many updates of the same places", () => {
  const indices = tf.tensor2d(numbers, [COUNT, 1], "int32");
  const updates = tf.mul(tf.ones([COUNT, WIDTH]), tf.tensor1d([1, 2, 3, 4, 5, 6, 7, 8]));
  const sums = tf.scatterND(indices, updates, [ROWS, WIDTH]).arraySync() as number[][];
  sums.forEach((row, i) => {
    expect(row).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((value) => value * times[i]!));
  });
});

test("unsortedSegmentSum adds up every row, and leaves out numbers beyond the segments", () => {
  const ids = tf.tensor1d(
    numbers.map((number) => number * 2 - 3),
    "int32",
  );
  const sums = tf.unsortedSegmentSum(tf.ones([COUNT, WIDTH]), ids, 4).arraySync() as number[][];
  // -3, -1, 1, 3, 5, 7 and 9: of 0 to 3 only 1 and 3 occur.
  expect(sums.map((row) => row[WIDTH - 1])).toEqual([0, times[2], 0, times[3]]);
});

test("tensorScatterUpdate keeps the last of several updates of a place", () => {
  const indices = tf.tensor2d(numbers, [COUNT, 1], "int32");
  const updates = tf.range(0, COUNT);
  const written = tf.tensorScatterUpdate(tf.zeros([ROWS]), indices, updates).dataSync();
  const last = Array.from({ length: ROWS }, (_, row) => numbers.lastIndexOf(row));
  expect([...written]).toEqual(last);
});

test("the gradient of an embedding adds up every occurrence", () => {
  const table = tf.ones([ROWS, WIDTH]) as tf.Tensor2D;
  const words = tf.tensor1d(numbers, "int32");
  const gradient = tf
    .grad((x: tf.Tensor) => tf.sum(tf.gather(x, words)))(table)
    .arraySync() as number[][];
  expect(gradient.map((row) => row[0])).toEqual(times);
  expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
});
