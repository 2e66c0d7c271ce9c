import type { Hint } from "../hint.ts";
import type { Prediction } from "../prediction.ts";
import { checkHints } from "./hint-file.ts";
import { placeHints } from "./place.ts";
import { type GridSystem, solveGrid } from "./solve.ts";

/** Luma contrast in L* that an affinity of 1/e stands for. */
const CONTRAST = 4;
/** Affinity of neighbours across the strongest edge. */
const LEAST_AFFINITY = 1e-4;
/** Weight that holds a hinted pixel to its colour, against affinities of at most 1. */
const HOLD = 10;
/** Weight that holds every pixel to the network's colour. */
const SCREEN = 2e-4;
/** Radius in pixels of the disc that a hint colours. */
const DISC = 2;

/**
 * The prediction with hints worked in. The correction, hinted minus predicted chroma, spreads from each hint over
 * pixels of like lightness and stops at edges of luma: Levin, Lischinski, Weiss, "Colorization using Optimization",
 * SIGGRAPH 2004, with a term that holds far pixels to the network's own colour.
 *
 * @returns the prediction itself where there are no hints; else a new one that shares its luma
 * @throws AutochromeError (code "BAD_HINTS") where a hint is not valid
 */
export function applyHints(prediction: Prediction, hints: readonly Hint[]): Prediction {
  checkHints(hints);
  if (hints.length === 0) return prediction;
  const { width, height, luma, chroma } = prediction;
  const n = width * height;
  const system: GridSystem = {
    width,
    height,
    right: new Float32Array(n),
    down: new Float32Array(n),
    diagonal: new Float32Array(n).fill(SCREEN),
  };
  const affinity = (i: number, j: number) =>
    Math.max(LEAST_AFFINITY, Math.exp(-(((luma[i] - luma[j]) / CONTRAST) ** 2)));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x + 1 < width) system.right[i] = affinity(i, i + 1);
      if (y + 1 < height) system.down[i] = affinity(i, i + width);
    }
  }
  const wanted = [new Float32Array(n), new Float32Array(n)];
  for (const { column, row, a, b } of placeHints(hints, width, height)) {
    const centre = row * width + column;
    for (let y = Math.max(0, row - DISC); y <= Math.min(height - 1, row + DISC); y++) {
      for (let x = Math.max(0, column - DISC); x <= Math.min(width - 1, column + DISC); x++) {
        const i = y * width + x;
        if ((x - column) ** 2 + (y - row) ** 2 > DISC * DISC) continue;
        const hold = HOLD * affinity(i, centre) ** 2;
        system.diagonal[i] += hold;
        wanted[0][i] += hold * (a - chroma[2 * centre]);
        wanted[1][i] += hold * (b - chroma[2 * centre + 1]);
      }
    }
  }
  const corrected = chroma.slice();
  for (let channel = 0; channel < 2; channel++) {
    const correction = solveGrid(system, wanted[channel]);
    for (let i = 0; i < n; i++) corrected[2 * i + channel] += correction[i];
  }
  return { width, height, luma, chroma: corrected };
}
