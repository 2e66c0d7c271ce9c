import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { tf } from "../models/index.ts";
import { r1Applies, r1Penalty, r1Weight } from "./r1.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const value = (scalar: tf.Scalar) => scalar.dataSync()[0]!;
const colours = (n: number, side: number) =>
  tf.randomNormal([n, side, side, 2], 0, 1, "float32", 4) as tf.Tensor4D;

describe("r1Penalty", () => {
  it("is gamma / 2 times the squared gradient, times the steps that it stands for", () => {
    // One logit, 3 a + 4 b of the only pixel: the gradient is (3, 4), whatever the colours.
    const kernel = tf.tensor4d([3, 4], [1, 1, 2, 1]);
    const judge = (x: tf.Tensor4D) => tf.conv2d(x, kernel, 1, "valid");
    expect(value(r1Penalty(judge, colours(5, 1), { weight: 2, every: 1 }))).toBeCloseTo((2 / 2) * 25, 4);
    expect(value(r1Penalty(judge, colours(5, 1), { weight: 0.5, every: 16 }))).toBeCloseTo(
      (0.5 / 2) * 25 * 16,
      4,
    );
  });

  it("is the mean over photos", () => {
    // The gradient of |x|^2 / 2 is x: two photos of |x|^2 = 1 + 4 and 9 + 16.
    const judge = (x: tf.Tensor4D) => tf.mul(tf.sum(tf.square(x), [1, 2, 3], true), 0.5);
    const x = tf.tensor4d([1, 2, 3, 4], [2, 1, 1, 2]);
    expect(value(r1Penalty(judge, x, { weight: 1, every: 1 }))).toBeCloseTo((5 + 25) / 2 / 2, 5);
  });

  it("is the mean over patches that do not overlap, however many", () => {
    const kernel = tf.randomNormal([2, 2, 2, 1], 0, 1, "float32", 9) as tf.Tensor4D;
    const judge = (x: tf.Tensor4D) => tf.conv2d(x, kernel, 2, "valid");
    const norm = value(tf.sum(tf.square(kernel)) as tf.Scalar);
    for (const side of [2, 4, 8]) {
      expect(value(r1Penalty(judge, colours(3, side), { weight: 1, every: 1 }))).toBeCloseTo(norm / 2, 4);
    }
  });
});

it("applies by the step's number alone", () => {
  const steps = (r1Gamma: number | "auto", r1Every: number) =>
    [0, 1, 2, 3, 4, 5, 6].filter((step) => r1Applies({ r1Gamma, r1Every }, step));
  expect(steps("auto", 3)).toEqual([0, 3, 6]);
  expect(steps(0.1, 1)).toHaveLength(7);
  expect(steps(0, 3)).toEqual([]);
});

it("weighs by size and batch, or as it is told", () => {
  expect(r1Weight({ r1Gamma: "auto", cropSize: 128, batchSize: 8 })).toBeCloseTo(0.4096, 10);
  expect(r1Weight({ r1Gamma: 10, cropSize: 128, batchSize: 8 })).toBe(10);
});
