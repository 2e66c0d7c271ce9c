import { describe, expect, it } from "vitest";
import { epsilonAccuracy } from "./epsilon-accuracy.ts";
import { abMae, boundedPsnr, meanDeltaE2000, psnr } from "./image-metrics.ts";
import { ssim } from "./ssim.ts";
import { gradientPair, lab, noise } from "./testing.ts";

/** The formula written out window by window, with a two-dimensional Gaussian. */
function naiveSsim(a: Uint8Array, b: Uint8Array, width: number, height: number): number {
  const window: number[] = [];
  for (let y = -5; y <= 5; y++) {
    for (let x = -5; x <= 5; x++) window.push(Math.exp(-(x * x + y * y) / (2 * 1.5 ** 2)));
  }
  const weight = window.reduce((sum, value) => sum + value, 0);
  const values: number[] = [];
  for (let channel = 0; channel < 3; channel++) {
    for (let top = 0; top + 11 <= height; top++) {
      for (let left = 0; left + 11 <= width; left++) {
        const at = (picture: Uint8Array, k: number): number =>
          picture[((top + Math.floor(k / 11)) * width + left + (k % 11)) * 3 + channel];
        const mean = (f: (k: number) => number): number =>
          window.reduce((sum, value, k) => sum + (value / weight) * f(k), 0);
        const muA = mean((k) => at(a, k));
        const muB = mean((k) => at(b, k));
        const varA = mean((k) => (at(a, k) - muA) ** 2);
        const varB = mean((k) => (at(b, k) - muB) ** 2);
        const cov = mean((k) => (at(a, k) - muA) * (at(b, k) - muB));
        const c1 = 6.5025;
        const c2 = 58.5225;
        values.push(
          ((2 * muA * muB + c1) * (2 * cov + c2)) / ((muA ** 2 + muB ** 2 + c1) * (varA + varB + c2)),
        );
      }
    }
  }
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe("ssim", () => {
  it("equals the formula written out", () => {
    const { truth, painted } = gradientPair(19, 25, 30, noise(7));
    expect(ssim(truth, painted, 19, 25)).toBeCloseTo(naiveSsim(truth, painted, 19, 25), 10);
  });

  it("of two flat pictures is the luminance term alone", () => {
    const black = new Uint8Array(12 * 12 * 3).fill(100);
    const white = new Uint8Array(12 * 12 * 3).fill(150);
    expect(ssim(black, white, 12, 12)).toBeCloseTo((2 * 100 * 150 + 6.5025) / (100 ** 2 + 150 ** 2 + 6.5025));
  });

  it("is 1 for equal pictures and NaN where no window fits", () => {
    const { truth } = gradientPair(40, 11, 3, noise(3));
    expect(ssim(truth, truth, 40, 11)).toBeCloseTo(1, 12);
    expect(ssim(truth, truth, 44, 10)).toBeNaN();
  });
});

describe("psnr", () => {
  it("of a picture off by 5 everywhere is 20 log10(255 / 5)", () => {
    expect(psnr(new Uint8Array(30).fill(10), new Uint8Array(30).fill(15))).toBeCloseTo(34.1514, 4);
  });

  it("is infinite for equal pictures, and bounded by one sample off by one", () => {
    const picture = new Uint8Array(300).fill(7);
    const almost = picture.slice();
    almost[0]++;
    expect(psnr(picture, picture)).toBe(Number.POSITIVE_INFINITY);
    expect(boundedPsnr(picture, picture)).toBeCloseTo(psnr(picture, almost), 10);
  });
});

describe("Lab errors", () => {
  const truth = lab([50, 2.6772, -79.7751], [50, 0, 0]);
  const painted = lab([50, 0, -82.7485], [50, 0, 0]);

  it("averages CIEDE2000 over pixels: the first of Sharma's pairs is 2.0425", () => {
    expect(meanDeltaE2000(truth, painted)).toBeCloseTo(2.0425 / 2, 4);
  });

  it("averages |Δa| and |Δb|", () => {
    expect(abMae(truth, painted)).toBeCloseTo((2.6772 + 2.9734) / 4, 4);
  });
});

describe("epsilonAccuracy", () => {
  it("rounds each channel first and allows 2.2 epsilon in a and b", () => {
    const truth = lab([50, 10, 10], [50, 10, 10], [50, 10, 10], [50.4, 10, 10]);
    const painted = lab([52, 14, 6], [50, 15, 10], [53, 10, 10], [52.4, 14.4, 10]);
    // Right: exactly at the border; wrong: 5 > 4.4; wrong: 3 > 2; right: 50 against 52 and 10 against 14.
    expect(epsilonAccuracy(truth, painted, 2)).toBe(0.5);
    expect(epsilonAccuracy(truth, painted, 5)).toBe(1);
  });
});
