import { describe, expect, it } from "vitest";
import { bootstrapDifference } from "./bootstrap.ts";
import { compareModels } from "./comparison.ts";
import { type Candidate, evaluateModels } from "./evaluate-models.ts";
import { evaluatePhotos } from "./evaluate-photos.ts";
import { formatComparison } from "./format-comparison.ts";
import { comparisonToJson, toJson } from "./json.ts";
import type { EvaluationPhoto } from "./photo-metrics.ts";
import { gradientPair, noise } from "./testing.ts";

const next = noise(11);
const photos: EvaluationPhoto[] = Array.from({ length: 5 }, (_, k) => {
  const { truth } = gradientPair(20 + k, 16, 1, next);
  return { name: `photo ${k}`, rgb: truth, width: 20 + k, height: 16 };
});
const off = (amount: number): Candidate["colorize"] => {
  return async ({ rgb }) => rgb.map((value, i) => (i % 3 === 2 ? Math.max(0, value - amount) : value));
};
const candidate = (amount: number, more: Partial<Candidate> = {}): Candidate => ({
  colorize: off(amount),
  meanChroma: [2, 8],
  ...more,
});

describe("evaluateModels", () => {
  it("gives each network what it gets alone", async () => {
    const discriminator: Candidate["discriminator"] = async ({ rgb }) => Float32Array.of(rgb[2], rgb[5]);
    const candidates = [
      candidate(10),
      candidate(40, { meanChroma: [0, 3], discriminator, extraModels: { l1: off(5) } }),
    ];
    const pictures: number[] = [];
    const both = await evaluateModels(photos, candidates, {
      seed: 3,
      onPhoto: ({ images, evaluations }) => pictures.push(images.painted.length, evaluations.length),
    });
    expect(pictures).toEqual(Array(10).fill(2));
    for (const [i, { colorize, ...options }] of candidates.entries()) {
      expect(both[i]).toEqual(await evaluatePhotos(photos, colorize, { ...options, seed: 3 }));
    }
  });
});

describe("bootstrapDifference", () => {
  const lower = (mean: number) => mean;

  it("sees what pairs share cancel out", () => {
    const hard = [1, 9, 4, 16, 25, 3];
    const easier = hard.map((value) => value - 0.5);
    const difference = bootstrapDifference(easier, hard, lower);
    expect(difference).toEqual({ mean: -0.5, low: -0.5, high: -0.5, wins: 1, photos: 6 });
    expect(bootstrapDifference(hard, easier, lower).wins).toBe(0);
  });

  it("leaves out photos that one has no value of, and counts ties half", () => {
    expect(bootstrapDifference([1, Number.NaN, 3], [1, 2, 3], lower)).toEqual({
      mean: 0,
      low: 0,
      high: 0,
      wins: 0.5,
      photos: 2,
    });
    expect(bootstrapDifference([Number.NaN], [1], lower)).toMatchObject({ wins: Number.NaN, photos: 0 });
  });

  it("has intervals as wide as the differences' standard error says", () => {
    const random = noise(2);
    const one = Array.from({ length: 400 }, () => random() / 256);
    const two = Array.from({ length: 400 }, () => random() / 256);
    const { mean, low, high } = bootstrapDifference(one, two, lower, { resamples: 4000 });
    const differences = one.map((value, i) => value - two[i]);
    const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 399;
    const expected = 2 * 1.96 * Math.sqrt(variance / 400);
    expect((high - low) / expected).toBeGreaterThan(0.93);
    expect((high - low) / expected).toBeLessThan(1.07);
  });
});

describe("compareModels", () => {
  it("compares the others to the first, each metric by its own better side", async () => {
    const results = await evaluateModels(photos, [candidate(40), candidate(10), candidate(40)]);
    const models = results.map((result, i) => ({ name: "abc"[i], result }));
    const comparison = compareModels(models);
    expect(comparison.reference).toBe("a");
    const [b, c] = comparison.models;
    expect(b.name).toBe("b");
    for (const metric of ["psnr", "deltaE2000", "abMae", "auc", "colourfulnessRatio"] as const) {
      expect(b.differences[metric].wins, metric).toBe(1);
      expect(c.differences[metric].wins, metric).toBe(0.5);
    }
    expect(b.differences.psnr.mean).toBeCloseTo(results[1].model.psnr.mean - results[0].model.psnr.mean, 10);
    expect(b.differences.deltaE2000.high).toBeLessThan(0);

    const json = comparisonToJson(models, comparison);
    expect(json.photos).toBe(5);
    expect(json.models[1]).toEqual({ name: "b", ...toJson(results[1]) });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);

    const text = formatComparison(models, comparison);
    expect(text).toMatch(/^5 photos;/);
    expect(text).toMatch(/\n +a +b +c +gray +mean +better\n/);
    expect(text).toMatch(/Difference to a .*\n +b +c\n/);
    expect(text).toMatch(/PSNR \(dB\) .* 100% .* 50%\n/);
    expect(text).not.toMatch(/NaN|undefined|Infinity|Discriminators/);
  });

  it("gives many models a row each, with means alone", async () => {
    const results = await evaluateModels(
      photos.slice(0, 2),
      Array.from({ length: 6 }, (_, k) => candidate(10 * k)),
    );
    const models = results.map((result, i) => ({ name: `model ${i}`, result }));
    const text = formatComparison(models, compareModels(models));
    expect(text).toMatch(/\nmodel 5 +\d/);
    expect(text).toMatch(/\ngray +\d/);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(180);
  });
});
