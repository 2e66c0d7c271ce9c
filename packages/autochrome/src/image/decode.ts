import sharp, { type OutputInfo, type Sharp } from "sharp";
import type { RgbArray } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import { toEightBit } from "./depth.ts";
import type { PhotoFormat } from "./metadata/index.ts";
import type { Photo, PhotoMetadata } from "./photo.ts";
import { decodeError, type Header, nameOf, READ_OPTIONS, readHeader } from "./source.ts";
import { readTiffExif } from "./tiff-exif.ts";

/** 256 Mi pixels: 16384 x 16384. */
const DEFAULT_MAX_PIXELS = 268_435_456;

/** EXIF blocks come from sharp as they stood in the file: JPEG and WebP put this before the TIFF header. */
const EXIF_PREFIX = Buffer.from("Exif\0\0", "latin1");

function withoutPrefix(exif: Buffer | undefined): Buffer | null {
  if (!exif) return null;
  return exif.subarray(0, 6).equals(EXIF_PREFIX) ? exif.subarray(6) : exif;
}

async function photoMetadata(input: string | Buffer, { format, metadata }: Header): Promise<PhotoMetadata> {
  return {
    format,
    pages: metadata.pages ?? 1,
    orientation: metadata.orientation ?? 1,
    space: metadata.space ?? "srgb",
    exif: format === "tiff" ? await readTiffExif(input) : withoutPrefix(metadata.exif),
    xmp: metadata.xmp ?? null,
    icc: metadata.icc ?? null,
    density: metadata.density ?? null,
    chromaSubsampling: metadata.chromaSubsampling ?? null,
  };
}

function checkPixels(name: string, header: Header, maxPixels: number): void {
  const { width, height } = header.metadata;
  if (width * height <= maxPixels) return;
  throw new AutochromeError(
    `cannot read ${name}: ${width}x${height} is ${width * height} pixels, more than the limit of ` +
      `${maxPixels}: scale the photo down, or raise the limit`,
    { code: "TOO_LARGE" },
  );
}

/**
 * An upright pipeline in sRGB at the file's depth. sharp converts embedded profiles to Display P3 instead
 * of sRGB at 16 bit, so there the profile is left alone on the way in and applied on the way out, where
 * the target can be chosen.
 */
function uprightSrgb(input: string | Buffer, header: Header, wide: boolean): Sharp {
  if (!wide) return sharp(input, { ...READ_OPTIONS, autoOrient: true }).toColourspace("srgb");
  const convert = header.metadata.icc !== undefined && header.metadata.space === "rgb16";
  const pipeline = sharp(input, { ...READ_OPTIONS, autoOrient: true, ignoreIcc: convert });
  return (convert ? pipeline.withIccProfile("srgb") : pipeline).toColourspace("rgb16");
}

function isWide(header: Header): boolean {
  return header.metadata.depth === "ushort";
}

function samples(data: Buffer, wide: boolean): RgbArray {
  return wide
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function splitAlpha(interleaved: RgbArray): { rgb: RgbArray; alpha: RgbArray } {
  const pixels = interleaved.length / 4;
  const wide = interleaved instanceof Uint16Array;
  const rgb = wide ? new Uint16Array(pixels * 3) : new Uint8Array(pixels * 3);
  const alpha = wide ? new Uint16Array(pixels) : new Uint8Array(pixels);
  for (let p = 0, from = 0, to = 0; p < pixels; p++, from += 4, to += 3) {
    rgb[to] = interleaved[from];
    rgb[to + 1] = interleaved[from + 1];
    rgb[to + 2] = interleaved[from + 2];
    alpha[p] = interleaved[from + 3];
  }
  return { rgb, alpha };
}

/**
 * Decodes a photo to upright sRGB at its own size: EXIF orientation applied, ICC profiles and CMYK
 * converted, gray and palettes expanded, 16-bit files kept at 16 bit, the first frame or page of several.
 *
 * @param input a file's path, or its bytes
 * @throws AutochromeError, naming the file, when it is missing, unreadable, empty, truncated or damaged,
 *   not a photo, or larger than `maxPixels`
 */
export async function decodePhoto(
  input: string | Buffer,
  options: { maxPixels?: number } = {},
): Promise<Photo> {
  const name = nameOf(input);
  const header = await readHeader(input);
  checkPixels(name, header, options.maxPixels ?? DEFAULT_MAX_PIXELS);
  const wide = isWide(header);
  let decoded: { data: Buffer; info: OutputInfo };
  try {
    decoded = await uprightSrgb(input, header, wide)
      .raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
  } catch (error) {
    throw decodeError(name, error);
  }
  const { data, info } = decoded;
  const interleaved = samples(data, wide);
  const planes = info.channels === 4 ? splitAlpha(interleaved) : { rgb: interleaved, alpha: null };
  return {
    width: info.width,
    height: info.height,
    ...planes,
    bitDepth: wide ? 16 : 8,
    metadata: await photoMetadata(input, header),
  };
}

/**
 * Decodes a photo for training: 8-bit upright sRGB, alpha composited on white, scaled down (Lanczos) so
 * that its short side is `shortSide` pixels; smaller photos keep their size unless `enlarge` is set.
 *
 * @throws AutochromeError as {@link decodePhoto}
 */
export async function decodeForTraining(
  input: string | Buffer,
  options: { shortSide?: number; enlarge?: boolean; maxPixels?: number } = {},
): Promise<{ width: number; height: number; rgb: Uint8Array }> {
  const header = await readHeader(input);
  checkPixels(nameOf(input), header, options.maxPixels ?? DEFAULT_MAX_PIXELS);
  const wide = isWide(header);
  try {
    let pipeline = uprightSrgb(input, header, wide).flatten({ background: "#fff" });
    if (options.shortSide !== undefined) {
      pipeline = pipeline.resize(options.shortSide, options.shortSide, {
        fit: "outside",
        withoutEnlargement: !options.enlarge,
        kernel: "lanczos3",
      });
    }
    const { data, info } = await pipeline
      .raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, rgb: toEightBit(samples(data, wide)) };
  } catch (error) {
    throw decodeError(nameOf(input), error);
  }
}

/**
 * A photo's upright size and format, from the header alone.
 *
 * @throws AutochromeError when the file is missing, unreadable, empty or not a photo
 */
export async function readDimensions(
  input: string | Buffer,
): Promise<{ width: number; height: number; format: PhotoFormat }> {
  const { format, metadata } = await readHeader(input);
  const { width, height } = metadata.autoOrient;
  return { width, height, format };
}
