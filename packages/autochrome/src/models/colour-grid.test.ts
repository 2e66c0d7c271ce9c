import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { AB_SCALE, rgbToLab } from "../color/index.ts";
import { AnnealedMean, COLOUR_GRID, GRID_SPACING, gridWeights, tf } from "./index.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Random sRGB colours as a, b over 110, [1, 1, count, 2]. */
function colours(count: number): tf.Tensor4D {
  const rgb = Uint8Array.from({ length: 3 * count }, (_, i) => (i * 7919 + (i % 3) * 101) % 256);
  const lab = rgbToLab(rgb);
  const ab = Array.from({ length: 2 * count }, (_, i) => lab[3 * (i >> 1) + 1 + (i % 2)]! / AB_SCALE);
  return tf.tensor4d(ab, [1, 1, count, 2]);
}

describe("the grid of colours", () => {
  it("has each place once, on whole multiples of the spacing, gray among them", () => {
    expect(new Set(COLOUR_GRID.map(String)).size).toBe(COLOUR_GRID.length);
    for (const value of COLOUR_GRID.flat()) expect(Math.abs(value % GRID_SPACING)).toBe(0);
    expect(COLOUR_GRID).toContainEqual([0, 0]);
    // sRGB's gamut projected on a, b is some 31,000 square units: 313 squares of 10 (Zhang et al. 2016), 78 of 20.
    expect(COLOUR_GRID.length).toBeGreaterThan(78);
    expect(COLOUR_GRID.length).toBeLessThan(130);
  });

  it("shares each sRGB colour among its four corners, whose mean it is", () => {
    const colour = colours(400);
    const weights = gridWeights(colour);
    for (const sum of tf.sum(weights, -1).dataSync()) expect(sum).toBeCloseTo(1, 5);
    const counts = tf.sum(tf.cast(tf.greater(weights, 0), "float32"), -1).dataSync();
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
    const places = tf.tensor2d(COLOUR_GRID.map(([a, b]) => [a / AB_SCALE, b / AB_SCALE]));
    const mean = tf.matMul(tf.reshape(weights, [400, -1]), places).dataSync();
    colour.dataSync().forEach((value, i) => {
      expect(mean[i]).toBeCloseTo(value, 5);
    });
  });
});

describe("AnnealedMean", () => {
  const red = COLOUR_GRID.findIndex(([a, b]) => a === 60 && b === 40);
  const blue = COLOUR_GRID.findIndex(([a, b]) => a === 20 && b === -60);
  const shares = COLOUR_GRID.map((_, i) => (i === red ? 0.6 : i === blue ? 0.4 : 1e-9));
  const logits = tf.tensor4d(shares.map(Math.log), [1, 1, 1, COLOUR_GRID.length]);
  const paint = (temperature: number) =>
    Array.from(
      (new AnnealedMean({ temperature }).apply(logits) as tf.Tensor).dataSync(),
      (v) => v * AB_SCALE,
    );

  it("is the distribution's mean at temperature 1", () => {
    const [a, b] = paint(1);
    expect(a).toBeCloseTo(0.6 * 60 + 0.4 * 20, 3);
    expect(b).toBeCloseTo(0.6 * 40 - 0.4 * 60, 3);
  });

  it("goes to the likeliest colour as the temperature falls: 0.6^(1/T) against 0.4^(1/T)", () => {
    const share = 0.6 ** (1 / 0.38) / (0.6 ** (1 / 0.38) + 0.4 ** (1 / 0.38));
    expect(paint(0.38)[0]).toBeCloseTo(share * 60 + (1 - share) * 20, 3);
    expect(paint(0.05)[1]).toBeCloseTo(40, 1);
  });

  it("lets vividness weigh colours by e^(v min(1, C / 30)) before they are annealed", () => {
    const places = [
      [0, 0],
      [0, 20],
      [60, 40],
    ].map(([a, b]) => COLOUR_GRID.findIndex((p) => p[0] === a && p[1] === b));
    const world = COLOUR_GRID.map((_, i) => [0.7, 0.2, 0.1][places.indexOf(i)] ?? 1e-9);
    const layer = new AnnealedMean({ temperature: 0.5, vividness: 1 });
    const painted = layer.apply(tf.tensor4d(world.map(Math.log), [1, 1, 1, world.length])) as tf.Tensor;
    const shares = [0.7 ** 2, (0.2 * Math.exp(2 / 3)) ** 2, (0.1 * Math.E) ** 2];
    const sum = shares.reduce((a, b) => a + b);
    expect(painted.dataSync()[0]! * AB_SCALE).toBeCloseTo((60 * shares[2]!) / sum, 3);
    expect(painted.dataSync()[1]! * AB_SCALE).toBeCloseTo((20 * shares[1]! + 40 * shares[2]!) / sum, 3);
  });
});
