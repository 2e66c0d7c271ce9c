import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { tf } from "../models/index.ts";
import { adversarialLoss, chromaWeightedL1, l1Loss } from "./losses.ts";

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
