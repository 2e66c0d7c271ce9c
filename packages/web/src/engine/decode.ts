import { applyTones, measureTones, type Pixels, planTones, readFileMetadata } from "autochrome/browser";
import { engineError, isOutOfMemory, reasonOf } from "./errors.ts";
import { HEADER_BYTES, type PhotoHeader, readHeader, type SniffedFormat } from "./photo-header.ts";
import type { PhotoFormat } from "./protocol.ts";
import { readBitmap } from "./read-bitmap.ts";
import { turnUpright } from "./turn.ts";

/** An upright photo in 8-bit sRGB. */
export interface PagePixels extends Pixels {
  rgb: Uint8Array;
  /** Opacity, `[height * width]`, not multiplied into `rgb`; null when opaque. */
  alpha: Uint8Array | null;
}

/** A photo at its own size, and as the page shows it. */
export interface DecodedPhoto {
  full: PagePixels;
  small: PagePixels;
}

/** Why a file that was recognised cannot be coloured here, and what helps. */
const UNREADABLE: Partial<Record<NonNullable<SniffedFormat>, string>> = {
  tiff: "a TIFF file, which browsers do not read. The command line colours it: autochrome colorize",
  heic: "a HEIC photo, which browsers do not read. Save it as JPEG first (an iPhone does so when it shares a photo as 'Most Compatible')",
  jxl: "a JPEG XL file, which this browser does not read. Save it as JPEG or PNG first",
  jp2: "a JPEG 2000 file, which browsers do not read. Save it as JPEG or PNG first",
  psd: "a Photoshop file. Export it as JPEG or PNG first",
  svg: "a drawing (SVG), not a photo. Export it as PNG first",
  pdf: "a PDF. Save the photo in it as JPEG or PNG first",
};

/** Formats without a reader in some browsers; the browser is asked before they are refused. */
const MAYBE_READABLE: readonly SniffedFormat[] = ["heic", "jxl"];

/**
 * Recognises a file without decoding it.
 *
 * @param maxPixels more than these are refused
 * @throws AutochromeError for what is no photo, cannot be read here, or is too large
 */
export async function inspectFile(file: File, maxPixels: number): Promise<PhotoHeader> {
  if (file.size === 0) throw engineError("CORRUPT", `'${file.name}' is empty.`);
  const header = readHeader(new Uint8Array(await readBytes(file)));
  if (header.size !== null) checkSize(file.name, header.size, maxPixels);
  if (header.format === null) {
    throw engineError(
      "UNSUPPORTED_FORMAT",
      `'${file.name}' is no photo that the page knows. It reads JPEG, PNG, WebP, AVIF, GIF and BMP.`,
    );
  }
  const reason = UNREADABLE[header.format];
  if (reason && !MAYBE_READABLE.includes(header.format)) {
    throw engineError("UNSUPPORTED_FORMAT", `'${file.name}' is ${reason}.`);
  }
  return header;
}

async function readBytes(file: File): Promise<ArrayBuffer> {
  try {
    return await file.slice(0, HEADER_BYTES).arrayBuffer();
  } catch (cause) {
    throw engineError(
      "CORRUPT",
      `'${file.name}' can no longer be read: it was moved, changed or deleted. Choose it again.`,
      cause,
    );
  }
}

function checkSize(
  name: string,
  { width, height }: { width: number; height: number },
  maxPixels: number,
): void {
  if (width * height <= maxPixels) return;
  const millions = (pixels: number) => Math.round(pixels / 1e6);
  throw engineError(
    "TOO_LARGE",
    `'${name}' has ${width} x ${height} pixels, ${millions(width * height)} megapixels; on this device the page takes ` +
      `${millions(maxPixels)}. Scale it down, or use the command line: autochrome colorize`,
  );
}

/**
 * Decodes a file to upright sRGB. The browser applies orientation and colour profile. Tinted and faded photos come as
 * neutral gray with their tones restored, as `Colorizer` makes them by default.
 *
 * @param side the small version fits a square of this; it is never larger than the photo
 * @throws AutochromeError as {@link inspectFile}, and for damaged files
 */
export async function decodeFile(file: File, side: number, maxPixels: number): Promise<DecodedPhoto> {
  const { format } = await inspectFile(file, maxPixels);
  // Some browsers turn JPEGs upright and leave WebP as it lies: there the turning is ours.
  const orientation = format === "webp" ? await orientationOf(file) : 1;
  const bitmap = await toBitmap(file, format);
  try {
    checkSize(file.name, bitmap, maxPixels);
    const full = turnUpright(await readBitmap(bitmap), orientation);
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const small = scale === 1 ? full : turnUpright(await readScaled(bitmap, scale), orientation);
    const curve = planTones(measureTones(full));
    if (curve === null) return { full, small };
    const restored = applyTones(full, curve);
    return { full: restored, small: small === full ? restored : applyTones(small, curve) };
  } finally {
    bitmap.close();
  }
}

async function orientationOf(file: File): Promise<number> {
  return (await readFileMetadata(new Uint8Array(await file.arrayBuffer()))).orientation;
}

async function readScaled(bitmap: ImageBitmap, scale: number): Promise<PagePixels> {
  const scaled = await createImageBitmap(bitmap, {
    resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
    resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
    resizeQuality: "high",
    premultiplyAlpha: "none",
  });
  try {
    return await readBitmap(scaled);
  } finally {
    scaled.close();
  }
}

async function toBitmap(file: File, format: SniffedFormat): Promise<ImageBitmap> {
  try {
    // A name may lie about the type; the content does not.
    const photo = new Blob([file], { type: `image/${format}` });
    const imageOrientation = format === "webp" ? "none" : "from-image";
    return await createImageBitmap(photo, { imageOrientation, premultiplyAlpha: "none" });
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause;
    const reason = format === null ? undefined : UNREADABLE[format];
    if (reason) throw engineError("UNSUPPORTED_FORMAT", `'${file.name}' is ${reason}.`, cause);
    throw engineError(
      "CORRUPT",
      `'${file.name}' cannot be decoded (${reasonOf(cause)}): it is damaged, or of a kind that this browser does not read.`,
      cause,
    );
  }
}

/** The format under which a file of this content goes on. */
export function photoFormat({ format }: PhotoHeader): PhotoFormat {
  return format as PhotoFormat;
}
