import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { colourfulness, rgbToLab } from "../color/index.ts";
import { areaUnderCurve, areaUnderCurveBins, rebalancedWeights } from "./auc.ts";
import type { BinaryConfusion, BinaryScores } from "./classification.ts";
import { COLOUR_CLASSES, colourReport, countColours, newColourCounts } from "./colour-classes.ts";
import { discriminatorScores } from "./discriminator.ts";
import { epsilonAccuracy } from "./epsilon-accuracy.ts";
import { frechetDistance } from "./frechet.ts";
import { hueAccuracy } from "./hue-accuracy.ts";
import { abMae, meanDeltaE2000, psnr } from "./image-metrics.ts";
import { rocCurve } from "./roc.ts";
import { singularValues } from "./singular-values.ts";
import { ssim } from "./ssim.ts";
import { gradientPair, noise } from "./testing.ts";

interface PictureRow {
  width: number;
  height: number;
  amplitude: number;
  checksum: number;
  /** The first pixels' Lab by the definition, and by scikit-image, which rounds matrix and white. */
  lab: number[][];
  labSkimage: number[][];
  psnr: number;
  ssim: number;
  deltaE2000: number;
  deltaE2000Skimage: number;
  abMae: number;
  colourfulness: number;
  colourfulnessRatio: number;
  hueAccuracy: number;
  auc: number;
  accuracy2: number;
  accuracy5: number;
  colours: number[][];
  colourPrecision: number[];
  colourRecall: number[];
  colourF1: number[];
}

type Decisions = BinaryScores & { confusion: BinaryConfusion };

interface Reference {
  versions: Record<string, string>;
  pictures: PictureRow[];
  aucRebalanced: number;
  discriminator: {
    rocAuc: number;
    roc: [number[], number[]];
    half: Decisions;
    balanced: Decisions;
    expectedCalibrationError: number;
  };
  frechet: { first: number; second: number; dimensions: number; distance: number; nuclear: number }[];
  singular: { rows: number; columns: number; values: number[] }[];
}

/** scikit-image, scikit-learn, SciPy and NumPy on the same pictures and scores: written by bench/metrics/reference.py. */
const reference: Reference = JSON.parse(
  readFileSync(new URL("./fixtures/reference.json", import.meta.url), "utf8"),
);

describe(`against scikit-image ${reference.versions["scikit-image"]}`, () => {
  const next = noise(12345);
  const bins = reference.pictures.map((row) => {
    const { width, height, amplitude } = row;
    const { truth, painted } = gradientPair(width, height, amplitude, next);
    const trueLab = rgbToLab(truth);
    const paintedLab = rgbToLab(painted);

    it(`agrees on ${width} x ${height}, off by up to ${amplitude}`, () => {
      const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0);
      expect(3 * sum(truth) + sum(painted)).toBe(row.checksum);
      expect(psnr(truth, painted)).toBeCloseTo(row.psnr, 9);
      expect(ssim(truth, painted, width, height)).toBeCloseTo(row.ssim, 9);
      expect(colourfulness(truth)).toBeCloseTo(row.colourfulness, 9);
      expect(colourfulness(painted) / colourfulness(truth)).toBeCloseTo(row.colourfulnessRatio, 9);
      // What follows goes through Lab, whose tables are good to 2e-4.
      row.lab.flat().forEach((value, i) => {
        expect(Math.abs(trueLab[i] - value)).toBeLessThan(2e-4);
      });
      expect(meanDeltaE2000(trueLab, paintedLab)).toBeCloseTo(row.deltaE2000, 3);
      expect(abMae(trueLab, paintedLab)).toBeCloseTo(row.abMae, 4);
      expect(hueAccuracy(trueLab, paintedLab)).toBeCloseTo(row.hueAccuracy, 9);
      expect(areaUnderCurve(trueLab, paintedLab)).toBeCloseTo(row.auc, 5);
      expect(epsilonAccuracy(trueLab, paintedLab, 2)).toBeCloseTo(row.accuracy2, 9);
      expect(epsilonAccuracy(trueLab, paintedLab, 5)).toBeCloseTo(row.accuracy5, 9);
    });

    it(`is as far from its rounded Lab as the rounding on ${width} x ${height}`, () => {
      row.labSkimage.flat().forEach((value, i) => {
        expect(Math.abs(trueLab[i] - value)).toBeLessThan(0.02);
      });
      expect(Math.abs(meanDeltaE2000(trueLab, paintedLab) - row.deltaE2000Skimage)).toBeLessThan(2e-3);
    });

    it(`counts colours as scikit-learn does on ${width} x ${height}`, () => {
      const counts = newColourCounts();
      countColours(counts, trueLab, paintedLab);
      const report = colourReport(counts);
      expect(report.confusion).toEqual(row.colours);
      // There 0 / 0 is 0; here it does not exist.
      const orZero = (values: readonly number[]) => values.map((value) => value || 0);
      const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));
      expect(orZero(report.precision)).toEqual(close(row.colourPrecision));
      expect(orZero(report.recall)).toEqual(close(row.colourRecall));
      expect(orZero(report.f1)).toEqual(close(row.colourF1));
      expect(report.classes).toEqual([...COLOUR_CLASSES]);
    });
    return areaUnderCurveBins(trueLab, paintedLab);
  });

  it("agrees on the class-rebalanced AuC of all pictures", () => {
    const weights = rebalancedWeights(bins);
    const sum = (pick: (weight: (typeof weights)[number]) => number) =>
      weights.reduce((total, weight) => total + pick(weight), 0);
    const value = sum(({ numerator }) => numerator) / sum(({ denominator }) => denominator);
    expect(value).toBeCloseTo(reference.aucRebalanced, 4);
  });
});

describe(`against scikit-learn ${reference.versions["scikit-learn"]}`, () => {
  const next = noise(7);
  const logits = (count: number, shift: number) =>
    Float32Array.from({ length: count }, () => ((next() % 64) - 32 + shift) / 8);
  const real = logits(120, 4);
  const painted = logits(90, 0);
  const { roc, rocAuc, half, balanced, expectedCalibrationError } = reference.discriminator;
  const scores = discriminatorScores(real, painted, 0.9);

  it("agrees on decisions at 0.5 and at half of the smoothed label", () => {
    for (const [ours, theirs] of [
      [scores, half],
      [scores.balanced, balanced],
    ] as const) {
      expect(ours.confusion).toEqual(theirs.confusion);
      for (const name of ["accuracy", "precision", "recall", "f1"] as const) {
        expect(ours[name]).toBeCloseTo(theirs[name], 12);
      }
    }
  });

  it("agrees on the ROC curve with its ties, its area, and calibration", () => {
    expect(scores.rocAuc).toBeCloseTo(rocAuc, 12);
    const { points } = rocCurve(real, painted, 1e6);
    expect(points.map(({ falsePositiveRate }) => falsePositiveRate)).toEqual(
      roc[0].map((rate) => expect.closeTo(rate, 12)),
    );
    expect(points.map(({ truePositiveRate }) => truePositiveRate)).toEqual(
      roc[1].map((rate) => expect.closeTo(rate, 12)),
    );
    expect(scores.calibration.expectedError).toBeCloseTo(expectedCalibrationError, 6);
  });
});

describe(`against SciPy ${reference.versions.scipy} and NumPy ${reference.versions.numpy}`, () => {
  for (const { first, second, dimensions, distance, nuclear } of reference.frechet) {
    it(`agrees on the Fréchet distance of ${first} and ${second} vectors of ${dimensions}`, () => {
      const next = noise(99);
      const one = Array.from({ length: first }, () => Array.from({ length: dimensions }, () => next() / 64));
      const two = Array.from({ length: second }, () =>
        Array.from({ length: dimensions }, (_, k) => next() / 80 + 0.25 * (k % 3)),
      );
      expect(frechetDistance(one, two)).toBeCloseTo(nuclear, 11);
      // A matrix root of singular covariances is good to half of the digits only.
      expect(frechetDistance(one, two)).toBeCloseTo(distance, first > dimensions ? 9 : 5);
    });
  }

  for (const { rows, columns, values } of reference.singular) {
    it(`agrees on the singular values of a ${rows} x ${columns} matrix`, () => {
      const next = noise(5);
      const matrix = Float64Array.from({ length: rows * columns }, () => next() - 128);
      expect([...singularValues(matrix, rows, columns)]).toEqual(
        values.map((value) => expect.closeTo(value, 10)),
      );
    });
  }
});
