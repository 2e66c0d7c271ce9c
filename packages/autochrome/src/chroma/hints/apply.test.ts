import { expect, it } from "vitest";
import type { Prediction } from "../prediction.ts";
import { applyHints } from "./apply.ts";
import { chromaOfColor } from "./place.ts";

/** Gray with an edge of luma in the middle. */
function halves(width: number, height: number): Prediction {
  const luma = Float32Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 30 : 80));
  return { width, height, luma, chroma: new Float32Array(2 * width * height) };
}

it("returns the prediction itself without hints", () => {
  const prediction = halves(8, 4);
  expect(applyHints(prediction, [])).toBe(prediction);
});

it("colours the side of an edge that was hinted", () => {
  const color = "#3a6ea5";
  const { chroma } = applyHints(halves(64, 48), [{ x: 0.25, y: 0.5, color }]);
  const { b } = chromaOfColor(color);
  const at = (x: number, y: number) => chroma[2 * (y * 64 + x) + 1];
  expect(at(16, 24)).toBeCloseTo(b, 0);
  expect(at(4, 4) / b).toBeGreaterThan(0.4);
  expect(Math.abs(at(36, 24) / b)).toBeLessThan(0.1);
});
