import type { PagePixels } from "./decode.ts";
import { TextureReader } from "./texture-reader.ts";

/** Pixels read at once, so that the full photo never lies in a canvas, whose size browsers limit. */
const STRIP_PIXELS = 1 << 20;

/**
 * Pixels of a bitmap in sRGB, as stored.
 *
 * A canvas multiplies colours by their opacity, and dividing again does not bring them back. Photos that are not
 * opaque are therefore read a second time, through a texture, where the browser has WebGL.
 */
export async function readBitmap(bitmap: ImageBitmap): Promise<PagePixels> {
  const { width, height } = bitmap;
  const out: PagePixels = { width, height, rgb: new Uint8Array(width * height * 3), alpha: null };
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const context = new OffscreenCanvas(width, rows).getContext("2d", {
    willReadFrequently: true,
    colorSpace: "srgb",
  })!;
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, -top);
    writeStrip(context.getImageData(0, 0, width, count).data, out, top * width);
  }
  if (out.alpha !== null) await TextureReader.open()?.read(bitmap, out.rgb);
  return out;
}

/** Writes RGB and, from the first pixel that is not opaque on, alpha. */
function writeStrip(rgba: Uint8ClampedArray, out: PagePixels, start: number): void {
  const { rgb } = out;
  for (let from = 0, at = start, to = start * 3; from < rgba.length; from += 4, at++, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
    if (rgba[from + 3] !== 255) out.alpha ??= new Uint8Array(out.width * out.height).fill(255);
    if (out.alpha !== null) out.alpha[at] = rgba[from + 3]!;
  }
}
