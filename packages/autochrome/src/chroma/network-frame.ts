import { type RgbArray, rgbToLuma } from "../color/index.ts";

/** How a photo lies inside the network's input. All numbers are pixels. */
export interface NetworkFrame {
  /** The downscaled photo, without padding. */
  width: number;
  height: number;
  paddedWidth: number;
  paddedHeight: number;
  /** Padding before the photo's first column and row; the rest follows the last ones. */
  left: number;
  top: number;
}

/**
 * The network sees at most this many times its short side along the long one, so that a strip of
 * 20000 x 10 costs no more than a panorama.
 */
const MAX_ASPECT = 4;

/**
 * Size at which the network sees a photo: the short side becomes `size`, never larger than it is, both sides
 * by the same factor; then padded, centred, to whole multiples of `multiple`.
 */
export function planFrame(width: number, height: number, size: number, multiple: number): NetworkFrame {
  const scale = Math.min(1, size / Math.min(width, height), (MAX_ASPECT * size) / Math.max(width, height));
  return padToMultiples(Math.round(width * scale), Math.round(height * scale), multiple);
}

/** A picture of at least one pixel, centred in whole multiples of `multiple`. */
export function padToMultiples(width: number, height: number, multiple: number): NetworkFrame {
  const w = Math.max(1, width);
  const h = Math.max(1, height);
  const paddedWidth = Math.ceil(w / multiple) * multiple;
  const paddedHeight = Math.ceil(h / multiple) * multiple;
  return {
    width: w,
    height: h,
    paddedWidth,
    paddedHeight,
    left: (paddedWidth - w) >> 1,
    top: (paddedHeight - h) >> 1,
  };
}

/**
 * L* of a photo averaged over the area of each smaller pixel (box filter: no aliasing). Works row by row, so
 * that the full-size luma never exists.
 *
 * @param rgb interleaved sRGB, `[height * width * 3]`
 * @param outWidth at most `width`; `outHeight` at most `height`
 * @returns L* in [0,100], `[outHeight * outWidth]`
 */
export function shrinkLuma(
  rgb: RgbArray,
  width: number,
  height: number,
  outWidth: number,
  outHeight: number,
): Float32Array {
  if (outWidth === width && outHeight === height) return rgbToLuma(rgb);
  const out = new Float32Array(outWidth * outHeight);
  const row = new Float32Array(width);
  const narrow = new Float32Array(outWidth);
  const stepX = width / outWidth;
  const stepY = height / outHeight;
  for (let y = 0; y < height; y++) {
    rgbToLuma(rgb.subarray(y * width * 3, (y + 1) * width * 3), row);
    shrinkRow(row, narrow, stepX);
    const first = Math.min(Math.floor(y / stepY), outHeight - 1);
    const edge = first === outHeight - 1 ? height : (first + 1) * stepY;
    const share = Math.min(y + 1, edge) - y;
    addRow(out, first * outWidth, narrow, share / stepY);
    if (share < 1) addRow(out, (first + 1) * outWidth, narrow, (1 - share) / stepY);
  }
  return out;
}

function addRow(out: Float32Array, offset: number, row: Float32Array, weight: number): void {
  for (let x = 0; x < row.length; x++) out[offset + x] += row[x] * weight;
}

function shrinkRow(row: Float32Array, out: Float32Array, step: number): void {
  for (let x = 0; x < out.length; x++) {
    const start = x * step;
    const end = Math.min(row.length, start + step);
    const first = Math.floor(start);
    // A boundary that rounding lifts above a whole number must not open one more pixel.
    const last = Math.min(row.length, Math.ceil(end - 1e-6)) - 1;
    if (last <= first) {
      out[x] = row[first];
      continue;
    }
    let sum = row[first] * (first + 1 - start) + row[last] * (end - last);
    for (let i = first + 1; i < last; i++) sum += row[i];
    out[x] = sum / (end - start);
  }
}

/**
 * Index inside `[0, length)` that a mirror at the first and last pixel shows at `index` (the edge pixel is not
 * repeated; beyond one reflection the mirrors go on).
 */
export function reflectIndex(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const inside = ((index % period) + period) % period;
  return inside < length ? inside : period - inside;
}

/**
 * Reflect-pads a picture to the network's input.
 *
 * @param plane `[frame.height * frame.width * channels]`, interleaved
 * @returns `[frame.paddedHeight * frame.paddedWidth * channels]`
 */
export function padPlane(plane: Float32Array, frame: NetworkFrame, channels = 1): Float32Array {
  const { width, height, paddedWidth, paddedHeight, left, top } = frame;
  const out = new Float32Array(paddedWidth * paddedHeight * channels);
  const columns = Int32Array.from({ length: paddedWidth }, (_, x) => reflectIndex(x - left, width));
  for (let y = 0; y < paddedHeight; y++) {
    const from = reflectIndex(y - top, height) * width;
    const to = y * paddedWidth;
    for (let x = 0; x < paddedWidth; x++) {
      for (let c = 0; c < channels; c++) {
        out[(to + x) * channels + c] = plane[(from + columns[x]) * channels + c];
      }
    }
  }
  return out;
}

/**
 * Cuts the padding off an interleaved picture.
 *
 * @param padded `[frame.paddedHeight * frame.paddedWidth * channels]`
 * @returns `[frame.height * frame.width * channels]`
 */
export function cropPadding(padded: Float32Array, frame: NetworkFrame, channels: number): Float32Array {
  const { width, height, paddedWidth, left, top } = frame;
  const out = new Float32Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((y + top) * paddedWidth + left) * channels;
    out.set(padded.subarray(from, from + width * channels), y * width * channels);
  }
  return out;
}
