import {
  ChromaUpsampler,
  combineLumaChroma,
  fitChroma,
  PhotoPainter,
  type Prediction,
  rgbToLuma,
} from "autochrome/browser";
import type { PagePixels } from "./decode.ts";

/** Pixels painted between two pauses: 15 ms and more. */
const STRIP_PIXELS = 1 << 18;

/**
 * Paints a photo at its full size.
 *
 * @param pause awaited between strips, with the share that is done
 * @returns interleaved sRGB and opacity, `[height * width * 4]`
 */
export async function paintFull(
  photo: PagePixels,
  prediction: Prediction,
  saturation: number,
  pause: (share: number) => Promise<void>,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { width, height, rgb, alpha } = photo;
  const painter = new PhotoPainter(prediction, width, height);
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const strip = new Uint8Array(rows * width * 3);
  const out = new Uint8ClampedArray(width * height * 4);
  for (let top = 0; top < height; top += rows) {
    const pixels = Math.min(rows, height - top) * width;
    const start = top * width;
    const painted = strip.subarray(0, pixels * 3);
    painter.paintRows(top, rgb.subarray(start * 3, (start + pixels) * 3), painted, saturation);
    joinAlpha(painted, alpha, out, start);
    if (top + rows < height) await pause((top + rows) / height);
  }
  return out;
}

/** A photo at preview size, prepared so that a new saturation costs nothing but the joining of luma and chroma. */
export class PreviewPainter {
  readonly #photo: Omit<PagePixels, "rgb">;
  readonly #luma: Float32Array;
  readonly #chroma: Float32Array;

  /** Gray until there is a prediction. */
  constructor(photo: PagePixels) {
    const { width, height, rgb } = photo;
    this.#photo = { width, height, alpha: photo.alpha };
    this.#luma = rgbToLuma(rgb);
    this.#chroma = new Float32Array(width * height * 2);
  }

  setPrediction(prediction: Prediction): void {
    const { width, height } = this.#photo;
    const fit = fitChroma(prediction.luma, prediction.chroma, prediction.width, prediction.height);
    const upsampler = new ChromaUpsampler(fit, width, height);
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const chroma = this.#chroma.subarray(row * 2, (row + width) * 2);
      upsampler.writeRow(y, this.#luma.subarray(row, row + width), chroma, 1);
    }
  }

  /** @returns interleaved sRGB and opacity, `[height * width * 4]` */
  paint(saturation: number): Uint8ClampedArray<ArrayBuffer> {
    const { width, height, alpha } = this.#photo;
    const out = new Uint8ClampedArray(width * height * 4);
    const chroma = new Float32Array(width * 2);
    const rgb = new Uint8Array(width * 3);
    for (let y = 0; y < height; y++) {
      const row = y * width;
      const whole = this.#chroma.subarray(row * 2, (row + width) * 2);
      for (let i = 0; i < chroma.length; i++) chroma[i] = whole[i]! * saturation;
      combineLumaChroma(this.#luma.subarray(row, row + width), chroma, rgb);
      joinAlpha(rgb, alpha, out, row);
    }
    return out;
  }
}

function joinAlpha(rgb: Uint8Array, alpha: Uint8Array | null, out: Uint8ClampedArray, start: number): void {
  for (let from = 0, at = start, to = start * 4; from < rgb.length; from += 3, at++, to += 4) {
    out[to] = rgb[from]!;
    out[to + 1] = rgb[from + 1]!;
    out[to + 2] = rgb[from + 2]!;
    out[to + 3] = alpha === null ? 255 : alpha[at]!;
  }
}
