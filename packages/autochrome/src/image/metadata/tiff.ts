import type { MetadataBlocks } from "./blocks.ts";
import { concat, textAt, viewOf } from "./bytes.ts";
import { readerOf } from "./exif.ts";
import { readTags, writeTags } from "./ifd.ts";

const TIFF_ICC = 0x8773;
const TIFF_UNDEFINED = 7;

/**
 * Adds the tags of an EXIF block, and a colour profile, to a little-endian TIFF file of one page: a new
 * directory at the file's end takes the old one's place. Other TIFF files are returned as they are.
 */
export async function insertTiffTags(
  tiff: Uint8Array,
  blocks: Pick<MetadataBlocks, "exif" | "icc">,
): Promise<Uint8Array> {
  const own = textAt(tiff, 0, 2) === "II" ? await readTags(readerOf(tiff), () => true) : null;
  if (!own) return tiff;
  const added = blocks.exif ? await readTags(readerOf(blocks.exif), () => true) : null;
  const taken = new Set(own.main.map((entry) => entry.tag));
  const main = [...own.main, ...(added?.main ?? []).filter((entry) => !taken.has(entry.tag))];
  if (blocks.icc) {
    main.push({ tag: TIFF_ICC, type: TIFF_UNDEFINED, count: blocks.icc.length, data: blocks.icc });
  }
  const padding = new Uint8Array(tiff.length % 2);
  const start = tiff.length + padding.length;
  const directory = writeTags({ main, exif: added?.exif ?? [], gps: added?.gps ?? [] }, start);
  const out = concat([tiff, padding, directory]);
  viewOf(out).setUint32(4, start, true);
  return out;
}
