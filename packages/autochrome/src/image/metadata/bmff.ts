/** Metadata in AVIF and HEIC files: items of ISO base media files (ISO/IEC 14496-12 and 23008-12). */
import { type FoundBlocks, NOTHING_FOUND } from "./blocks.ts";
import { concat, textAt, viewOf } from "./bytes.ts";
import { exifDensity } from "./exif.ts";

/** A stretch of the file: of a box, what follows its size and type. */
interface Range {
  start: number;
  end: number;
}

/** More than any metadata takes: a damaged table must not make us copy the whole file. */
const MAX_ITEM_BYTES = 16 << 20;

/** Nor does any file have so many: those of no length, which take no room, would have no end. */
const MAX_EXTENTS = 1 << 16;

/** Version and flags of what is called a full box. */
const VERSION_BYTES = 4;

function* boxesIn(file: Uint8Array, { start, end }: Range): Generator<Range & { type: string }> {
  const view = viewOf(file);
  for (let at = start; at + 8 <= end; ) {
    let [size, header] = [view.getUint32(at), 8];
    if (size === 1) [size, header] = [Number(view.getBigUint64(at + 8)), 16];
    // It reaches to the end.
    if (size === 0) size = end - at;
    if (size < header || at + size > end) return;
    yield { type: textAt(file, at + 4, 4), start: at + header, end: at + size };
    at += size;
  }
}

function boxIn(file: Uint8Array, range: Range | null, type: string, skip = 0): Range | null {
  if (range === null) return null;
  for (const box of boxesIn(file, range))
    if (box.type === type) return { start: box.start + skip, end: box.end };
  return null;
}

/** Reads numbers one after the other; throws a RangeError at the end. */
class Cursor {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = viewOf(bytes);
  }

  /** Of 0, 1, 2, 4 or 8 bytes. */
  next(bytes: number): number {
    let value = 0;
    for (let k = 0; k < bytes; k++) value = value * 256 + this.#view.getUint8(this.#at++);
    return value;
  }
}

/** Items by their numbers: EXIF, and XMP as what its media type says. */
function findItems(file: Uint8Array, meta: Range): Map<number, "exif" | "xmp"> {
  const items = new Map<number, "exif" | "xmp">();
  const list = boxIn(file, meta, "iinf");
  if (list === null) return items;
  const countBytes = file[list.start] === 0 ? 2 : 4;
  for (const { type, start, end } of boxesIn(file, {
    start: list.start + VERSION_BYTES + countBytes,
    end: list.end,
  })) {
    if (type !== "infe") continue;
    const idBytes = file[start] === 3 ? 4 : 2;
    const id = new Cursor(file.subarray(start + VERSION_BYTES, end)).next(idBytes);
    // After the number comes one of protection.
    const at = start + VERSION_BYTES + idBytes + 2;
    const kind = textAt(file, at, 4);
    if (kind === "Exif") items.set(id, "exif");
    // A name, ended by zero, stands before the media type.
    else if (
      kind === "mime" &&
      textAt(file, at, Math.min(1000, end - at)).includes("\0application/rdf+xml\0")
    ) {
      items.set(id, "xmp");
    }
  }
  return items;
}

/** Where items lie: parts of the file, or of the `idat` box. */
function readLocations(file: Uint8Array, meta: Range, wanted: ReadonlySet<number>): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  const table = boxIn(file, meta, "iloc");
  if (table === null) return found;
  const inside = boxIn(file, meta, "idat") ?? { start: 0, end: 0 };
  const version = file[table.start];
  const cursor = new Cursor(file.subarray(table.start + VERSION_BYTES, table.end));
  const sizes = cursor.next(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const numberBytes = version === 2 ? 4 : 2;
  let total = 0;
  let extentsSeen = 0;
  for (let left = cursor.next(numberBytes); left > 0; left--) {
    const id = cursor.next(numberBytes);
    const inIdat = version === 0 ? false : (cursor.next(2) & 15) === 1;
    // In which file: only this one is at hand.
    cursor.next(2);
    const base = cursor.next(baseBytes) + (inIdat ? inside.start : 0);
    const parts: Uint8Array[] = [];
    for (let extents = cursor.next(2); extents > 0; extents--) {
      if (++extentsSeen > MAX_EXTENTS) return found;
      cursor.next(indexBytes);
      const start = base + cursor.next(offsetBytes);
      const length = cursor.next(lengthBytes);
      if (!wanted.has(id)) continue;
      total += length;
      if (total > MAX_ITEM_BYTES) return found;
      parts.push(file.subarray(start, start + length));
    }
    if (wanted.has(id)) found.set(id, concat(parts));
  }
  return found;
}

/** An EXIF item begins with the distance from there to the TIFF header. */
function exifOf(item: Uint8Array): Uint8Array | null {
  return item.length < 8 ? null : item.subarray(4 + viewOf(item).getUint32(0));
}

/**
 * Reads the items of the file's `meta` box. Their EXIF orientation does not count: the format turns pictures by a
 * property of its own, which decoders follow.
 */
export function readBmff(file: Uint8Array): FoundBlocks {
  try {
    const meta = boxIn(file, { start: 0, end: file.length }, "meta", VERSION_BYTES);
    if (meta === null) return NOTHING_FOUND;
    const items = findItems(file, meta);
    const contents = readLocations(file, meta, new Set(items.keys()));
    let { exif, xmp } = NOTHING_FOUND;
    for (const [id, bytes] of contents) {
      if (items.get(id) === "exif") exif ??= exifOf(bytes);
      else xmp ??= bytes;
    }
    const properties = boxIn(file, boxIn(file, meta, "iprp"), "ipco");
    const color = boxIn(file, properties, "colr");
    const hasProfile = color !== null && ["prof", "rICC"].includes(textAt(file, color.start, 4));
    return { exif, xmp, hasProfile, density: exif && exifDensity(exif) };
  } catch (error) {
    // A table that ends early.
    if (error instanceof RangeError) return NOTHING_FOUND;
    throw error;
  }
}
