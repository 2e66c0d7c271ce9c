import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";
import { drawHints, drawPatches, revealHints } from "./simulated-hints.ts";

const DRAWS = 20_000;
const drawn = Array.from({ length: DRAWS }, (_, i) => drawHints(Random.of(3, 5, i), 128, 96));
const pointwise = drawn.filter(({ everything }) => !everything);
const patches = pointwise.flatMap((hints) => hints.patches);

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = <T>(values: readonly T[], is: (value: T) => boolean) =>
  values.filter(is).length / values.length;

describe("drawHints", () => {
  it("draws a geometric number of points: 1/8 have none, 7 on average, of variance 56", () => {
    const counts = pointwise.map((hints) => hints.patches.length);
    expect(mean(counts)).toBeCloseTo(7, 0);
    expect(mean(counts.map((count) => (count - 7) ** 2)) / 56).toBeCloseTo(1, 0);
    for (const k of [0, 1, 5, 12]) {
      expect(Math.abs(share(counts, (count) => count === k) - (7 / 8) ** k / 8)).toBeLessThan(0.01);
    }
  });

  it("shows everything in 1% of the pictures", () => {
    expect(Math.abs(share(drawn, (hints) => hints.everything) - 0.01)).toBeLessThan(0.003);
    expect(drawn.some((hints) => hints.everything && hints.patches.length > 0)).toBe(false);
  });

  it("draws squares with sides even from 1 to 9, inside, normal around the centre", () => {
    const sides = patches.map(({ width }) => width);
    for (let side = 1; side <= 9; side++) {
      expect(share(sides, (s) => s === side)).toBeCloseTo(1 / 9, 2);
    }
    const outside = patches.filter(
      ({ left, top, width, height }) =>
        width !== height || left < 0 || top < 0 || left + width > 128 || top + height > 96,
    );
    expect(outside).toEqual([]);
    const xs = patches.map(({ left, width }) => left + width / 2);
    const ys = patches.map(({ top, height }) => top + height / 2);
    expect(mean(xs)).toBeCloseTo(64, 0);
    expect(mean(ys)).toBeCloseTo(48, 0);
    // A quarter of the side is one deviation; two, where the edges lie, would blur their own.
    expect(Math.abs(share(xs, (x) => Math.abs(x - 64) < 32) - 0.683)).toBeLessThan(0.02);
    expect(Math.abs(share(ys, (y) => Math.abs(y - 48) < 24) - 0.683)).toBeLessThan(0.02);
  });

  it("depends on nothing but the random sequence, and fits pictures smaller than a patch", () => {
    expect(drawHints(Random.of(3, 5, 7), 128, 96)).toEqual(drawn[7]);
    for (const { left, top, width, height } of drawPatches(Random.of(1), 4, 2, 50)) {
      expect(left + width).toBeLessThanOrEqual(4);
      expect(top + height).toBeLessThanOrEqual(2);
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("revealHints", () => {
  const chroma = Float32Array.from({ length: 3 * 2 * 2 }, (_, i) => i);

  it("shows a patch's mean", () => {
    const input = new Float32Array(3 * 2 * 4);
    const patch = { left: 1, top: 0, width: 2, height: 2 };
    revealHints({ everything: false, patches: [patch] }, chroma, 3, input);
    // a of the four pixels: 2, 4, 8, 10; b one more.
    const hinted = [0, 6, 7, 1];
    const none = [0, 0, 0, 0];
    expect([...input]).toEqual([none, hinted, hinted, none, hinted, hinted].flat());
  });

  it("shows everything", () => {
    const input = new Float32Array(3 * 2 * 4);
    revealHints({ everything: true, patches: [] }, chroma, 3, input);
    expect([...input]).toEqual([0, 1, 2, 3, 4, 5].flatMap((i) => [0, 2 * i, 2 * i + 1, 1]));
  });
});
