import { describe, expect, it } from "vitest";
import { areaUnderCurve, areaUnderCurveBins, rebalancedWeights } from "./auc.ts";
import { lab, noise } from "./testing.ts";

/** The definition, threshold by threshold. */
function naive(truth: Float32Array, painted: Float32Array): number {
  const pixels = truth.length / 3;
  let sum = 0;
  for (let t = 0; t <= 150; t++) {
    let within = 0;
    for (let i = 0; i < truth.length; i += 3) {
      if (Math.hypot(truth[i + 1] - painted[i + 1], truth[i + 2] - painted[i + 2]) <= t) within++;
    }
    sum += within / pixels;
  }
  return sum / 151;
}

function rebalanced(photos: readonly (readonly [Float32Array, Float32Array])[]): number {
  const weights = rebalancedWeights(photos.map(([truth, painted]) => areaUnderCurveBins(truth, painted)));
  const numerator = weights.reduce((sum, weight) => sum + weight.numerator, 0);
  return numerator / weights.reduce((sum, weight) => sum + weight.denominator, 0);
}

describe("areaUnderCurve", () => {
  it("equals the mean of the 151 shares", () => {
    const next = noise(5);
    const chroma = (): Float32Array => Float32Array.from({ length: 600 }, () => (next() - 128) * 0.8);
    const truth = chroma();
    const painted = chroma();
    expect(areaUnderCurve(truth, painted)).toBeCloseTo(naive(truth, painted), 12);
  });

  it("gives error 0 all thresholds, 3 all from 3 on, 150.5 none", () => {
    const truth = lab([0, 0, 0]);
    expect(areaUnderCurve(truth, lab([0, 0, 0]))).toBe(1);
    expect(areaUnderCurve(truth, lab([0, 0, 3]))).toBe(148 / 151);
    expect(areaUnderCurve(truth, lab([0, 90, 120]))).toBe(1 / 151);
    expect(areaUnderCurve(truth, lab([0, 150.5, 0]))).toBe(0);
  });
});

describe("class-rebalanced AuC", () => {
  it("weighs a rare colour as much as a common one", () => {
    const truth = lab([50, 0, 0], [50, 0, 0], [50, 0, 0], [50, 60, 0]);
    const gray = lab([50, 0, 0], [50, 0, 0], [50, 0, 0], [50, 0, 0]);
    expect(areaUnderCurve(truth, gray)).toBeCloseTo((3 + 91 / 151) / 4, 12);
    expect(rebalanced([[truth, gray]])).toBeCloseTo((1 + 91 / 151) / 2, 12);
  });

  it("takes the frequencies from all photos together", () => {
    const first = lab([50, 0, 0], [50, 60, 0]);
    const second = lab([50, 60, 0]);
    const gray = lab([50, 0, 0], [50, 0, 0]);
    const whole = rebalanced([
      [first, gray],
      [second, lab([50, 60, 0])],
    ]);
    expect(whole).toBeCloseTo((1 + (91 / 151 + 1) / 2) / 2, 12);
  });
});
