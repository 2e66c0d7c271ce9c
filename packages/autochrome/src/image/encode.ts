import sharp, { type Sharp } from "sharp";
import type { RgbArray } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import { overWhite, toEightBit } from "./depth.ts";
import {
  exifWithin,
  insertJpegMetadata,
  insertPngMetadata,
  insertTiffTags,
  insertWebpMetadata,
  JPEG_EXIF_LIMIT,
  JPEG_XMP_LIMIT,
  outgoingXmp,
  type PhotoFormat,
  uprightExif,
} from "./metadata/index.ts";
import type { Photo, PhotoMetadata } from "./photo.ts";

/** Options of {@link encodePhoto}. */
export interface EncodeOptions {
  /** Default: the format that the photo was read from; PNG for GIF. */
  format?: PhotoFormat;
  /** 1..100, for JPEG, WebP and AVIF; default 92, 90 and 70. */
  quality?: number;
  /** Names the network that coloured the photo in its XMP metadata; null or absent leaves no mark. */
  mark?: { model: string } | null;
}

type WrittenFormat = Exclude<PhotoFormat, "gif">;

interface Task {
  photo: Photo;
  quality: number | undefined;
  /** Whether the pixels go out at 16 bit. */
  wide: boolean;
  exif: Uint8Array | null;
  xmp: string | null;
}

/** Longest side that each format can hold, in pixels. */
const LONGEST_SIDE: Readonly<Partial<Record<WrittenFormat, number>>> = {
  jpeg: 65535,
  webp: 16383,
  avif: 16384,
};

/**
 * Pixels above which encoders' luxuries are left out, for they cost gigabytes at 100 megapixels: JPEG's
 * optimal Huffman tables (3 to 5% smaller, but every coefficient in memory, 6 bytes a pixel), WebP's sharp
 * chroma subsampling, AVIF's full chroma and half of its effort.
 */
const LARGE_PHOTO_PIXELS = 40_000_000;

/** The AV1 encoder takes 22 bytes a pixel at the least: 2.2 GB at 100 megapixels. */
const MOST_AVIF_PIXELS = 64_000_000;

/** PNG's fastest compression: an AVIF's carrier is decoded again at once. */
const CARRIER_COMPRESSION = 0;
const PNG_COMPRESSION = 6;

let srgbProfile: Promise<Buffer> | null = null;

function loadSrgbProfile(): Promise<Buffer> {
  srgbProfile ??= (async () => {
    const pixel = sharp(Buffer.alloc(3), { raw: { width: 1, height: 1, channels: 3 } });
    const png = await pixel.withIccProfile("srgb").png().toBuffer();
    const { icc } = await sharp(png).metadata();
    if (!icc) throw new Error("sharp has no sRGB profile");
    return icc;
  })();
  return srgbProfile;
}

function pipelineOf({ photo, wide, xmp }: Task): Sharp {
  const { width, height, metadata } = photo;
  const narrow = (samples: RgbArray) => (wide ? samples : toEightBit(samples));
  const raw = (channels: 1 | 3) => ({ raw: { width, height, channels }, limitInputPixels: false });
  let pipeline = sharp(narrow(photo.rgb), raw(3));
  if (photo.alpha) {
    // sharp takes typed arrays here as it does everywhere (a Buffer would mean 8 bit); its types do not say.
    pipeline = pipeline.joinChannel(narrow(photo.alpha) as unknown as Buffer, raw(1));
  }
  pipeline = pipeline.toColourspace(wide ? "rgb16" : "srgb");
  if (metadata.icc && !wide) pipeline = pipeline.withIccProfile("srgb");
  if (metadata.density) pipeline = pipeline.withDensity(metadata.density);
  return xmp ? pipeline.withXmp(xmp) : pipeline;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The EXIF block that goes out: of the upright photo, and what a JPEG has room for of one. */
async function outgoingExif({ exif, orientation }: PhotoMetadata, format: WrittenFormat) {
  const upright = exif && uprightExif(exif, orientation);
  return upright && format === "jpeg" ? exifWithin(upright, JPEG_EXIF_LIMIT) : upright;
}

function isLarge({ width, height }: Photo): boolean {
  return width * height > LARGE_PHOTO_PIXELS;
}

/** JPEG has no alpha. (sharp's own `flatten` runs before it joins the alpha channel.) */
function opaque(photo: Photo): Photo {
  if (!photo.alpha) return photo;
  return { ...photo, rgb: overWhite(toEightBit(photo.rgb), toEightBit(photo.alpha)), alpha: null };
}

async function encodeJpeg(task: Task): Promise<Buffer> {
  // Only a file that was itself subsampled is again; gray ones say nothing.
  const chromaSubsampling = task.photo.metadata.chromaSubsampling === "4:2:0" ? "4:2:0" : "4:4:4";
  const optimizeCoding = !isLarge(task.photo);
  const jpeg = await pipelineOf({ ...task, photo: opaque(task.photo) })
    .jpeg({ quality: task.quality ?? 92, chromaSubsampling, optimizeCoding })
    .toBuffer();
  return task.exif ? bufferOf(insertJpegMetadata(jpeg, { exif: task.exif })) : jpeg;
}

async function encodePng(task: Task, compressionLevel: number): Promise<Buffer> {
  // libvips would write XMP as a zTXt chunk, where the XMP specification (part 3) wants iTXt.
  const { exif, xmp } = task;
  const png = await pipelineOf({ ...task, xmp: null })
    .png({ compressionLevel })
    .toBuffer();
  const icc = task.wide && task.photo.metadata.icc ? await loadSrgbProfile() : null;
  return exif || xmp || icc ? bufferOf(await insertPngMetadata(png, { exif, xmp, icc })) : png;
}

async function encodeWebp(task: Task): Promise<Buffer> {
  const { width, height, alpha } = task.photo;
  const webp = await pipelineOf(task)
    .webp({ quality: task.quality ?? 90, smartSubsample: !isLarge(task.photo) })
    .toBuffer();
  if (!task.exif) return webp;
  const size = { width, height, hasAlpha: alpha !== null };
  return bufferOf(insertWebpMetadata(webp, { exif: task.exif }, size));
}

async function encodeAvif(task: Task): Promise<Buffer> {
  const png = await encodePng(task, CARRIER_COMPRESSION);
  const large = isLarge(task.photo);
  return sharp(png, { limitInputPixels: false })
    .keepMetadata()
    .toColourspace(task.wide ? "rgb16" : "srgb")
    .avif({
      quality: task.quality ?? 70,
      chromaSubsampling: large ? "4:2:0" : "4:4:4",
      effort: large ? 2 : 4,
      bitdepth: task.wide ? 10 : 8,
    })
    .toBuffer();
}

async function encodeTiff(task: Task): Promise<Buffer> {
  const tiff = await pipelineOf(task).tiff({ compression: "lzw", predictor: "horizontal" }).toBuffer();
  const icc = task.wide && task.photo.metadata.icc ? await loadSrgbProfile() : null;
  return task.exif || icc ? bufferOf(await insertTiffTags(tiff, { exif: task.exif, icc })) : tiff;
}

function encodeAs(format: WrittenFormat, task: Task): Promise<Buffer> {
  switch (format) {
    case "jpeg":
      return encodeJpeg(task);
    case "png":
      return encodePng(task, PNG_COMPRESSION);
    case "webp":
      return encodeWebp(task);
    case "avif":
      return encodeAvif(task);
    case "tiff":
      return encodeTiff(task);
  }
}

function checkSize({ width, height }: Photo, format: WrittenFormat): void {
  const longest = LONGEST_SIDE[format] ?? Number.POSITIVE_INFINITY;
  let limit: string | null = null;
  if (Math.max(width, height) > longest) limit = `its sides hold at most ${longest} pixels`;
  else if (format === "avif" && width * height > MOST_AVIF_PIXELS) {
    limit = `beyond ${MOST_AVIF_PIXELS / 1e6} megapixels its encoder takes more than 2 GB of memory`;
  }
  if (limit === null) return;
  throw new AutochromeError(`cannot encode ${width}x${height} as ${format}: ${limit}: use png or tiff`, {
    code: "FORMAT_LIMIT",
  });
}

/**
 * Encodes a photo with what its file said about it: EXIF (orientation now 1), XMP and density are kept, and
 * an sRGB profile is embedded if the file carried any. 16-bit photos stay so in PNG and TIFF, become 10 bit
 * in AVIF and 8 bit elsewhere; JPEG, which has no alpha, gets white behind it.
 *
 * @returns the encoded file
 * @throws AutochromeError when the format cannot hold a photo of this size, or encoding fails
 */
export async function encodePhoto(photo: Photo, options: EncodeOptions = {}): Promise<Buffer> {
  const asked = options.format ?? photo.metadata.format;
  const format = asked === "gif" ? "png" : asked;
  const { width, height, metadata } = photo;
  checkSize(photo, format);
  const task: Task = {
    photo,
    quality: options.quality,
    wide: photo.bitDepth === 16 && (format === "png" || format === "tiff" || format === "avif"),
    exif: await outgoingExif(metadata, format),
    xmp: outgoingXmp(metadata.xmp, options.mark ?? null, format === "jpeg" ? JPEG_XMP_LIMIT : undefined),
  };
  try {
    return await encodeAs(format, task);
  } catch (error) {
    const reason = error instanceof Error ? error.message.trim().split("\n")[0] : String(error);
    throw new AutochromeError(`cannot encode ${width}x${height} as ${format}: ${reason}: use png or tiff`, {
      code: "ENCODE",
      cause: error,
    });
  }
}
