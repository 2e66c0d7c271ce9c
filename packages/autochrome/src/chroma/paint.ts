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
 * Paints a photo of `width` x `height` in the predicted colours, rows in any order: chroma upsampled along the photo's
 * own edges, recombined with the original luma, gamut mapped. No plane of full-size floats exists, whatever the size.
 */
export class PhotoPainter {
  readonly #upsampler: ChromaUpsampler;
  readonly #width: number;
  #luma = new Float32Array(0);
  #chroma = new Float32Array(0);

  constructor(prediction: Prediction, width: number, height: number) {
    const fit = fitChroma(prediction.luma, prediction.chroma, prediction.width, prediction.height);
    this.#upsampler = new ChromaUpsampler(fit, width, height);
    this.#width = width;
  }

  /**
   * @param top the first row's place in the photo
   * @param rgb the photo's rows, interleaved sRGB, `[rows * width * 3]`
   * @param out where to write theirs, as long and as deep
   * @param saturation factor on the chroma
   */
  paintRows(top: number, rgb: RgbArray, out: RgbArray, saturation: number): void {
    const width = this.#width;
    const pixels = rgb.length / 3;
    if (this.#luma.length < pixels) {
      this.#luma = new Float32Array(pixels);
      this.#chroma = new Float32Array(pixels * 2);
    }
    const luma = rgbToLuma(rgb, this.#luma.subarray(0, pixels));
    const chroma = this.#chroma.subarray(0, pixels * 2);
    for (let at = 0, y = top; at < pixels; at += width, y++) {
      const row = chroma.subarray(at * 2, (at + width) * 2);
      this.#upsampler.writeRow(y, luma.subarray(at, at + width), row, saturation);
    }
    combineLumaChroma(luma, chroma, out);
  }
}

/**
 * A photo in the predicted colours at its full size, as {@link PhotoPainter} paints it, in strips of rows.
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
  const painter = new PhotoPainter(prediction, width, height);
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  for (let top = 0; top < height; top += rows) {
    const start = top * width * 3;
    const end = Math.min(rgb.length, (top + rows) * width * 3);
    painter.paintRows(top, rgb.subarray(start, end), out.subarray(start, end), options.saturation);
    if (options.pause && top + rows < height) await options.pause(top + rows);
  }
  return out;
}
