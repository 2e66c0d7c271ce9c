import { combineLumaChroma, type RgbArray, rgbToLuma } from "../color/index.ts";
import { ChromaUpsampler, fitChroma } from "./guided-filter.ts";
import type { Pixels } from "./pixels.ts";
import type { Prediction } from "./prediction.ts";

/** Pixels recombined between two pauses: about 50 ms. */
const STRIP_PIXELS = 1 << 18;

export interface PaintOptions {
  /** Factor on the chroma: 0 gray, 1 as predicted. */
  saturation: number;
  /** Awaited between strips of rows, so that others get their turn. */
  pause?: (rowsDone: number) => Promise<void>;
}

/**
 * A photo in the predicted colours at its full size: chroma upsampled along the photo's own edges, recombined with
 * the original luma, gamut mapped. Works in strips of rows: no plane of full-size floats exists, whatever the size.
 *
 * @returns interleaved sRGB, `[height * width * 3]`, in the photo's bit depth
 */
export async function paintPhoto(
  photo: Pixels,
  prediction: Prediction,
  options: PaintOptions,
): Promise<RgbArray> {
  const { width, height, rgb } = photo;
  const out = rgb instanceof Uint16Array ? new Uint16Array(rgb.length) : new Uint8Array(rgb.length);
  const fit = fitChroma(prediction.luma, prediction.chroma, prediction.width, prediction.height);
  const chromaOf = new ChromaUpsampler(fit, width, height);
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const luma = new Float32Array(rows * width);
  const chroma = new Float32Array(rows * width * 2);
  for (let top = 0; top < height; top += rows) {
    const pixels = Math.min(rows, height - top) * width;
    const start = top * width * 3;
    const stripLuma = luma.subarray(0, pixels);
    rgbToLuma(rgb.subarray(start, start + pixels * 3), stripLuma);
    for (let at = 0, y = top; at < pixels; at += width, y++) {
      const row = chroma.subarray(at * 2, (at + width) * 2);
      chromaOf.writeRow(y, luma.subarray(at, at + width), row, options.saturation);
    }
    combineLumaChroma(stripLuma, chroma.subarray(0, pixels * 2), out.subarray(start, start + pixels * 3));
    if (options.pause && top + rows < height) await options.pause(top + rows);
  }
  return out;
}
