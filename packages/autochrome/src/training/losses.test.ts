import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { COLOUR_GRID, tf } from "../models/index.ts";
import { adversarialLoss, chromaWeightedL1, classLoss, l1Loss } from "./losses.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const logits = () => tf.tensor([0, 2], [1, 1, 2, 1]);
const value = (scalar: tf.Tensor) => scalar.dataSync()[0]!;
const log1pExp = (x: number) => Math.log1p(Math.exp(x));

describe("adversarialLoss", () => {
  it("bce is the cross-entropy with label smoothing on real photos alone", () => {
    const loss = adversarialLoss("bce", 0.9);
    const s = 1 / (1 + Math.exp(-2));
    const real = (Math.log(2) - 0.9 * Math.log(s) - 0.1 * Math.log(1 - s)) / 2;
    expect(value(loss.real(logits()))).toBeCloseTo(real, 5);
    expect(value(loss.fake(logits()))).toBeCloseTo((Math.log(2) + log1pExp(2)) / 2, 5);
    expect(value(loss.generator(logits()))).toBeCloseTo((Math.log(2) + log1pExp(-2)) / 2, 5);
  });

  it("bce stays finite for huge logits, with gradients in [-1, 1]", () => {
    const huge = tf.tensor([-500, 500], [1, 1, 2, 1]);
    for (const side of ["real", "fake", "generator"] as const) {
      const loss = adversarialLoss("bce", 0.9)[side];
      expect(value(loss(huge))).toBeLessThan(501);
      for (const gradient of tf
        .grad((x) => loss(x))(huge)
        .dataSync()) {
        expect(Math.abs(gradient)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("lsgan is the squared distance to the label", () => {
    const loss = adversarialLoss("lsgan", 0.9);
    expect(value(loss.real(logits()))).toBeCloseTo((0.81 + 1.21) / 2, 5);
    expect(value(loss.fake(logits()))).toBeCloseTo(2, 5);
    expect(value(loss.generator(logits()))).toBeCloseTo(1, 5);
    expect(loss.threshold).toBe(0.5);
  });

  it("hinge has margins of 1 and a linear generator", () => {
    const loss = adversarialLoss("hinge", 0.9);
    expect(value(loss.real(logits()))).toBeCloseTo(0.5, 6);
    expect(value(loss.fake(logits()))).toBeCloseTo(2, 6);
    expect(value(loss.generator(logits()))).toBeCloseTo(-1, 6);
  });
});

describe("chromaWeightedL1", () => {
  // Errors 0.1 in a gray pixel and 0.4 in one of chroma 0.5, both channels alike.
  const target = () => tf.tensor([0, 0, 0.3, 0.4], [1, 1, 2, 2]);
  const predicted = () => tf.tensor([0.1, 0.1, 0.7, 0.8], [1, 1, 2, 2]);

  it("without weight is L1", () => {
    expect(value(l1Loss(predicted(), target()))).toBeCloseTo(0.25, 6);
    expect(value(chromaWeightedL1(predicted(), target(), 0))).toBeCloseTo(0.25, 6);
  });

  it("weighs a pixel 1 + weight * chroma, over the mean weight", () => {
    // Weights 1 and 1 + 4 * 0.5 = 3.
    expect(value(chromaWeightedL1(predicted(), target(), 4))).toBeCloseTo((0.1 * 1 + 0.4 * 3) / 4, 5);
  });

  it("takes half the range of R, G, B for chroma", () => {
    const red = tf.tensor([1, -1, -1], [1, 1, 1, 3]);
    const both = tf.concat([red, tf.zeros([1, 1, 1, 3])], 2);
    // Red weighs 1 + 1, gray 1; errors 0.3 and 0.6.
    const off = tf.add(both, tf.tensor([0.3, 0.3, 0.3, 0.6, 0.6, 0.6], [1, 1, 2, 3]));
    expect(value(chromaWeightedL1(off, both, 1))).toBeCloseTo((0.3 * 2 + 0.6) / 3, 5);
  });
});

describe("classLoss", () => {
  const gray = COLOUR_GRID.findIndex(([a, b]) => a === 0 && b === 0);
  const green = COLOUR_GRID.findIndex(([a, b]) => a === -60 && b === 60);
  const logitsOf = (...certain: number[]) =>
    tf.tensor4d(
      certain.flatMap((place) => COLOUR_GRID.map((_, i) => (i === place ? 10 : 0))),
      [1, 1, certain.length, COLOUR_GRID.length],
    );
  const colours = (...ab: number[]) =>
    tf.tensor4d(
      ab.map((value) => value / 110),
      [1, 1, ab.length / 2, 2],
    );

  it("is the cross-entropy over 30: log of the classes' number where nothing is known", () => {
    const nothing = tf.zeros([1, 1, 1, COLOUR_GRID.length]) as tf.Tensor4D;
    expect(value(classLoss(nothing, colours(-31, 47), 0))).toBeCloseTo(Math.log(COLOUR_GRID.length) / 30, 5);
    const others = COLOUR_GRID.length - 1;
    const right = Math.log(1 + others * Math.exp(-10));
    expect(value(classLoss(logitsOf(gray), colours(0, 0), 0))).toBeCloseTo(right / 30, 5);
    expect(value(classLoss(logitsOf(gray), colours(-60, 60), 0))).toBeCloseTo((10 + right) / 30, 5);
  });

  it("lets saturated pixels weigh more, relative to the weights' mean", () => {
    const right = Math.log(1 + (COLOUR_GRID.length - 1) * Math.exp(-10));
    const saturated = 1 + 2 * (Math.hypot(60, 60) / 110);
    // The gray pixel is painted right, the green one gray.
    const expected = (right + saturated * (10 + right)) / (1 + saturated);
    expect(value(classLoss(logitsOf(gray, gray), colours(0, 0, -60, 60), 2))).toBeCloseTo(expected / 30, 5);
    expect(value(classLoss(logitsOf(gray, green), colours(0, 0, -60, 60), 2))).toBeCloseTo(right / 30, 5);
  });

  it("has the gradient share - weight, and none for a distribution that is right", () => {
    const target = colours(-50, 50);
    const nothing = tf.zeros([1, 1, 1, COLOUR_GRID.length]) as tf.Tensor4D;
    const gradient = tf
      .grad((x) => classLoss(x as tf.Tensor4D, target, 0))(nothing)
      .dataSync();
    // (-50, 50) lies in the middle of its four corners.
    expect(gradient[green]! * 30).toBeCloseTo(1 / COLOUR_GRID.length - 0.25, 5);
    expect(gradient[gray]! * 30).toBeCloseTo(1 / COLOUR_GRID.length, 5);
  });
});
