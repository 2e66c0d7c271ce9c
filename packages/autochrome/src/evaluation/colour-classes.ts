import { type ClassScores, classScores } from "./classification.ts";

/** The colour classes, in the order of the confusion matrix. */
export const COLOUR_CLASSES = [
  "gray",
  "red",
  "orange",
  "yellow",
  "green",
  "cyan",
  "blue",
  "purple",
  "pink",
  "brown",
] as const;

export type ColourClass = (typeof COLOUR_CLASSES)[number];

const GRAY = 0;
const RED = 1;
const ORANGE = 2;
const YELLOW = 3;
const GREEN = 4;
const CYAN = 5;
const BLUE = 6;
const PURPLE = 7;
const PINK = 8;
const BROWN = 9;

const DEGREES = 180 / Math.PI;

/**
 * The class of a Lab colour, as an index into {@link COLOUR_CLASSES}. With C = C*ab and h the hue angle in
 * degrees:
 *
 * - gray: C < 10
 * - red: h in [20, 45), or [0, 20) with L* < 45 (burgundy)
 * - pink: h in [0, 20) with L* >= 45, [340, 360) with L* >= 40, or [20, 45) with L* >= 65 and C < 60 (salmon)
 * - brown: h in [45, 85) with L* < 60 and C < 60
 * - orange: the rest of [45, 85)
 * - yellow: [85, 110); green: [110, 170); cyan: [170, 225); blue: [225, 308)
 * - purple: [308, 340), or [340, 360) with L* < 40
 *
 * The borders were laid between the CSS colours of those names, which lie in Lab at h = 40 (red), 74 (orange),
 * 103 (yellow), 136 (green), 196 (cyan), 235 (skyblue), 306 (blue), 328 (purple), 350 (hotpink), 8 (pink)
 * and 57 with L* = 38 (saddlebrown).
 */
export function colourClass(L: number, a: number, b: number): number {
  const square = a * a + b * b;
  if (square < 100) return GRAY;
  const angle = Math.atan2(b, a) * DEGREES;
  const hue = angle < 0 ? angle + 360 : angle;
  if (hue < 20) return L < 45 ? RED : PINK;
  if (hue < 45) return L >= 65 && square < 3600 ? PINK : RED;
  if (hue < 85) return L < 60 && square < 3600 ? BROWN : ORANGE;
  if (hue < 110) return YELLOW;
  if (hue < 170) return GREEN;
  if (hue < 225) return CYAN;
  if (hue < 308) return BLUE;
  if (hue < 340 || L < 40) return PURPLE;
  return PINK;
}

/** What the generator paints each true colour class as. */
export interface ColourReport extends ClassScores {
  readonly classes: readonly string[];
  /** Pixel counts over all photos: rows = true class, columns = painted class. */
  readonly confusion: readonly (readonly number[])[];
}

/** Pixel counts, `[10 * 10]`, rows = true class. */
export type ColourCounts = Float64Array;

export function newColourCounts(): ColourCounts {
  return new Float64Array(COLOUR_CLASSES.length ** 2);
}

/**
 * Adds a photo's pixels to the counts.
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 */
export function countColours(counts: ColourCounts, truth: Float32Array, painted: Float32Array): void {
  for (let i = 0; i < truth.length; i += 3) {
    const row = colourClass(truth[i], truth[i + 1], truth[i + 2]);
    counts[row * COLOUR_CLASSES.length + colourClass(painted[i], painted[i + 1], painted[i + 2])]++;
  }
}

/** Confusion matrix, precision, recall and F1 a class; NaN for a class that never occurs or is never painted. */
export function colourReport(counts: ColourCounts): ColourReport {
  const size = COLOUR_CLASSES.length;
  const confusion = COLOUR_CLASSES.map((_, row) => Array.from(counts.subarray(row * size, (row + 1) * size)));
  return { classes: [...COLOUR_CLASSES], confusion, ...classScores(confusion) };
}
