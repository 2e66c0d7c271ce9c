import { open } from "node:fs/promises";
import { EXIF_POINTER, type ReadAt, readTags, writeTags } from "./ifd.ts";

const ORIENTATION = 0x0112;
const COLOUR_SPACE = 0xa001;
const PIXEL_WIDTH = 0xa002;
const PIXEL_HEIGHT = 0xa003;

/**
 * Tags of a TIFF file's main directory that describe the photo rather than its encoding: description,
 * maker, model, software, date, artist, host computer, copyright.
 */
const DESCRIPTIVE_TAGS: ReadonlySet<number> = new Set([
  0x010e, 0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x013c, 0x8298,
]);

/**
 * The EXIF block for the upright photo: orientation 1, colour space sRGB, width and height swapped where it
 * was turned on its side, and the thumbnail, which shows the photo as it was, unlinked. Everything else
 * stays byte for byte.
 *
 * @param exif an EXIF block from its TIFF header on
 * @returns null when the block is malformed
 */
export function uprightExif(exif: Buffer, orientation: number): Buffer | null {
  const out = Buffer.from(exif);
  const order = out.toString("latin1", 0, 2);
  if (order !== "II" && order !== "MM") return null;
  const big = order === "MM";
  const u16 = (at: number) => (big ? out.readUInt16BE(at) : out.readUInt16LE(at));
  const u32 = (at: number) => (big ? out.readUInt32BE(at) : out.readUInt32LE(at));
  const find = (ifd: number, tag: number): number | null => {
    for (let k = 0; k < u16(ifd); k++) if (u16(ifd + 2 + 12 * k) === tag) return ifd + 2 + 12 * k;
    return null;
  };
  try {
    if (u16(2) !== 42) return null;
    const main = u32(4);
    const set = (ifd: number, tag: number, value: number) => {
      const at = find(ifd, tag);
      // A SHORT stands in the first two bytes of the value field in either byte order.
      if (at !== null) big ? out.writeUInt16BE(value, at + 8) : out.writeUInt16LE(value, at + 8);
    };
    set(main, ORIENTATION, 1);
    out.writeUInt32LE(0, main + 2 + 12 * u16(main));
    const exifPointer = find(main, EXIF_POINTER);
    if (exifPointer === null) return out;
    const details = u32(exifPointer + 8);
    set(details, COLOUR_SPACE, 1);
    const width = find(details, PIXEL_WIDTH);
    const height = find(details, PIXEL_HEIGHT);
    if (orientation >= 5 && width !== null && height !== null) {
      // Type, count and value change places; the tags stay.
      const kept = Buffer.from(out.subarray(width + 2, width + 12));
      out.copy(out, width + 2, height + 2, height + 12);
      kept.copy(out, height + 2);
    }
    return out;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Reads from bytes in memory. */
export function readerOf(bytes: Buffer): ReadAt {
  return async (offset, length) => bytes.subarray(offset, offset + length);
}

async function exifOfTiff(read: ReadAt): Promise<Buffer | null> {
  const tags = await readTags(read, (tag) => DESCRIPTIVE_TAGS.has(tag));
  if (!tags || tags.main.length + tags.exif.length + tags.gps.length === 0) return null;
  const header = Buffer.from([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  return Buffer.concat([header, writeTags(tags, 8)]);
}

/** What a TIFF file says in the tags that other formats keep in their EXIF block, as such a block. */
export async function readTiffExif(input: string | Buffer): Promise<Buffer | null> {
  if (typeof input !== "string") return exifOfTiff(readerOf(input));
  const file = await open(input, "r");
  try {
    return await exifOfTiff(async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}
