import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Series } from "./series.ts";

function filled(values: readonly (number | null)[], capacity: number): Series {
  const series = new Series(capacity);
  values.forEach((value, i) => {
    series.add(value === null ? { step: i + 1 } : { step: i + 1, loss: value });
  });
  return series;
}

describe("Series", () => {
  it("keeps few rows as they are", () => {
    expect(filled([3, 1, 2], 4).since(null)).toEqual({
      from: 0,
      stride: 1,
      columns: { step: { mean: [1, 2, 3] }, loss: { mean: [3, 1, 2] } },
    });
  });

  it("merges neighbours when the buckets are used up: mean, extremes, and the last step", () => {
    // Five rows in four buckets: pairs, the last half full.
    expect(filled([4, 2, 8, 0, 5], 4).since(null)).toEqual({
      from: 0,
      stride: 2,
      columns: {
        step: { mean: [2, 4, 5] },
        loss: { mean: [3, 4, 5], low: [2, 0, 5], high: [4, 8, 5] },
      },
    });
  });

  it("tells a reader only what is new, from the bucket that it knows in part", () => {
    const series = filled([4, 2, 8, 0, 5], 4);
    const { cursor } = series;
    expect(series.since(cursor)).toBeNull();
    series.add({ step: 6, loss: 7 });
    expect(series.since(cursor)).toEqual({
      from: 2,
      stride: 2,
      columns: { step: { mean: [6] }, loss: { mean: [6], low: [5], high: [7] } },
    });
  });

  it("tells everything to a reader of other buckets", () => {
    const series = filled([1, 2, 3, 4], 4);
    const { cursor } = series;
    series.add({ step: 5, loss: 5 });
    expect(series.since(cursor)!.from).toBe(0);
    expect(series.since({ stride: 2, rows: 99 })!.from).toBe(0);
  });

  it("has null where a column has no value, and takes new columns on the way", () => {
    const series = filled([null, null, 3, null], 4);
    expect(series.since(null)!.columns.loss).toEqual({ mean: [null, null, 3, null] });
    series.add({ step: 5, late: Number.NaN, word: "x" });
    series.add({ step: 6, late: 1 });
    expect(series.since(null)!.columns).toMatchObject({
      loss: { mean: [null, 3, null], low: [null, 3, null] },
      late: { mean: [null, null, 1] },
    });
    expect(series.since(null)!.columns.word).toBeUndefined();
  });

  it("never loses an extreme and never has more buckets than its capacity", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 300 }),
        (values) => {
          const { columns, stride } = filled(values, 8).since(null)!;
          const { mean, low = mean, high = mean } = columns.loss!;
          const six = (value: number) => Number(value.toPrecision(6));
          expect(mean.length).toBe(Math.ceil(values.length / stride));
          expect(mean.length).toBeLessThanOrEqual(8);
          if (values.length > 8) expect(mean.length).toBeGreaterThan(4);
          expect(Math.min(...(low as number[]))).toBe(six(Math.min(...values)));
          expect(Math.max(...(high as number[]))).toBe(six(Math.max(...values)));
          expect(columns.step!.mean.at(-1)).toBe(values.length);
        },
      ),
    );
  });

  it("holds a hundred thousand rows in at most 2,000 buckets", () => {
    const series = new Series();
    for (let step = 1; step <= 100_000; step++) series.add({ step, loss: step === 77_777 ? 9 : 1 });
    const { columns } = series.since(null)!;
    expect(columns.loss!.mean.length).toBeLessThanOrEqual(2000);
    expect(Math.max(...(columns.loss!.high as number[]))).toBe(9);
  });
});
