/**
 * Ways to colour a photo from hints, to be measured side by side.
 *
 * @module
 */
import { applyHints, type Hint, type Prediction, placeHints } from "autochrome/browser";
import { type GridSystem, solveGrid } from "./solve.ts";

export type Method = (prediction: Prediction, hints: readonly Hint[]) => Prediction;

/** Levin's affinity falls to 1/e at this difference of L*. */
const CONTRAST = 4;
const LEAST_AFFINITY = 1e-4;
/** Weight that holds hinted pixels to their colour, against affinities of at most 1. */
const HOLD = 10;
const DISC = 2;
/** Radius of a blob in short sides of the photo. */
const BLOB = 0.1;

export const METHODS = {
  network: applyHints,
  levin: (prediction, hints) => spreadByOptimization(prediction, hints),
  blobs: (prediction, hints) => paintBlobs(prediction, hints),
} satisfies Record<string, Method>;

/**
 * The hints' colours alone, spread over gray: Levin, Lischinski, Weiss, "Colorization using Optimization", SIGGRAPH 2004.
 * Each hint colours a small disc, as a scribble would.
 */
function spreadByOptimization({ width, height, luma }: Prediction, hints: readonly Hint[]): Prediction {
  const n = width * height;
  const system: GridSystem = {
    width,
    height,
    right: new Float32Array(n),
    down: new Float32Array(n),
    // Without it nothing would hold the picture where there is no hint.
    diagonal: new Float32Array(n).fill(1e-7),
  };
  const affinity = (i: number, j: number) =>
    Math.max(LEAST_AFFINITY, Math.exp(-(((luma[i]! - luma[j]!) / CONTRAST) ** 2)));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x + 1 < width) system.right[i] = affinity(i, i + 1);
      if (y + 1 < height) system.down[i] = affinity(i, i + width);
    }
  }
  const wanted = [new Float32Array(n), new Float32Array(n)] as const;
  for (const { column, row, a, b } of placeHints(hints, width, height)) {
    for (let y = Math.max(0, row - DISC); y <= Math.min(height - 1, row + DISC); y++) {
      for (let x = Math.max(0, column - DISC); x <= Math.min(width - 1, column + DISC); x++) {
        if (Math.hypot(x - column, y - row) > DISC) continue;
        const i = y * width + x;
        const hold = HOLD * affinity(i, row * width + column) ** 2;
        system.diagonal[i]! += hold;
        wanted[0][i]! += hold * a;
        wanted[1][i]! += hold * b;
      }
    }
  }
  const start = byNearness({ width, height }, hints);
  const chroma = new Float32Array(2 * n);
  wanted.forEach((plane, channel) => {
    solveGrid(system, plane, start[channel]!).forEach((value, i) => {
      chroma[2 * i + channel] = value;
    });
  });
  return { width, height, luma, chroma };
}

/** a* and b* weighted by the inverse fourth power of the way to each hint: where the solver starts. */
function byNearness({ width, height }: { width: number; height: number }, hints: readonly Hint[]) {
  const placed = placeHints(hints, width, height);
  const planes = [new Float32Array(width * height), new Float32Array(width * height)] as const;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let [sum, a, b] = [1e-12, 0, 0];
      for (const hint of placed) {
        const weight = ((x - hint.column) ** 2 + (y - hint.row) ** 2 + 1) ** -2;
        sum += weight;
        a += weight * hint.a;
        b += weight * hint.b;
      }
      planes[0][i] = a / sum;
      planes[1][i] = b / sum;
    }
  }
  return planes;
}

/** Each hint as a soft blob over the network's colours, whatever the photo shows. */
function paintBlobs({ width, height, luma, chroma }: Prediction, hints: readonly Hint[]): Prediction {
  const placed = placeHints(hints, width, height);
  const radius = BLOB * Math.min(width, height);
  const out = chroma.slice();
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let [sum, most, a, b] = [0, 0, 0, 0];
      for (const hint of placed) {
        const weight = Math.exp(-(((x - hint.column) ** 2 + (y - hint.row) ** 2) / radius ** 2));
        most = Math.max(most, weight);
        sum += weight;
        a += weight * hint.a;
        b += weight * hint.b;
      }
      if (sum < 1e-12) continue;
      out[2 * i]! += most * (a / sum - chroma[2 * i]!);
      out[2 * i + 1]! += most * (b / sum - chroma[2 * i + 1]!);
    }
  }
  return { width, height, luma, chroma: out };
}
