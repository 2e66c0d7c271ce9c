/** Metadata in PNG files: eXIf, iCCP, pHYs, and XMP in an international text chunk. */
import type { FoundBlocks, MetadataBlocks } from "./blocks.ts";
import { type Bytes, concat, latin1, textAt, viewOf } from "./bytes.ts";
import { crc32 } from "./crc32.ts";
import { deflate, inflate } from "./deflate.ts";
import { exifDensity } from "./exif.ts";

const SIGNATURE = latin1("\x89PNG\r\n\x1a\n");
const SIGNATURE_BYTES = SIGNATURE.length;
const HEADER_CHUNK_BYTES = 25;
const INCHES_PER_METRE = 1 / 0.0254;
const METRES = 1;

/** Pixels a metre that libvips writes where it knows none. */
const LIBVIPS_UNKNOWN = 1000;

const XMP_KEYWORD = "XML:com.adobe.xmp\0";

/** Text of an iTXt chunk without compression, language or translation. */
const XMP_PREFIX = latin1(`${XMP_KEYWORD}\0\0\0\0`);

interface Chunk {
  type: string;
  body: Uint8Array;
}

/** The chunks of a file, as far as they are whole. */
function* chunksOf(png: Uint8Array): Generator<Chunk> {
  const view = viewOf(png);
  for (let at = SIGNATURE_BYTES; at + 12 <= png.length; ) {
    const end = at + 12 + view.getUint32(at);
    const type = textAt(png, at + 4, 4);
    if (end > png.length || type === "IEND") return;
    yield { type, body: png.subarray(at + 8, end - 4) };
    at = end;
  }
}

function densityOf(body: Uint8Array): number | null {
  if (body.length < 9 || body[8] !== METRES) return null;
  const perMetre = viewOf(body).getUint32(0);
  return perMetre > LIBVIPS_UNKNOWN ? Math.round(perMetre / INCHES_PER_METRE) : null;
}

const XMP_CHUNKS: ReadonlySet<string> = new Set(["iTXt", "zTXt"]);

/** The packet in an iTXt chunk, after the keyword: flag, method, language, translated keyword, text. */
async function xmpOf(type: string, body: Uint8Array): Promise<Uint8Array | null> {
  // libvips's, against the specification: after the keyword the method, then the text.
  if (type === "zTXt") return inflate(body.subarray(XMP_KEYWORD.length + 1));
  const languageEnd = body.indexOf(0, XMP_KEYWORD.length + 2);
  const start = languageEnd < 0 ? -1 : body.indexOf(0, languageEnd + 1);
  if (start < 0) return null;
  const text = body.subarray(start + 1);
  return body[XMP_KEYWORD.length] === 0 ? text : inflate(text);
}

export async function readPng(png: Uint8Array): Promise<FoundBlocks> {
  let exif: Uint8Array | null = null;
  let packet: Promise<Uint8Array | null> | null = null;
  let hasProfile = false;
  let density: number | null = null;
  for (const { type, body } of chunksOf(png)) {
    if (type === "eXIf") exif ??= body;
    else if (type === "iCCP") hasProfile = true;
    else if (type === "pHYs") density = densityOf(body);
    else if (XMP_CHUNKS.has(type) && textAt(body, 0, XMP_KEYWORD.length) === XMP_KEYWORD) {
      packet ??= xmpOf(type, body);
    }
  }
  return { exif, xmp: await packet, hasProfile, density: (exif && exifDensity(exif)) ?? density };
}

function chunk(type: string, body: Uint8Array): Bytes {
  const out = new Uint8Array(body.length + 12);
  const view = viewOf(out);
  view.setUint32(0, body.length);
  out.set(latin1(type), 4);
  out.set(body, 8);
  view.setUint32(8 + body.length, crc32(out.subarray(4, 8 + body.length)));
  return out;
}

const TRUECOLOUR = 2;
const TRUECOLOUR_WITH_ALPHA = 6;

/**
 * A PNG file of 8-bit colour.
 *
 * @param compressed its filtered rows, compressed by zlib
 */
export function pngOf(
  { width, height, hasAlpha }: { width: number; height: number; hasAlpha: boolean },
  compressed: Uint8Array,
): Bytes {
  const header = new Uint8Array(13);
  viewOf(header).setUint32(0, width);
  viewOf(header).setUint32(4, height);
  header.set([8, hasAlpha ? TRUECOLOUR_WITH_ALPHA : TRUECOLOUR], 8);
  const end = chunk("IEND", new Uint8Array(0));
  return concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", compressed), end]);
}

function densityChunk(density: number): Bytes {
  const body = new Uint8Array(9);
  const perMetre = Math.round(density * INCHES_PER_METRE);
  viewOf(body).setUint32(0, perMetre);
  viewOf(body).setUint32(4, perMetre);
  body[8] = METRES;
  return chunk("pHYs", body);
}

/**
 * Puts metadata right after the header of a PNG that an encoder wrote, in place of any of the same kind that stands
 * before its pixels.
 */
export async function insertPngMetadata(png: Uint8Array, blocks: MetadataBlocks): Promise<Bytes> {
  const { exif, xmp, icc, density } = blocks;
  const afterHeader = SIGNATURE_BYTES + HEADER_CHUNK_BYTES;
  const added: Bytes[] = [];
  if (icc) added.push(chunk("iCCP", concat([latin1("sRGB\0\0"), await deflate(icc)])));
  if (exif) added.push(chunk("eXIf", exif));
  if (xmp) added.push(chunk("iTXt", concat([XMP_PREFIX, new TextEncoder().encode(xmp)])));
  if (density) added.push(densityChunk(density));
  const replaced = new Set(added.map((bytes) => textAt(bytes, 4, 4)));
  // The specification wants one or the other.
  if (icc) replaced.add("sRGB");
  const view = viewOf(png);
  const kept: Uint8Array[] = [];
  let at = afterHeader;
  while (at + 12 <= png.length) {
    const end = at + 12 + view.getUint32(at);
    const type = textAt(png, at + 4, 4);
    if (type === "IDAT") break;
    if (!replaced.has(type)) kept.push(png.subarray(at, end));
    at = end;
  }
  return concat([png.subarray(0, afterHeader), ...added, ...kept, png.subarray(at)]);
}
