/** Metadata in WebP files: chunks of the extended format. */
import type { FoundBlocks, MetadataBlocks } from "./blocks.ts";
import { type Bytes, concat, latin1, textAt, viewOf } from "./bytes.ts";
import { exifDensity } from "./exif.ts";

const HEADER_BYTES = 12;
const PROFILE_FLAG = 0x20;
const ALPHA_FLAG = 0x10;
const EXIF_FLAG = 0x08;
const XMP_FLAG = 0x04;

interface Chunk {
  type: string;
  body: Uint8Array;
  /** With header and padding. */
  whole: Uint8Array;
}

/** The chunks of a file, as far as they are whole. */
function* chunksOf(webp: Uint8Array): Generator<Chunk> {
  const view = viewOf(webp);
  for (let at = HEADER_BYTES; at + 8 <= webp.length; ) {
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length;
    if (end > webp.length) return;
    const whole = webp.subarray(at, end + (length % 2));
    yield { type: textAt(webp, at, 4), body: webp.subarray(at + 8, end), whole };
    at += whole.length;
  }
}

/** Some writers put JPEG's name before the block. */
function withoutName(exif: Uint8Array): Uint8Array {
  return textAt(exif, 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif;
}

export function readWebp(webp: Uint8Array): FoundBlocks {
  let exif: Uint8Array | null = null;
  let xmp: Uint8Array | null = null;
  let hasProfile = false;
  for (const { type, body } of chunksOf(webp)) {
    if (type === "EXIF") exif ??= withoutName(body);
    else if (type === "XMP ") xmp ??= body;
    else if (type === "ICCP") hasProfile = true;
  }
  return { exif, xmp, hasProfile, density: exif && exifDensity(exif) };
}

function riffChunk(type: string, body: Uint8Array): Bytes {
  const header = new Uint8Array(8);
  header.set(latin1(type));
  viewOf(header).setUint32(4, body.length, true);
  return concat([header, body, new Uint8Array(body.length % 2)]);
}

export interface WebpSize {
  width: number;
  height: number;
  hasAlpha: boolean;
}

function extendedHeader({ width, height, hasAlpha }: WebpSize): Bytes {
  const body = new Uint8Array(10);
  const view = viewOf(body);
  body[0] = hasAlpha ? ALPHA_FLAG : 0;
  view.setUint16(4, (width - 1) & 0xffff, true);
  body[6] = (width - 1) >> 16;
  view.setUint16(7, (height - 1) & 0xffff, true);
  body[9] = (height - 1) >> 16;
  return riffChunk("VP8X", body);
}

/**
 * Puts metadata into a WebP that an encoder wrote, in place of any of the same kind, with the extended header that it
 * requires. A density has no place in the format but in EXIF.
 */
export function insertWebpMetadata(webp: Uint8Array, blocks: MetadataBlocks, size: WebpSize): Bytes {
  const { exif, xmp, icc } = blocks;
  let header: Bytes | null = null;
  const found = new Map<string, Uint8Array>();
  const pixels: Uint8Array[] = [];
  for (const { type, whole } of chunksOf(webp)) {
    if (type === "VP8X") header = Uint8Array.from(whole);
    else if (type === "ICCP" || type === "EXIF" || type === "XMP ") found.set(type, whole);
    else pixels.push(whole);
  }
  if (icc) found.set("ICCP", riffChunk("ICCP", icc));
  if (exif) found.set("EXIF", riffChunk("EXIF", exif));
  if (xmp) found.set("XMP ", riffChunk("XMP ", new TextEncoder().encode(xmp)));
  header ??= extendedHeader(size);
  if (found.has("ICCP")) header[8] |= PROFILE_FLAG;
  if (found.has("EXIF")) header[8] |= EXIF_FLAG;
  if (found.has("XMP ")) header[8] |= XMP_FLAG;
  // The order that the format wants.
  const parts = [header, found.get("ICCP"), ...pixels, found.get("EXIF"), found.get("XMP ")];
  const body = concat(parts.filter((part) => part !== undefined));
  const riff = Uint8Array.from(webp.subarray(0, HEADER_BYTES));
  viewOf(riff).setUint32(4, 4 + body.length, true);
  return concat([riff, body]);
}
