/**
 * Image file directories: the tag tables of TIFF files and of EXIF blocks (TIFF 6.0, section 2), as far as
 * moving descriptive tags from one to the other needs.
 */

/** One tag; `data` holds its values little endian, whatever the file's byte order. */
export interface IfdEntry {
  tag: number;
  type: number;
  count: number;
  data: Buffer;
}

/** The directories that describe a photo: the main one and the two that it points to. */
export interface TagTree {
  main: IfdEntry[];
  exif: IfdEntry[];
  gps: IfdEntry[];
}

/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

export const EXIF_POINTER = 0x8769;
export const GPS_POINTER = 0x8825;
const INTEROPERABILITY_POINTER = 0xa005;

/** Bytes of one value, and of the unit whose byte order matters, by type number 1..13. */
const VALUE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const ORDER_BYTES = [0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8, 4];

/** No descriptive tag is this large; a damaged count must not make us read the whole file. */
const MAX_VALUE_BYTES = 8 << 20;

function toLittleEndian(data: Buffer, type: number): Buffer {
  const copy = Buffer.from(data);
  if (ORDER_BYTES[type] === 2) copy.swap16();
  else if (ORDER_BYTES[type] === 4) copy.swap32();
  else if (ORDER_BYTES[type] === 8) copy.swap64();
  return copy;
}

async function readIfd(
  read: ReadAt,
  offset: number,
  bigEndian: boolean,
  wanted: (tag: number) => boolean,
): Promise<IfdEntry[]> {
  const u16 = (bytes: Buffer, at: number) => (bigEndian ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at));
  const u32 = (bytes: Buffer, at: number) => (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at));
  const table = await read(offset + 2, 12 * u16(await read(offset, 2), 0));
  const entries: IfdEntry[] = [];
  for (let at = 0; at + 12 <= table.length; at += 12) {
    const tag = u16(table, at);
    const type = u16(table, at + 2);
    const count = u32(table, at + 4);
    const bytes = (VALUE_BYTES[type] ?? 0) * count;
    if (!wanted(tag) || bytes === 0 || bytes > MAX_VALUE_BYTES) continue;
    const raw = bytes <= 4 ? table.subarray(at + 8, at + 8 + bytes) : await read(u32(table, at + 8), bytes);
    if (raw.length < bytes) continue;
    entries.push({ tag, type, count, data: bigEndian ? toLittleEndian(raw, type) : Buffer.from(raw) });
  }
  return entries;
}

/**
 * Reads the directories of a TIFF file or an EXIF block, without the pointers between them.
 *
 * @param wanted which tags of the main directory to read
 * @returns null when the bytes are neither (or are BigTIFF)
 */
export async function readTags(read: ReadAt, wanted: (tag: number) => boolean): Promise<TagTree | null> {
  const header = await read(0, 8);
  const order = header.toString("latin1", 0, 2);
  const bigEndian = order === "MM";
  if (header.length < 8 || (!bigEndian && order !== "II")) return null;
  if ((bigEndian ? header.readUInt16BE(2) : header.readUInt16LE(2)) !== 42) return null;
  const isPointer = (tag: number) => tag === EXIF_POINTER || tag === GPS_POINTER;
  try {
    const start = bigEndian ? header.readUInt32BE(4) : header.readUInt32LE(4);
    const all = await readIfd(read, start, bigEndian, (tag) => wanted(tag) || isPointer(tag));
    const follow = async (pointer: number): Promise<IfdEntry[]> => {
      const entry = all.find((candidate) => candidate.tag === pointer);
      if (entry?.data.length !== 4) return [];
      const target = entry.data.readUInt32LE(0);
      return readIfd(read, target, bigEndian, (tag) => tag !== INTEROPERABILITY_POINTER);
    };
    return {
      main: all.filter((entry) => !isPointer(entry.tag)),
      exif: await follow(EXIF_POINTER),
      gps: await follow(GPS_POINTER),
    };
  } catch (error) {
    // An offset outside the file: descriptive tags are not worth losing the photo over.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function padded(bytes: number): number {
  return bytes + (bytes % 2);
}

function ifdBytes(entries: IfdEntry[]): number {
  const outside = entries.map(({ data }) => (data.length > 4 ? padded(data.length) : 0));
  return 2 + 12 * entries.length + 4 + outside.reduce((sum, bytes) => sum + bytes, 0);
}

function writeIfd(entries: IfdEntry[], start: number): Buffer {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const out = Buffer.alloc(ifdBytes(sorted));
  let outside = 2 + 12 * sorted.length + 4;
  out.writeUInt16LE(sorted.length, 0);
  sorted.forEach(({ tag, type, count, data }, k) => {
    const at = 2 + 12 * k;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    out.writeUInt32LE(count, at + 4);
    if (data.length <= 4) {
      data.copy(out, at + 8);
    } else {
      out.writeUInt32LE(start + outside, at + 8);
      data.copy(out, outside);
      outside += padded(data.length);
    }
  });
  return out;
}

function pointer(tag: number, target: number): IfdEntry {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(target, 0);
  return { tag, type: 4, count: 1, data };
}

/** Little-endian bytes of the directories, to stand at the even offset `start` of a file. */
export function writeTags(tree: TagTree, start: number): Buffer {
  const main = [...tree.main];
  const exif = tree.exif.length > 0 ? pointer(EXIF_POINTER, 0) : null;
  const gps = tree.gps.length > 0 ? pointer(GPS_POINTER, 0) : null;
  if (exif) main.push(exif);
  if (gps) main.push(gps);
  const exifStart = start + ifdBytes(main);
  const gpsStart = exifStart + (exif ? ifdBytes(tree.exif) : 0);
  exif?.data.writeUInt32LE(exifStart, 0);
  gps?.data.writeUInt32LE(gpsStart, 0);
  const parts = [writeIfd(main, start)];
  if (exif) parts.push(writeIfd(tree.exif, exifStart));
  if (gps) parts.push(writeIfd(tree.gps, gpsStart));
  return Buffer.concat(parts);
}
