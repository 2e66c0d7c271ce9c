import { type RgbArray, rgbToLuma } from "../../color/index.ts";

/**
 * `area`: the mean over each smaller pixel's area. `bilinear`: between the four nearest pixels, however many lie
 * between (OpenCV's INTER_LINEAR). Enlarging, both are bilinear.
 */
export type Resample = "area" | "bilinear";

/** Which source pixels make each target pixel: from `first`, with `weights`, which sum to 1. */
interface Tap {
  first: number;
  weights: readonly number[];
}

/** A part of a picture, in its pixels; the sides need not be whole. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * Brings the stretch `[start, start + length)` of `available` pixels to `count` pixels, centres over centres.
 */
function planTaps(start: number, length: number, available: number, count: number, method: Resample): Tap[] {
  const step = length / count;
  return Array.from({ length: count }, (_, i) => {
    if (method === "area" && step >= 1) return areaTap(start + i * step, start + (i + 1) * step, available);
    const lowest = Math.min(available - 1, Math.max(0, Math.ceil(start - 0.5)));
    const highest = Math.max(lowest, Math.min(available - 1, Math.floor(start + length - 0.5)));
    const at = Math.min(highest, Math.max(lowest, start + (i + 0.5) * step - 0.5));
    const first = Math.floor(at);
    return at === first ? { first, weights: [1] } : { first, weights: [first + 1 - at, at - first] };
  });
}

/** Boundaries that rounding lifts off a whole number open no further pixel. */
const SLIVER = 1e-6;

function areaTap(from: number, to: number, available: number): Tap {
  const first = Math.min(available - 1, Math.floor(from + SLIVER));
  const last = Math.max(first, Math.min(available, Math.ceil(to - SLIVER)) - 1);
  const shares = Array.from({ length: last - first + 1 }, (_, k) =>
    Math.max(0, Math.min(to, first + k + 1) - Math.max(from, first + k)),
  );
  const total = shares.reduce((sum, share) => sum + share, 0);
  return total > 0 ? { first, weights: shares.map((share) => share / total) } : { first, weights: [1] };
}

/**
 * L* of a photo at another size; the sides need not keep their proportion. Works row by row, so that the full-size
 * luma never exists.
 *
 * @param rgb interleaved sRGB, `[height * width * 3]`
 * @returns L* in [0,100], `[outHeight * outWidth]`
 */
export function resampleLuma(
  rgb: RgbArray,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
  method: Resample,
): Float32Array {
  const columns = planTaps(0, width, width, outWidth, method);
  const rows = planTaps(0, height, height, outHeight, method);
  const wide = new Float32Array(width);
  const narrowed = new Map<number, Float32Array>();
  const narrow = (y: number): Float32Array => {
    let row = narrowed.get(y);
    if (row === undefined) {
      rgbToLuma(rgb.subarray(y * width * 3, (y + 1) * width * 3), wide);
      row = applyTaps(wide, columns, 1);
      narrowed.set(y, row);
    }
    return row;
  };
  const out = new Float32Array(outWidth * outHeight);
  rows.forEach(({ first, weights }, y) => {
    for (const passed of narrowed.keys()) if (passed < first) narrowed.delete(passed);
    weights.forEach((weight, k) => {
      const row = narrow(first + k);
      for (let x = 0; x < outWidth; x++) out[y * outWidth + x]! += row[x]! * weight;
    });
  });
  return out;
}

/**
 * A part of an interleaved picture at another size.
 *
 * @param values `[height * width * channels]`
 * @returns `[outHeight * outWidth * channels]`; the very values where nothing is to be done
 */
export function resamplePart(
  values: Float32Array,
  width: number,
  height: number,
  channels: number,
  part: Rectangle,
  outWidth: number,
  outHeight: number,
): Float32Array {
  const whole = part.left === 0 && part.top === 0 && part.width === width && part.height === height;
  if (whole && outWidth === width && outHeight === height) return values;
  const columns = planTaps(part.left, part.width, width, outWidth, "area");
  const rows = planTaps(part.top, part.height, height, outHeight, "area");
  const stride = outWidth * channels;
  const out = new Float32Array(outHeight * stride);
  rows.forEach(({ first, weights }, y) => {
    weights.forEach((weight, k) => {
      const from = (first + k) * width * channels;
      const row = applyTaps(values.subarray(from, from + width * channels), columns, channels);
      for (let x = 0; x < stride; x++) out[y * stride + x]! += row[x]! * weight;
    });
  });
  return out;
}

function applyTaps(row: Float32Array, taps: readonly Tap[], channels: number): Float32Array {
  const out = new Float32Array(taps.length * channels);
  taps.forEach(({ first, weights }, x) => {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += row[(first + k) * channels + c]! * weights[k]!;
      out[x * channels + c] = sum;
    }
  });
  return out;
}
