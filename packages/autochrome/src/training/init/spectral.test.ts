import { describe, expect, it } from "vitest";
import { uniformGenerator } from "../../models/index.ts";
import { unitStretch } from "./spectral.ts";

function stretchOf(kernel: Float32Array, u: Float32Array): number {
  let sum = 0;
  for (let row = 0; row < kernel.length; row += u.length) {
    sum += u.reduce((value, x, i) => value + x * kernel[row + i]!, 0) ** 2;
  }
  return Math.sqrt(sum);
}

describe("unitStretch", () => {
  it("finds the direction of a diagonal matrix that is stretched to 1", () => {
    // |diag(2, 0.5) u| = 1 for u = (a, b): 4 a^2 + 0.25 b^2 = 1 with a^2 + b^2 = 1, so a^2 = 0.2.
    const u = unitStretch(Float32Array.of(2, 0, 0, 0.5), 2);
    expect(Math.hypot(u[0]!, u[1]!)).toBeCloseTo(1, 6);
    expect(u[0]! ** 2).toBeCloseTo(0.2, 5);
  });

  it("gives the top direction where nothing is stretched to 1", () => {
    const u = unitStretch(Float32Array.of(0.9, 0, 0, 0.5), 2);
    expect(Math.abs(u[0]!)).toBeCloseTo(1, 5);
    expect([...unitStretch(Float32Array.of(0.3, 0.4), 1)]).toEqual([1]);
  });

  it("has length 1 and stretch 1 for a random kernel with a top value just above 1", () => {
    const uniform = uniformGenerator(7);
    const kernel = Float32Array.from({ length: 40 * 6 }, () => uniform() - 0.5);
    let top = Float32Array.from({ length: 6 }, () => 1);
    for (let i = 0; i < 200; i++) {
      const image = Float32Array.from({ length: 40 }, (_, r) =>
        top.reduce((s, x, j) => s + x * kernel[r * 6 + j]!, 0),
      );
      const back = top.map((_, j) => image.reduce((s, y, r) => s + y * kernel[r * 6 + j]!, 0));
      const length = Math.hypot(...back);
      top = back.map((x) => x / length);
    }
    const largest = stretchOf(kernel, top);
    const scaled = kernel.map((value) => (1.01 * value) / largest);
    const u = unitStretch(scaled, 6);
    expect(Math.hypot(...u)).toBeCloseTo(1, 5);
    expect(stretchOf(scaled, u)).toBeCloseTo(1, 5);
    // Near the top direction, not in any direction of that stretch.
    expect(Math.abs(u.reduce((sum, x, i) => sum + x * top[i]!, 0))).toBeGreaterThan(0.9);
  });
});
