import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calibration, sigmoid } from "./calibration.ts";
import { DiscriminatorTally, decideAt, discriminatorScores } from "./discriminator.ts";
import { rocCurve } from "./roc.ts";
import { noise } from "./testing.ts";
import { judgeDiscriminator } from "./verdict.ts";

const logits = (...values: number[]): Float32Array => Float32Array.from(values);
/** The logit of a probability. */
const logit = (p: number): number => Math.log(p / (1 - p));

describe("rocCurve", () => {
  it("counts ties half: the area is the Mann-Whitney statistic", () => {
    // Of 3 x 2 pairs, 3 wins both, 2 wins one and ties one, 0 wins none.
    expect(rocCurve(logits(3, 2, 0), logits(1, 2)).auc).toBeCloseTo(3.5 / 6, 12);
    expect(rocCurve(logits(1, 1), logits(1, 1, 1)).auc).toBe(0.5);
    expect(rocCurve(logits(2, 3), logits(0, 1)).auc).toBe(1);
    expect(rocCurve(logits(0, 1), logits(2, 3)).auc).toBe(0);
    expect(rocCurve(logits(), logits(2)).auc).toBeNaN();
  });

  it("equals counting every pair", () => {
    const scores = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        let won = 0;
        for (const p of positives) for (const n of negatives) won += p > n ? 1 : p === n ? 0.5 : 0;
        const { auc } = rocCurve(logits(...positives), logits(...negatives));
        expect(auc).toBeCloseTo(won / (positives.length * negatives.length), 12);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("walks from (0,0) to (1,1), thinned", () => {
    const next = noise(4);
    const many = (): Float32Array => Float32Array.from({ length: 5000 }, () => next() * 256 + next());
    const { points } = rocCurve(many(), many(), 100);
    expect(points.length).toBeLessThanOrEqual(102);
    expect(points[0]).toMatchObject({ falsePositiveRate: 0, truePositiveRate: 0 });
    expect(points[points.length - 1]).toMatchObject({ falsePositiveRate: 1, truePositiveRate: 1 });
    for (let k = 1; k < points.length; k++) {
      expect(points[k].falsePositiveRate).toBeGreaterThanOrEqual(points[k - 1].falsePositiveRate);
      expect(points[k].truePositiveRate).toBeGreaterThanOrEqual(points[k - 1].truePositiveRate);
    }
  });
});

describe("decideAt", () => {
  it("calls a probability at or above the threshold real", () => {
    const real = logits(0, 2, -1);
    const painted = logits(1, -2, -3, -0.1);
    expect(decideAt(0.5, real, painted)).toEqual({
      threshold: 0.5,
      confusion: { tp: 2, fp: 1, fn: 1, tn: 3 },
      accuracy: 5 / 7,
      precision: 2 / 3,
      recall: 2 / 3,
      f1: 2 / 3,
    });
  });

  it("decides at alpha / 2 as well: 0.47 is real at 0.45", () => {
    const scores = discriminatorScores(logits(logit(0.47), logit(0.8)), logits(logit(0.4)), 0.9);
    expect(scores.confusion).toEqual({ tp: 1, fp: 0, fn: 1, tn: 1 });
    expect(scores.balanced.threshold).toBe(0.45);
    expect(scores.balanced.confusion).toEqual({ tp: 2, fp: 0, fn: 0, tn: 1 });
    expect(scores.rocAuc).toBe(1);
  });

  it("has no precision when nothing is called real", () => {
    const { precision, recall, f1, accuracy } = decideAt(0.5, logits(-1), logits(-1));
    expect([precision, recall, f1, accuracy]).toEqual([Number.NaN, 0, 0, 0.5]);
  });
});

describe("calibration", () => {
  it("weighs each bin's |observed - predicted| by its count", () => {
    // Bin 0.8-0.9: 0.85 twice, one of them real; bin 0.2-0.3: 0.25 twice, none real.
    const { bins, expectedError } = calibration(
      logits(logit(0.85)),
      logits(logit(0.85), logit(0.25), logit(0.25)),
    );
    expect(bins[8].count).toBe(2);
    expect(bins[8].predicted).toBeCloseTo(0.85, 6);
    expect(bins[8].observed).toBe(0.5);
    expect(bins[2].observed).toBe(0);
    expect(bins[0].observed).toBeNaN();
    expect(expectedError).toBeCloseTo(0.5 * 0.35 + 0.5 * 0.25, 6);
  });

  it("keeps certain logits in the outer bins", () => {
    const { bins, expectedError } = calibration(logits(100), logits(-1000));
    expect(bins[9].count).toBe(1);
    expect(bins[0].count).toBe(1);
    expect(expectedError).toBeCloseTo(0, 12);
    expect(sigmoid(-1000)).toBe(0);
  });
});

describe("DiscriminatorTally", () => {
  const colours = { hueAccuracy: 0.5, colourfulnessRatio: 0.8 };

  it("judges each patch and each picture's mean logit", () => {
    const tally = new DiscriminatorTally();
    tally.add("real", logits(3, -1));
    tally.add("painted", logits(-3, 1, -1));
    const { perImage, perPatch, nonFinite } = tally.report(colours, 0.9);
    expect(perImage.confusion).toEqual({ tp: 1, fp: 0, fn: 0, tn: 1 });
    expect(perPatch.confusion).toEqual({ tp: 1, fp: 1, fn: 1, tn: 2 });
    expect(perPatch.rocAuc).toBeCloseTo((3 + 0.5 + 1) / 6, 12);
    expect(nonFinite).toBe(0);
  });

  it("reports diverged logits instead of counting them", () => {
    const tally = new DiscriminatorTally();
    tally.add("real", logits(1, Number.NaN));
    tally.add("painted", logits(Number.NaN, Number.POSITIVE_INFINITY));
    const { perPatch, nonFinite, verdict } = tally.report(colours);
    expect(nonFinite).toBe(3);
    expect(perPatch.confusion).toEqual({ tp: 1, fp: 0, fn: 0, tn: 0 });
    expect(verdict.kind).toBe("broken");
  });
});

describe("judgeDiscriminator", () => {
  const scores = (accuracy: number, rocAuc: number, balanced = accuracy) => ({
    accuracy,
    rocAuc,
    balanced: { accuracy: balanced, threshold: 0.45 },
  });
  const good = { hueAccuracy: 0.5, colourfulnessRatio: 0.8 };
  const sepia = { hueAccuracy: 0.1, colourfulnessRatio: 0.2 };

  it("tells fooled from broken by the colours", () => {
    expect(judgeDiscriminator(scores(0.52, 0.55), 0, good).kind).toBe("fooled");
    expect(judgeDiscriminator(scores(0.52, 0.55), 0, sepia).kind).toBe("broken");
    expect(
      judgeDiscriminator(scores(0.5, 0.5), 0, { hueAccuracy: Number.NaN, colourfulnessRatio: 1 }).kind,
    ).toBe("broken");
  });

  it("sees discernment, a shifted threshold, inversion and divergence", () => {
    expect(judgeDiscriminator(scores(0.9, 0.97), 0, good).kind).toBe("discerning");
    expect(judgeDiscriminator(scores(0.5, 0.95, 0.9), 0, good).kind).toBe("discerning");
    expect(judgeDiscriminator(scores(0.5, 0.95), 0, good).kind).toBe("shifted");
    expect(judgeDiscriminator(scores(0.2, 0.1), 0, good).kind).toBe("broken");
    expect(judgeDiscriminator(scores(0.9, 0.97), 4, good).kind).toBe("broken");
    expect(judgeDiscriminator(scores(Number.NaN, Number.NaN), 0, good).kind).toBe("unknown");
  });
});
