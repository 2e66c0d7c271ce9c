import { open } from "node:fs/promises";
import sharp, { type Metadata, type SharpOptions } from "sharp";
import { AutochromeError } from "../errors.ts";
import { readError } from "./file-errors.ts";
import type { PhotoFormat } from "./metadata/index.ts";

// The cache is keyed by path: a file replaced between two reads would come back as it was before.
sharp.cache(false);

/**
 * `failOn: "error"` makes a truncated or damaged file throw instead of decoding to half a gray picture;
 * mere warnings, such as stray bytes between JPEG segments, pass. The pixel limit is our own, so that its
 * message can name the remedy.
 */
export const READ_OPTIONS: SharpOptions = { failOn: "error", limitInputPixels: false };

const READABLE = "JPEG, PNG, WebP, AVIF, TIFF or GIF";

/** The name by which an input is called in messages: its path, or what a Buffer is. */
export function nameOf(input: string | Buffer): string {
  return typeof input === "string" ? input : "the image data";
}

/** An input's header, with the format in our terms. */
export interface Header {
  format: PhotoFormat;
  metadata: Metadata;
}

async function checkReadable(path: string): Promise<void> {
  try {
    const file = await open(path, "r");
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
      if (stats.size === 0 && stats.isFile()) throw emptyError(path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw readError(path, error);
  }
}

function emptyError(name: string): AutochromeError {
  return new AutochromeError(`cannot read ${name}: it is empty (0 bytes): copy it again from its source`, {
    code: "EMPTY",
  });
}

/** Turns what sharp threw into an error that tells a damaged photo from a file that is none. */
export function decodeError(name: string, error: unknown): AutochromeError {
  if (error instanceof AutochromeError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const detail = text.trim().split("\n")[0];
  if (/unsupported image format|unknown file type/i.test(text)) return notAnImage(name, error);
  return new AutochromeError(
    `cannot read ${name}: the file is truncated or damaged (${detail}): copy it again from its source`,
    { code: "DAMAGED", cause: error },
  );
}

function notAnImage(name: string, cause?: unknown): AutochromeError {
  return new AutochromeError(
    `cannot read ${name}: not a photo in a format that is read, or too damaged to tell: use ${READABLE}`,
    { code: "NOT_AN_IMAGE", cause },
  );
}

function photoFormat(metadata: Metadata): PhotoFormat | null {
  switch (metadata.format) {
    case "jpeg":
    case "png":
    case "webp":
    case "tiff":
    case "gif":
      return metadata.format;
    case "heif":
      return metadata.compression === "av1" ? "avif" : null;
    default:
      return null;
  }
}

/**
 * Reads the header alone.
 *
 * @throws AutochromeError when the file is missing, unreadable, empty, damaged or not a photo
 */
export async function readHeader(input: string | Buffer): Promise<Header> {
  const name = nameOf(input);
  if (typeof input === "string") await checkReadable(input);
  else if (input.length === 0) throw emptyError(name);
  let metadata: Metadata;
  try {
    metadata = await sharp(input, READ_OPTIONS).metadata();
  } catch (error) {
    throw decodeError(name, error);
  }
  const format = photoFormat(metadata);
  if (format === null) throw notAnImage(name);
  return { format, metadata };
}
