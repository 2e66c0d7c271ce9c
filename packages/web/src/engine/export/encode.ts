import { engineError } from "../errors.ts";
import type { ExportOptions } from "../protocol.ts";
import { encodePng } from "./png.ts";

/** A painted photo: interleaved sRGB and opacity, not multiplied, `[height * width * 4]`. */
export interface FullPhoto {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export type WrittenFormat = NonNullable<ExportOptions["format"]>;

/** As the command line's. */
const DEFAULT_QUALITY = { jpeg: 92, webp: 90 };

/** Pixels that go to the canvas at once. */
const STRIP_PIXELS = 1 << 20;

export function isOpaque({ rgba }: FullPhoto): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false;
  return true;
}

/**
 * Encodes a photo: PNG by ourselves, for a canvas loses colours where they are transparent; JPEG, with white behind it,
 * and WebP by the browser.
 *
 * @param quality 1 to 100, of JPEG and WebP. Chromium's JPEG has a quarter of the chroma samples below 100, and its
 *   WebP is lossless at 100.
 * @returns the format that was written: PNG where the browser cannot write the one asked for
 */
export async function encodePixels(
  photo: FullPhoto,
  opaque: boolean,
  format: WrittenFormat,
  quality?: number,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; format: WrittenFormat }> {
  if (format !== "png") {
    const blob = await encodeByCanvas(photo, format, (quality ?? DEFAULT_QUALITY[format]) / 100);
    if (blob.type === `image/${format}`) return { bytes: new Uint8Array(await blob.arrayBuffer()), format };
  }
  return { bytes: await encodePng(photo, opaque), format: "png" };
}

async function encodeByCanvas(photo: FullPhoto, format: "jpeg" | "webp", quality: number): Promise<Blob> {
  const { width, height } = photo;
  try {
    const canvas = new OffscreenCanvas(width, height);
    // Read back at once, so kept out of the graphics card's memory.
    const context = canvas.getContext("2d", { colorSpace: "srgb", willReadFrequently: true })!;
    drawStrips(photo, format === "jpeg", context);
    return await canvas.convertToBlob({ type: `image/${format}`, quality });
  } catch (cause) {
    const message = `this browser cannot write ${width}x${height} pixels as ${format}. Choose PNG.`;
    throw engineError("TOO_LARGE", message, cause);
  }
}

function drawStrips(
  { width, height, rgba }: FullPhoto,
  onWhite: boolean,
  context: OffscreenCanvasRenderingContext2D,
): void {
  const rows = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  for (let top = 0; top < height; top += rows) {
    const strip = rgba.slice(top * width * 4, Math.min(height, top + rows) * width * 4);
    if (onWhite) putOnWhite(strip);
    context.putImageData(new ImageData(strip, width), 0, top);
  }
}

function putOnWhite(rgba: Uint8ClampedArray): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const opacity = rgba[at + 3]!;
    if (opacity === 255) continue;
    for (let k = at; k < at + 3; k++)
      rgba[k] = Math.floor((rgba[k]! * opacity + 255 * (255 - opacity) + 127) / 255);
    rgba[at + 3] = 255;
  }
}
