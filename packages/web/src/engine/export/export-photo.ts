import {
  coloredName,
  exifWithin,
  type FileMetadata,
  insertJpegMetadata,
  insertPngMetadata,
  insertWebpMetadata,
  JPEG_EXIF_LIMIT,
  JPEG_XMP_LIMIT,
  type MetadataBlocks,
  outgoingXmp,
  readFileMetadata,
  srgbProfile,
  uprightExif,
  type WebpSize,
} from "autochrome/browser";
import { readHeader, type SniffedFormat } from "../photo-header.ts";
import type { ExportedPhoto, ExportOptions } from "../protocol.ts";
import { encodePixels, type FullPhoto, isOpaque, type WrittenFormat } from "./encode.ts";

/** Of what no browser writes, the format that loses least: photos that were lossy stay so. */
function ownFormat(format: SniffedFormat, opaque: boolean): WrittenFormat {
  switch (format) {
    case "jpeg":
    case "png":
    case "webp":
      return format;
    case "avif":
    case "heic":
    case "jxl":
      return opaque ? "jpeg" : "webp";
    default:
      return "png";
  }
}

async function outgoingBlocks(
  metadata: FileMetadata,
  format: WrittenFormat,
  model: string,
): Promise<MetadataBlocks> {
  const { exif, xmp, orientation, density, hasProfile } = metadata;
  const upright = exif && uprightExif(exif, orientation);
  const jpeg = format === "jpeg";
  return {
    exif: upright && jpeg ? await exifWithin(upright, JPEG_EXIF_LIMIT) : upright,
    xmp: outgoingXmp(xmp, { model }, jpeg ? JPEG_XMP_LIMIT : undefined),
    icc: hasProfile ? srgbProfile() : null,
    density,
  };
}

function insert(
  bytes: Uint8Array,
  format: WrittenFormat,
  blocks: MetadataBlocks,
  size: WebpSize,
): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
  if (format === "png") return insertPngMetadata(bytes, blocks);
  return format === "jpeg" ? insertJpegMetadata(bytes, blocks) : insertWebpMetadata(bytes, blocks, size);
}

/**
 * Writes a coloured photo as the command line does: EXIF, XMP and density of its file kept, upright, marked as
 * coloured by AI, named `<stem>.color.<ext>`. Pixels are 8-bit sRGB whatever the file's depth and profile were.
 *
 * @param file the photo as it was opened
 * @param network what coloured it
 * @throws AutochromeError where the browser cannot write a photo of this size
 */
export async function exportPhoto(
  photo: FullPhoto,
  file: File,
  network: { name: string; version: string },
  options: ExportOptions,
): Promise<ExportedPhoto> {
  const original = new Uint8Array(await file.arrayBuffer());
  const metadata = await readFileMetadata(original);
  const opaque = isOpaque(photo);
  const asked = options.format ?? ownFormat(readHeader(original).format, opaque);
  const { bytes, format } = await encodePixels(photo, opaque, asked, options.quality);
  const blocks = await outgoingBlocks(metadata, format, `${network.name} ${network.version}`.trim());
  const written = await insert(bytes, format, blocks, { ...photo, hasAlpha: !opaque });
  return {
    blob: new Blob([written], { type: `image/${format}` }),
    name: coloredName(file.name || "photo", format),
  };
}
