import { type FileMetadata, type FoundBlocks, NOTHING_FOUND } from "./blocks.ts";
import { readBmff } from "./bmff.ts";
import { textAt } from "./bytes.ts";
import { exifOrientation } from "./exif.ts";
import type { PhotoFormat } from "./formats.ts";
import { readJpeg } from "./jpeg.ts";
import { readPng } from "./png.ts";
import { readWebp } from "./webp.ts";

/** The format of a file, by its first bytes; null: none that is known. */
export function sniffFormat(file: Uint8Array): PhotoFormat | null {
  const start = textAt(file, 0, 12);
  if (start.startsWith("\xff\xd8\xff")) return "jpeg";
  if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
  if (/^RIFF....WEBP/s.test(start)) return "webp";
  if (/^GIF8[79]a/.test(start)) return "gif";
  if (/^(II[*+]\0|MM\0[*+])/.test(start)) return "tiff";
  if (/^....ftypavi[fs]/s.test(start)) return "avif";
  return null;
}

/** AVIF, HEIC and their like. */
function isBmff(file: Uint8Array): boolean {
  return textAt(file, 4, 4) === "ftyp";
}

async function findBlocks(format: PhotoFormat | null, file: Uint8Array): Promise<FoundBlocks> {
  switch (format) {
    case "jpeg":
      return readJpeg(file);
    case "png":
      return readPng(file);
    case "webp":
      return readWebp(file);
    default:
      return isBmff(file) ? readBmff(file) : NOTHING_FOUND;
  }
}

/**
 * What a file says about its photo. Of JPEG, PNG, WebP, AVIF and HEIC; of other formats only which one it is.
 * Truncated and damaged files give what is whole before the damage; whatever follows a JPEG's end, such as a phone's film of the
 * moment, is not looked at.
 */
export async function readFileMetadata(file: Uint8Array): Promise<FileMetadata> {
  const format = sniffFormat(file);
  const found = await findBlocks(format, file);
  const orientation = found.exif && !isBmff(file) ? exifOrientation(found.exif) : 1;
  return { format, orientation, ...found };
}
