import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapMean, bootstrapRatio, quantile } from "./bootstrap.ts";
import { noise } from "./testing.ts";

describe("quantile", () => {
  it("interpolates between ranks", () => {
    expect(quantile([0, 10, 20, 30], 0.5)).toBe(15);
    expect(quantile([0, 10, 20, 30], 0.25)).toBe(7.5);
    expect(quantile([0, 10, 20, 30], 1)).toBe(30);
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe("bootstrapMean", () => {
  it("is deterministic, and another seed draws otherwise", () => {
    const values = Array.from({ length: 12 }, (_, k) => Math.sqrt(k));
    expect(bootstrapMean(values, { seed: 3 })).toEqual(bootstrapMean(values, { seed: 3 }));
    expect(bootstrapMean(values, { seed: 3 })).not.toEqual(bootstrapMean(values, { seed: 4 }));
  });

  it("is close to the normal interval of a large sample", () => {
    const next = noise(9);
    const values = Array.from({ length: 400 }, next);
    const mean = values.reduce((sum, value) => sum + value, 0) / 400;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 400);
    const interval = bootstrapMean(values, { resamples: 4000 });
    expect(interval.mean).toBeCloseTo(mean, 10);
    expect(interval.low).toBeCloseTo(mean - (1.96 * deviation) / 20, -0.3);
    expect(interval.high).toBeCloseTo(mean + (1.96 * deviation) / 20, -0.3);
  });

  it("leaves out what is not finite, and is NaN where nothing is left", () => {
    expect(bootstrapMean([Number.NaN, 5, Number.POSITIVE_INFINITY])).toEqual({ mean: 5, low: 5, high: 5 });
    expect(bootstrapMean([Number.NaN])).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN });
  });

  it("keeps low <= mean <= high inside the values' range for not too small samples", () => {
    const sample = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
      minLength: 10,
      maxLength: 30,
    });
    fc.assert(
      fc.property(sample, (values) => {
        const { mean, low, high } = bootstrapMean(values, { resamples: 200 });
        expect(low).toBeLessThanOrEqual(mean + 1e-9);
        expect(high).toBeGreaterThanOrEqual(mean - 1e-9);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      }),
      { numRuns: 50, seed: 1 },
    );
  });
});

describe("bootstrapRatio", () => {
  it("divides the sums", () => {
    expect(bootstrapRatio([1, 2], [2, 8]).mean).toBe(0.3);
    const constant = bootstrapRatio([1, 2, 3], [2, 4, 6]);
    expect([constant.mean, constant.low, constant.high]).toEqual([0.5, 0.5, 0.5]);
  });
});
