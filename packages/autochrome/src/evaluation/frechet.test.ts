import { describe, expect, it } from "vitest";
import { frechetDistance } from "./frechet.ts";
import { singularValues } from "./singular-values.ts";
import { noise } from "./testing.ts";

const next = noise(3);
const vectors = (count: number, dimensions: number): number[][] =>
  Array.from({ length: count }, () => Array.from({ length: dimensions }, () => next() / 256));

describe("frechetDistance", () => {
  it("is 0 between equal sets, whatever the order, with more and with fewer vectors than dimensions", () => {
    for (const [count, dimensions] of [
      [30, 4],
      [4, 30],
    ]) {
      const set = vectors(count, dimensions);
      expect(frechetDistance(set, set.toReversed())).toBeCloseTo(0, 10);
    }
  });

  it("of a set and the same moved is the squared length of the move", () => {
    const set = vectors(9, 20);
    expect(
      frechetDistance(
        set,
        set.map((vector) => vector.map((value) => value + 0.5)),
      ),
    ).toBeCloseTo(20 / 4, 10);
  });

  it("of Gaussians with known variances is |μ1 - μ2|² + Σ (σ1 - σ2)², in one dimension and on axes", () => {
    // Means 1 and 6, unbiased deviations 1 and 2.
    expect(frechetDistance([[0], [1], [2]], [[4], [6], [8]])).toBeCloseTo(25 + 1, 12);
    // Axes apart: variances 2 and 8 on the first, 18 and 2 on the second; no covariance.
    const cross = (x: number, y: number) => [
      [x, 0],
      [-x, 0],
      [0, y],
      [0, -y],
    ];
    const deviation = (x: number) => Math.sqrt((2 * x * x) / 3);
    const expected = (deviation(2) - deviation(4)) ** 2 + (deviation(6) - deviation(2)) ** 2;
    expect(frechetDistance(cross(2, 6), cross(4, 2))).toBeCloseTo(expected, 12);
  });

  it("is symmetric, and does not exist for a single vector", () => {
    const [one, two] = [vectors(12, 5), vectors(7, 5)];
    expect(frechetDistance(one, two)).toBeCloseTo(frechetDistance(two, one), 12);
    expect(frechetDistance(one.slice(0, 1), two)).toBeNaN();
  });
});

describe("singularValues", () => {
  it("keeps the sum of squares, and the zeros of a matrix without full rank", () => {
    const [u, v] = [vectors(1, 40)[0], vectors(1, 25)[0]];
    const outer = Float64Array.from({ length: 40 * 25 }, (_, i) => u[Math.floor(i / 25)] * v[i % 25]);
    const [first, ...rest] = singularValues(outer, 40, 25);
    expect(first).toBeCloseTo(Math.hypot(...u) * Math.hypot(...v), 10);
    for (const value of rest) expect(Math.abs(value)).toBeLessThan(1e-12);
    const full = Float64Array.from(vectors(60, 50).flat());
    const squares = full.reduce((sum, value) => sum + value * value, 0);
    const values = singularValues(full, 60, 50);
    expect(values.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(squares, 8);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it("takes matrices of zeros and of one", () => {
    expect([...singularValues(new Float64Array(6), 2, 3)]).toEqual([0, 0]);
    expect(singularValues(Float64Array.of(-3), 1, 1)[0]).toBeCloseTo(3, 12);
  });
});
