import { type Bytes, concat, latin1, textAt, viewOf } from "./bytes.ts";
import { EXIF_POINTER, entryBytes, type IfdEntry, type ReadAt, readTags, writeTags } from "./ifd.ts";

const ORIENTATION = 0x0112;
const X_RESOLUTION = 0x011a;
const RESOLUTION_UNIT = 0x0128;
const CENTIMETRES = 3;
const COLOUR_SPACE = 0xa001;
const PIXEL_WIDTH = 0xa002;
const PIXEL_HEIGHT = 0xa003;

/** How the header of a little-endian TIFF file or EXIF block begins whose directory follows at once. */
const LITTLE_ENDIAN_HEADER = latin1("II*\0\x08\0\0\0");

/** That header, the counts and links of three directories, and the pointers to two of them. */
const MOST_FIXED_BYTES = 8 + 3 * 6 + 2 * 12;

/**
 * Tags of a TIFF file's main directory that describe the photo rather than its encoding: description,
 * maker, model, software, date, artist, host computer, copyright.
 */
const DESCRIPTIVE_TAGS: ReadonlySet<number> = new Set([
  0x010e, 0x010f, 0x0110, 0x0131, 0x0132, 0x013b, 0x013c, 0x8298,
]);

interface Directories {
  view: DataView;
  littleEndian: boolean;
  /** Where the main directory begins. */
  main: number;
  /** Where a directory's entry of a tag begins. */
  find(directory: number, tag: number): number | null;
}

/** @throws RangeError where an offset leads outside */
function directoriesOf(exif: Uint8Array): Directories | null {
  const order = textAt(exif, 0, 2);
  if (order !== "II" && order !== "MM") return null;
  const view = viewOf(exif);
  const littleEndian = order === "II";
  if (view.getUint16(2, littleEndian) !== 42) return null;
  const find = (directory: number, tag: number): number | null => {
    const count = view.getUint16(directory, littleEndian);
    for (let at = directory + 2; at < directory + 2 + 12 * count; at += 12) {
      if (view.getUint16(at, littleEndian) === tag) return at;
    }
    return null;
  };
  return { view, littleEndian, main: view.getUint32(4, littleEndian), find };
}

function nullOutside<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function shortOf({ view, littleEndian, main, find }: Directories, tag: number): number | null {
  const at = find(main, tag);
  return at === null ? null : view.getUint16(at + 8, littleEndian);
}

/** Pixels an inch, as an EXIF block gives them; null where it does not. */
export function exifDensity(exif: Uint8Array): number | null {
  return nullOutside(() => {
    const directories = directoriesOf(exif);
    const entry = directories?.find(directories.main, X_RESOLUTION) ?? null;
    if (directories === null || entry === null) return null;
    const { view, littleEndian } = directories;
    const value = view.getUint32(entry + 8, littleEndian);
    const ratio = view.getUint32(value, littleEndian) / view.getUint32(value + 4, littleEndian);
    const density = Math.round(shortOf(directories, RESOLUTION_UNIT) === CENTIMETRES ? ratio * 2.54 : ratio);
    return density > 0 && Number.isFinite(density) ? density : null;
  });
}

/** The orientation, 1 to 8, that an EXIF block gives; 1 where it gives none that is valid. */
export function exifOrientation(exif: Uint8Array): number {
  const orientation = nullOutside(() => {
    const directories = directoriesOf(exif);
    return directories && shortOf(directories, ORIENTATION);
  });
  return orientation !== null && orientation >= 1 && orientation <= 8 ? orientation : 1;
}

/**
 * The EXIF block for the upright photo: orientation 1, colour space sRGB, width and height swapped where it
 * was turned on its side, and the thumbnail, which shows the photo as it was, unlinked. Everything else
 * stays byte for byte.
 *
 * @param exif an EXIF block from its TIFF header on
 * @returns null when the block is malformed
 */
export function uprightExif(exif: Uint8Array, orientation: number): Bytes | null {
  const out = Uint8Array.from(exif);
  return nullOutside(() => {
    const directories = directoriesOf(out);
    if (directories === null) return null;
    const { view, littleEndian, main, find } = directories;
    const set = (directory: number, tag: number, value: number) => {
      const at = find(directory, tag);
      // A SHORT stands in the first two bytes of the value field in either byte order.
      if (at !== null) view.setUint16(at + 8, value, littleEndian);
    };
    set(main, ORIENTATION, 1);
    view.setUint32(main + 2 + 12 * view.getUint16(main, littleEndian), 0, littleEndian);
    const exifPointer = find(main, EXIF_POINTER);
    if (exifPointer === null) return out;
    const details = view.getUint32(exifPointer + 8, littleEndian);
    set(details, COLOUR_SPACE, 1);
    const width = find(details, PIXEL_WIDTH);
    const height = find(details, PIXEL_HEIGHT);
    if (orientation >= 5 && width !== null && height !== null) {
      // Type, count and value change places; the tags stay.
      const kept = out.slice(width + 2, width + 12);
      out.copyWithin(width + 2, height + 2, height + 12);
      out.set(kept, height + 2);
    }
    return out;
  });
}

/** Reads from bytes in memory. */
export function readerOf(bytes: Uint8Array): ReadAt {
  return async (offset, length) => bytes.subarray(offset, offset + length);
}

/** What a TIFF file says in the tags that other formats keep in their EXIF block, as such a block. */
export async function exifOfTiff(read: ReadAt): Promise<Bytes | null> {
  const tags = await readTags(read, (tag) => DESCRIPTIVE_TAGS.has(tag));
  if (!tags || tags.main.length + tags.exif.length + tags.gps.length === 0) return null;
  return concat([LITTLE_ENDIAN_HEADER, writeTags(tags, LITTLE_ENDIAN_HEADER.length)]);
}

/**
 * An EXIF block that is too large for its place, written anew without its largest values: a maker's private
 * notes as a rule. The thumbnail, which stands outside the directories, goes too.
 *
 * @returns the block itself where it fits; null when it is malformed
 */
export async function exifWithin(exif: Uint8Array, limit: number): Promise<Uint8Array | null> {
  if (exif.length <= limit) return exif;
  const tags = await readTags(readerOf(exif), () => true);
  if (tags === null) return null;
  const bySize = [...tags.main, ...tags.exif, ...tags.gps].sort((a, b) => a.data.length - b.data.length);
  const kept = new Set<IfdEntry>();
  let room = limit - MOST_FIXED_BYTES;
  for (const entry of bySize) {
    room -= entryBytes(entry);
    if (room < 0) break;
    kept.add(entry);
  }
  const fitting = (entries: IfdEntry[]) => entries.filter((entry) => kept.has(entry));
  const slim = { main: fitting(tags.main), exif: fitting(tags.exif), gps: fitting(tags.gps) };
  return concat([LITTLE_ENDIAN_HEADER, writeTags(slim, LITTLE_ENDIAN_HEADER.length)]);
}
