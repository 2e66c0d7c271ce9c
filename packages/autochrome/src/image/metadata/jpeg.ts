/** Metadata in JPEG files: JFIF's density, EXIF, XMP and ICC profiles in application segments. */
import type { FoundBlocks, MetadataBlocks } from "./blocks.ts";
import { type Bytes, concat, latin1, textAt, viewOf } from "./bytes.ts";
import { exifDensity } from "./exif.ts";

const APP0 = 0xe0;
const APP1 = 0xe1;
const APP2 = 0xe2;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

const JFIF_NAME = "JFIF\0";
const EXIF_NAME = "Exif\0\0";
const XMP_NAME = "http://ns.adobe.com/xap/1.0/\0";
const ICC_NAME = "ICC_PROFILE\0";

/** The most that a segment holds, its name included. */
const SEGMENT_BYTES = 65533;

/** The most bytes of EXIF and of XMP that one segment takes. */
export const JPEG_EXIF_LIMIT = SEGMENT_BYTES - EXIF_NAME.length;
export const JPEG_XMP_LIMIT = 65502;

const INCH = 1;
const CENTIMETRE = 2;

interface Segment {
  marker: number;
  /** Without marker and length. */
  body: Uint8Array;
}

/** The segments before the pixels, as far as they are whole. */
function* segmentsOf(jpeg: Uint8Array): Generator<Segment> {
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff; ) {
    const marker = jpeg[at + 1];
    if (marker === 0xff) {
      // Markers may be preceded by any number of such bytes.
      at++;
      continue;
    }
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return;
    const end = at + 2 + ((jpeg[at + 2] << 8) | jpeg[at + 3]);
    if (end < at + 4 || end > jpeg.length) return;
    yield { marker, body: jpeg.subarray(at + 4, end) };
    at = end;
  }
}

function jfifDensity(body: Uint8Array): number | null {
  if (body.length < 12) return null;
  const [unit, across] = [body[7], (body[8] << 8) | body[9]];
  if (across === 0 || (unit !== INCH && unit !== CENTIMETRE)) return null;
  return unit === CENTIMETRE ? Math.round(across * 2.54) : across;
}

/** Reads the segments before the pixels; of several EXIF or XMP segments the first. */
export function readJpeg(jpeg: Uint8Array): FoundBlocks {
  let exif: Uint8Array | null = null;
  let xmp: Uint8Array | null = null;
  let hasProfile = false;
  let density: number | null = null;
  for (const { marker, body } of segmentsOf(jpeg)) {
    const named = (name: string) => textAt(body, 0, name.length) === name;
    if (marker === APP0 && named(JFIF_NAME)) density = jfifDensity(body);
    else if (marker === APP1 && named(EXIF_NAME)) exif ??= body.subarray(EXIF_NAME.length);
    else if (marker === APP1 && named(XMP_NAME)) xmp ??= body.subarray(XMP_NAME.length);
    else if (marker === APP2 && named(ICC_NAME)) hasProfile = true;
  }
  // Cameras mean their EXIF; many leave 72 in the other.
  return { exif, xmp, hasProfile, density: (exif && exifDensity(exif)) ?? density };
}

function segment(marker: number, ...parts: Uint8Array[]): Bytes | null {
  const length = 2 + parts.reduce((sum, part) => sum + part.length, 0);
  if (length > SEGMENT_BYTES + 2) return null;
  return concat([Uint8Array.of(0xff, marker, length >> 8, length & 255), ...parts]);
}

function withDensity(jfif: Uint8Array, density: number): Bytes {
  const out = Uint8Array.from(jfif);
  const view = viewOf(out);
  const level = Math.min(65535, Math.max(1, Math.round(density)));
  out[11] = INCH;
  view.setUint16(12, level);
  view.setUint16(14, level);
  return out;
}

/**
 * Puts metadata into a JPEG that an encoder wrote, in place of any of the same kind. A block too large for one
 * segment ({@link JPEG_EXIF_LIMIT}, {@link JPEG_XMP_LIMIT}) is left out.
 */
export function insertJpegMetadata(jpeg: Uint8Array, blocks: MetadataBlocks): Bytes {
  const { exif, xmp, icc, density } = blocks;
  const added = [
    { name: EXIF_NAME, segment: exif && segment(APP1, latin1(EXIF_NAME), exif) },
    { name: XMP_NAME, segment: xmp && segment(APP1, latin1(XMP_NAME), new TextEncoder().encode(xmp)) },
    { name: ICC_NAME, segment: icc && segment(APP2, latin1(ICC_NAME), Uint8Array.of(1, 1), icc) },
  ].filter((block): block is { name: string; segment: Bytes } => Boolean(block.segment));
  const kept: Uint8Array[] = [];
  let at = 2;
  // The application segments, which come first.
  while (jpeg[at] === 0xff && jpeg[at + 1] >> 4 === 0xe) {
    const end = at + 2 + ((jpeg[at + 2] << 8) | jpeg[at + 3]);
    const from = at;
    if (!added.some(({ name }) => textAt(jpeg, from + 4, name.length) === name)) {
      kept.push(jpeg.subarray(at, end));
    }
    at = end;
  }
  // JFIF insists on being the first of them.
  const jfif = kept[0]?.[1] === APP0 ? 1 : 0;
  if (jfif && density && textAt(kept[0], 4, 5) === JFIF_NAME) kept[0] = withDensity(kept[0], density);
  kept.splice(jfif, 0, ...added.map((block) => block.segment));
  return concat([jpeg.subarray(0, 2), ...kept, jpeg.subarray(at)]);
}
