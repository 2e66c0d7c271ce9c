/**
 * Metadata blocks put into encoded files. sharp writes EXIF only for images that it read itself, and tags
 * 16-bit pixels as Display P3, so these blocks are inserted into its output.
 */
import { crc32, deflateSync } from "node:zlib";
import { readerOf } from "./exif.ts";
import { readTags, writeTags } from "./ifd.ts";

const JPEG_SEGMENT_LIMIT = 65533;

const EXIF_NAME = Buffer.from("Exif\0\0", "latin1");

/** Puts an EXIF segment into a JPEG in place of any it has; a block too large for one (64 KiB) is left out. */
export function insertJpegExif(jpeg: Buffer, exif: Buffer): Buffer {
  const length = 2 + EXIF_NAME.length + exif.length;
  if (length > JPEG_SEGMENT_LIMIT) return jpeg;
  const header = Buffer.alloc(4);
  header.writeUInt16BE(0xffe1, 0);
  header.writeUInt16BE(length, 2);
  const segments: Buffer[] = [];
  let at = 2;
  // The application segments, which come first.
  while (jpeg[at] === 0xff && jpeg[at + 1] >> 4 === 0xe) {
    const end = at + 2 + jpeg.readUInt16BE(at + 2);
    if (!jpeg.subarray(at + 4, at + 10).equals(EXIF_NAME)) segments.push(jpeg.subarray(at, end));
    at = end;
  }
  // JFIF insists on being the first of them.
  const jfif = segments[0]?.[1] === 0xe0 ? 1 : 0;
  segments.splice(jfif, 0, header, EXIF_NAME, exif);
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(at)]);
}

function pngChunk(type: string, body: Buffer): Buffer {
  const chunk = Buffer.alloc(body.length + 12);
  chunk.writeUInt32BE(body.length, 0);
  chunk.write(type, 4, "latin1");
  body.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + body.length)), 8 + body.length);
  return chunk;
}

/** Puts eXIf and iCCP chunks right after a PNG's header, in place of any that stand before its pixels. */
export function insertPngChunks(png: Buffer, blocks: { exif: Buffer | null; icc: Buffer | null }): Buffer {
  const afterHeader = 8 + 25;
  const chunks: Buffer[] = [];
  if (blocks.icc) {
    const name = Buffer.from("sRGB\0\0", "latin1");
    chunks.push(pngChunk("iCCP", Buffer.concat([name, deflateSync(blocks.icc)])));
  }
  if (blocks.exif) chunks.push(pngChunk("eXIf", blocks.exif));
  const replaced = new Set(chunks.map((chunk) => chunk.toString("latin1", 4, 8)));
  let at = afterHeader;
  while (at + 12 <= png.length) {
    const end = at + 12 + png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    if (type === "IDAT") break;
    if (!replaced.has(type)) chunks.push(png.subarray(at, end));
    at = end;
  }
  return Buffer.concat([png.subarray(0, afterHeader), ...chunks, png.subarray(at)]);
}

function riffChunk(type: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, 0, "latin1");
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}

const WEBP_EXIF_FLAG = 0x08;
const WEBP_ALPHA_FLAG = 0x10;

function extendedHeader(size: { width: number; height: number; hasAlpha: boolean }): Buffer {
  const body = Buffer.alloc(10);
  body[0] = size.hasAlpha ? WEBP_ALPHA_FLAG : 0;
  body.writeUIntLE(size.width - 1, 4, 3);
  body.writeUIntLE(size.height - 1, 7, 3);
  return riffChunk("VP8X", body);
}

/** Puts an EXIF chunk into a WebP in place of any it has, with the extended header that it requires. */
export function insertWebpExif(
  webp: Buffer,
  exif: Buffer,
  size: { width: number; height: number; hasAlpha: boolean },
): Buffer {
  let header: Buffer | null = null;
  const pixels: Buffer[] = [];
  const xmp: Buffer[] = [];
  for (let at = 12; at + 8 <= webp.length; ) {
    const type = webp.toString("latin1", at, at + 4);
    const length = webp.readUInt32LE(at + 4);
    const chunk = webp.subarray(at, at + 8 + length + (length % 2));
    if (type === "VP8X") header = Buffer.from(chunk);
    else if (type === "XMP ") xmp.push(chunk);
    else if (type !== "EXIF") pixels.push(chunk);
    at += chunk.length;
  }
  header ??= extendedHeader(size);
  header[8] |= WEBP_EXIF_FLAG;
  // The format wants EXIF after the pixels and before XMP.
  const body = [header, ...pixels, riffChunk("EXIF", exif), ...xmp];
  const riff = Buffer.from(webp.subarray(0, 12));
  riff.writeUInt32LE(4 + body.reduce((sum, part) => sum + part.length, 0), 4);
  return Buffer.concat([riff, ...body]);
}

const TIFF_ICC = 0x8773;
const TIFF_UNDEFINED = 7;

/**
 * Adds the tags of an EXIF block, and a colour profile, to a little-endian TIFF file of one page: a new
 * directory at the file's end takes the old one's place. Other TIFF files are returned as they are.
 */
export async function insertTiffTags(
  tiff: Buffer,
  blocks: { exif: Buffer | null; icc: Buffer | null },
): Promise<Buffer> {
  const own = tiff.toString("latin1", 0, 2) === "II" ? await readTags(readerOf(tiff), () => true) : null;
  if (!own) return tiff;
  const added = blocks.exif ? await readTags(readerOf(blocks.exif), () => true) : null;
  const taken = new Set(own.main.map((entry) => entry.tag));
  const main = [...own.main, ...(added?.main ?? []).filter((entry) => !taken.has(entry.tag))];
  if (blocks.icc) {
    main.push({ tag: TIFF_ICC, type: TIFF_UNDEFINED, count: blocks.icc.length, data: blocks.icc });
  }
  const padding = Buffer.alloc(tiff.length % 2);
  const start = tiff.length + padding.length;
  const directory = writeTags({ main, exif: added?.exif ?? [], gps: added?.gps ?? [] }, start);
  const out = Buffer.concat([tiff, padding, directory]);
  out.writeUInt32LE(start, 4);
  return out;
}
