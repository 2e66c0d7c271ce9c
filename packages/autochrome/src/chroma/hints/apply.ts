import type { Hint } from "../hint.ts";
import type { Prediction } from "../prediction.ts";
import { GeodesicGrid } from "./geodesic.ts";
import { checkHints } from "./hint-file.ts";
import { type PlacedHint, placeHints } from "./place.ts";

/*
 * The constants were chosen on 27 photos; see docs/hints.md, where the measurements on others stand.
 */

/** Change of L* along the way, or difference between its ends, that counts as a distance of 1. */
const CONTRAST = 40;
/** Way that counts as a distance of 1, in short sides of the photo. */
const WAY = 1;
/** Distance at which a hint's share has fallen to 1/e. */
const REACH = 2;
/** Of several hints each weighs (distance + NEAR)^-4: on its own pixel it has its way, however near another is. */
const NEAR = 0.02;
/** A hint's own pixel is averaged with so many neighbours in each direction, so that grain does not mislead it. */
const RADIUS = 1;

/**
 * The prediction with hints worked in. Each hint spreads to where one can go from it without crossing much change of
 * lightness (chrominance blending: Yatziv and Sapiro, "Fast Image and Video Colorization Using Chrominance Blending",
 * IEEE TIP 2006); what no hint reaches keeps the network's colour. At every pixel the result is a weighted mean of the
 * network's chroma and the hints': it is never livelier than both.
 *
 * @returns the prediction itself where there are no hints; else a new one that shares its luma
 * @throws AutochromeError (code "BAD_HINTS") where a hint is not valid
 */
export function applyHints(prediction: Prediction, hints: readonly Hint[]): Prediction {
  checkHints(hints);
  if (hints.length === 0) return prediction;
  const field = new HintField(prediction);
  for (const hint of placeHints(hints, prediction.width, prediction.height)) field.add(hint);
  return field.blend();
}

/** Hints spread over a photo, one after the other; {@link applyHints} in steps. */
export class HintField {
  readonly #prediction: Prediction;
  readonly #grid: GeodesicGrid;
  /** Distance to the nearest hint. */
  readonly #nearest: Float32Array;
  readonly #weights: Float32Array;
  /** Weighted a*, b*. */
  readonly #sums: Float32Array;
  readonly #distance: Float32Array;

  constructor(prediction: Prediction) {
    const { width, height, luma } = prediction;
    const n = width * height;
    const unit = { contrast: CONTRAST, way: WAY * Math.min(width, height) };
    this.#prediction = prediction;
    this.#grid = new GeodesicGrid(luma, width, height, unit);
    this.#nearest = new Float32Array(n).fill(Number.POSITIVE_INFINITY);
    this.#weights = new Float32Array(n);
    this.#sums = new Float32Array(2 * n);
    this.#distance = new Float32Array(n);
  }

  add({ column, row, a, b }: PlacedHint): void {
    const { width, height, luma } = this.#prediction;
    const [distance, nearest, weights, sums] = [this.#distance, this.#nearest, this.#weights, this.#sums];
    this.#grid.distancesFrom(column, row, distance);
    const own = meanAround(luma, width, height, column, row);
    for (let i = 0; i < distance.length; i++) {
      const contrast = (luma[i] - own) / CONTRAST;
      const d = distance[i] + contrast * contrast;
      if (d < nearest[i]) nearest[i] = d;
      const closeness = 1 / (d + NEAR);
      const square = closeness * closeness;
      const weight = square * square;
      weights[i] += weight;
      sums[2 * i] += weight * a;
      sums[2 * i + 1] += weight * b;
    }
  }

  /** The prediction with the hints added so far. */
  blend(): Prediction {
    const { width, height, luma, chroma } = this.#prediction;
    const [nearest, weights, sums] = [this.#nearest, this.#weights, this.#sums];
    const blended = chroma.slice();
    for (let i = 0; i < nearest.length; i++) {
      if (weights[i] === 0) continue;
      const reach = Math.exp(-((nearest[i] / REACH) ** 2));
      blended[2 * i] += reach * (sums[2 * i] / weights[i] - chroma[2 * i]);
      blended[2 * i + 1] += reach * (sums[2 * i + 1] / weights[i] - chroma[2 * i + 1]);
    }
    return { width, height, luma, chroma: blended };
  }
}

function meanAround(plane: Float32Array, width: number, height: number, column: number, row: number): number {
  let sum = 0;
  let count = 0;
  for (let y = Math.max(0, row - RADIUS); y <= Math.min(height - 1, row + RADIUS); y++) {
    for (let x = Math.max(0, column - RADIUS); x <= Math.min(width - 1, column + RADIUS); x++) {
      sum += plane[y * width + x];
      count++;
    }
  }
  return sum / count;
}
