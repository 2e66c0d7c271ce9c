/**
 * Image file directories: the tag tables of TIFF files and of EXIF blocks (TIFF 6.0, section 2), as far as
 * moving descriptive tags from one to the other needs.
 */
import { type Bytes, concat, textAt, viewOf } from "./bytes.ts";

/** One tag; `data` holds its values little endian, whatever the file's byte order. */
export interface IfdEntry {
  tag: number;
  type: number;
  count: number;
  data: Uint8Array;
}

/** The directories that describe a photo: the main one and the two that it points to. */
export interface TagTree {
  main: IfdEntry[];
  exif: IfdEntry[];
  gps: IfdEntry[];
}

/** Reads `length` bytes at `offset`; fewer at the end of the file. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

export const EXIF_POINTER = 0x8769;
export const GPS_POINTER = 0x8825;
const INTEROPERABILITY_POINTER = 0xa005;

/** Bytes of one value, and of the unit whose byte order matters, by type number 1..13. */
const VALUE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const ORDER_BYTES = [0, 1, 1, 2, 4, 4, 1, 1, 2, 4, 4, 4, 8, 4];

/** No descriptive tag is this large; a damaged count must not make us read the whole file. */
const MAX_VALUE_BYTES = 8 << 20;

/** Nor has a directory so many tags, or so much in all of them: only a file made to do harm. */
const MAX_ENTRIES = 4096;
const MAX_DIRECTORY_BYTES = 32 << 20;

function toLittleEndian(data: Uint8Array, type: number): Bytes {
  const copy = Uint8Array.from(data);
  const unit = ORDER_BYTES[type];
  if (unit > 1) for (let at = 0; at + unit <= copy.length; at += unit) copy.subarray(at, at + unit).reverse();
  return copy;
}

async function readIfd(
  read: ReadAt,
  offset: number,
  bigEndian: boolean,
  wanted: (tag: number) => boolean,
): Promise<IfdEntry[]> {
  const count = viewOf(await read(offset, 2)).getUint16(0, !bigEndian);
  const table = await read(offset + 2, 12 * Math.min(count, MAX_ENTRIES));
  const view = viewOf(table);
  const entries: IfdEntry[] = [];
  let total = 0;
  for (let at = 0; at + 12 <= table.length; at += 12) {
    const tag = view.getUint16(at, !bigEndian);
    const type = view.getUint16(at + 2, !bigEndian);
    const count = view.getUint32(at + 4, !bigEndian);
    const bytes = (VALUE_BYTES[type] ?? 0) * count;
    if (!wanted(tag) || bytes === 0 || bytes > MAX_VALUE_BYTES || total + bytes > MAX_DIRECTORY_BYTES)
      continue;
    const raw =
      bytes <= 4
        ? table.subarray(at + 8, at + 8 + bytes)
        : await read(view.getUint32(at + 8, !bigEndian), bytes);
    if (raw.length < bytes) continue;
    total += bytes;
    entries.push({ tag, type, count, data: bigEndian ? toLittleEndian(raw, type) : Uint8Array.from(raw) });
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
  const order = textAt(header, 0, 2);
  const bigEndian = order === "MM";
  if (header.length < 8 || (!bigEndian && order !== "II")) return null;
  const view = viewOf(header);
  if (view.getUint16(2, !bigEndian) !== 42) return null;
  const isPointer = (tag: number) => tag === EXIF_POINTER || tag === GPS_POINTER;
  try {
    const start = view.getUint32(4, !bigEndian);
    const all = await readIfd(read, start, bigEndian, (tag) => wanted(tag) || isPointer(tag));
    const follow = async (pointer: number): Promise<IfdEntry[]> => {
      const entry = all.find((candidate) => candidate.tag === pointer);
      if (entry?.data.length !== 4) return [];
      const target = viewOf(entry.data).getUint32(0, true);
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

/** What an entry takes of a written directory: its place in the table, and its values where they are outside. */
export function entryBytes({ data }: IfdEntry): number {
  return 12 + (data.length > 4 ? padded(data.length) : 0);
}

function ifdBytes(entries: IfdEntry[]): number {
  return 2 + 4 + entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
}

function writeIfd(entries: IfdEntry[], start: number): Bytes {
  const sorted = [...entries].sort((a, b) => a.tag - b.tag);
  const out = new Uint8Array(ifdBytes(sorted));
  const view = viewOf(out);
  let outside = 2 + 12 * sorted.length + 4;
  view.setUint16(0, sorted.length, true);
  sorted.forEach(({ tag, type, count, data }, k) => {
    const at = 2 + 12 * k;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, count, true);
    if (data.length <= 4) {
      out.set(data, at + 8);
    } else {
      view.setUint32(at + 8, start + outside, true);
      out.set(data, outside);
      outside += padded(data.length);
    }
  });
  return out;
}

/** A tag of one LONG. */
export function longEntry(tag: number, value: number): IfdEntry {
  const data = new Uint8Array(4);
  viewOf(data).setUint32(0, value, true);
  return { tag, type: 4, count: 1, data };
}

/** Little-endian bytes of the directories, to stand at the even offset `start` of a file. */
export function writeTags(tree: TagTree, start: number): Bytes {
  const main = [...tree.main];
  const pointed = [
    { pointer: longEntry(EXIF_POINTER, 0), entries: tree.exif },
    { pointer: longEntry(GPS_POINTER, 0), entries: tree.gps },
  ].filter(({ entries }) => entries.length > 0);
  main.push(...pointed.map(({ pointer }) => pointer));
  let at = start + ifdBytes(main);
  const parts: Bytes[] = [];
  for (const { pointer, entries } of pointed) {
    viewOf(pointer.data).setUint32(0, at, true);
    parts.push(writeIfd(entries, at));
    at += ifdBytes(entries);
  }
  return concat([writeIfd(main, start), ...parts]);
}
