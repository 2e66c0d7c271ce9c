import { expect, it } from "vitest";
import { rgbToLab, rgbToLuma } from "../color/index.ts";
import { paintConstantChroma } from "./baselines.ts";
import { gradientPair, noise } from "./testing.ts";

it("keeps L* and paints neutral gray without chroma", () => {
  const { truth } = gradientPair(16, 16, 1, noise(2));
  const luma = rgbToLuma(truth);
  const gray = paintConstantChroma(luma, [0, 0]);
  const kept = rgbToLuma(gray);
  for (let i = 0; i < luma.length; i++) {
    expect(gray[3 * i + 1]).toBe(gray[3 * i]);
    expect(gray[3 * i + 2]).toBe(gray[3 * i]);
    expect(Math.abs(kept[i] - luma[i])).toBeLessThan(1);
  }
});

it("paints the mean chroma where the gamut has room", () => {
  const painted = rgbToLab(paintConstantChroma(Float32Array.of(50, 99.9), [10, 20]));
  expect(painted[0]).toBeCloseTo(50, 0);
  expect(Math.abs(painted[1] - 10)).toBeLessThan(0.7);
  expect(Math.abs(painted[2] - 20)).toBeLessThan(0.7);
  expect(Math.abs(painted[3] - 99.9)).toBeLessThan(1);
  expect(Math.hypot(painted[4], painted[5])).toBeLessThan(2);
});
