import { describe, expect, it } from "vitest";
import { scoreForBest } from "./score.ts";

const summary = (hueAccuracy: number, deltaE2000: number, colourfulnessRatio: number, gray = 12.89) => {
  const interval = (mean: number) => ({ mean, low: mean, high: mean });
  return {
    model: {
      hueAccuracy: interval(hueAccuracy),
      deltaE2000: interval(deltaE2000),
      colourfulnessRatio: interval(colourfulnessRatio),
    },
    baselines: { gray: { deltaE2000: interval(gray) } },
  };
};

describe("scoreForBest", () => {
  it("is 2 for the truth and -0.8 for gray", () => {
    expect(scoreForBest(summary(1, 0, 1))).toBe(2);
    expect(scoreForBest(summary(0, 12.89, 0))).toBeCloseTo(-0.8, 12);
  });

  it("adds hue accuracy, closeness and the colourfulness gap", () => {
    expect(scoreForBest(summary(0.4, 9, 0.75, 12))).toBeCloseTo(0.4 + 0.25 - 0.05, 12);
    expect(scoreForBest(summary(0.4, 9, 0.81, 12))).toBeCloseTo(0.4 + 0.25, 12);
    expect(scoreForBest(summary(0.4, 9, 3, 12))).toBeCloseTo(0.4 + 0.25 - 0.8, 12);
  });

  it("orders sepia below networks that paint, and the better of them first", () => {
    const sepia = scoreForBest(summary(0.55, 14.2, 0.35));
    const scratch = scoreForBest(summary(0.41, 13.15, 0.52));
    const encoder = scoreForBest(summary(0.53, 13.62, 0.81));
    expect(sepia).toBeLessThan(scratch);
    expect(scratch).toBeLessThan(encoder);
  });

  it("stays finite when photos have no colour", () => {
    expect(scoreForBest(summary(Number.NaN, 1, Number.NaN, 0))).toBe(0);
  });
});
