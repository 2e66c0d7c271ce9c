import type { PhotoFormat } from "./protocol.ts";

/** What a file is, by its first bytes; the formats of {@link PhotoFormat} are those that browsers decode. */
export type SniffedFormat = PhotoFormat | "tiff" | "jp2" | "psd" | "svg" | "pdf" | null;

export interface PhotoHeader {
  format: SniffedFormat;
  /** As stored, before any orientation; null where the header does not tell in the bytes given. */
  size: { width: number; height: number } | null;
}

/** Bytes of a file's beginning that {@link readHeader} wants: a JPEG's size follows its metadata and thumbnail. */
export const HEADER_BYTES = 1 << 20;

const HEIC_BRANDS = ["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"];
const AVIF_BRANDS = ["avif", "avis"];

/**
 * Recognises a photo by its content and reads its size.
 *
 * @param bytes the file's beginning
 */
export function readHeader(bytes: Uint8Array): PhotoHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = sniff(bytes);
  return { format, size: readSize(format, view) };
}

function sniff(bytes: Uint8Array): SniffedFormat {
  const starts = (text: string, at = 0) => ascii(bytes, at, text.length) === text;
  if (starts("\xff\xd8\xff")) return "jpeg";
  if (starts("\x89PNG\r\n\x1a\n")) return "png";
  if (starts("RIFF") && starts("WEBP", 8)) return "webp";
  if (starts("GIF87a") || starts("GIF89a")) return "gif";
  if (starts("BM")) return "bmp";
  if (["II*\0", "MM\0*", "II+\0", "MM\0+"].some((mark) => starts(mark))) return "tiff";
  if (starts("ftyp", 4)) return ofBrands(bytes);
  if (starts("\xff\x0a") || starts("\0\0\0\x0cJXL ")) return "jxl";
  if (starts("\0\0\0\x0cjP  ")) return "jp2";
  if (starts("8BPS")) return "psd";
  if (starts("%PDF")) return "pdf";
  const start = ascii(bytes, 0, 1024);
  return /^\s*<(\?xml|!--|!DOCTYPE svg|svg)[\s>]/.test(start) && start.includes("<svg") ? "svg" : null;
}

/** Of an ISO base media file: its major brand, or else the compatible ones. */
function ofBrands(bytes: Uint8Array): SniffedFormat {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const brands = [ascii(bytes, 8, 4)];
  for (let at = 16; at + 4 <= Math.min(length, bytes.length); at += 4) brands.push(ascii(bytes, at, 4));
  if (brands.some((brand) => AVIF_BRANDS.includes(brand))) return "avif";
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? "heic" : null;
}

function ascii(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function readSize(format: SniffedFormat, view: DataView): PhotoHeader["size"] {
  try {
    if (format === "png") return { width: view.getUint32(16), height: view.getUint32(20) };
    if (format === "gif") return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (format === "bmp") return bmpSize(view);
    if (format === "jpeg") return jpegSize(view);
    if (format === "webp") return webpSize(view);
    if (format === "avif") return avifSize(view);
  } catch (error) {
    // The bytes end before the size.
    if (!(error instanceof RangeError)) throw error;
  }
  return null;
}

function bmpSize(view: DataView): PhotoHeader["size"] {
  if (view.getUint32(14, true) === 12) {
    return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  // Rows from the top down have a negative height.
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

/** From the frame header (SOF0 to SOF15, less the three of these codes that mean something else). */
function jpegSize(view: DataView): PhotoHeader["size"] {
  let at = 2;
  for (;;) {
    while (view.getUint8(at) !== 0xff) at++;
    while (view.getUint8(at) === 0xff) at++;
    const marker = view.getUint8(at++);
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return { width: view.getUint16(at + 5), height: view.getUint16(at + 3) };
    }
    const alone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd9);
    if (!alone) at += view.getUint16(at);
  }
}

function webpSize(view: DataView): PhotoHeader["size"] {
  const kind = String.fromCharCode(
    view.getUint8(12),
    view.getUint8(13),
    view.getUint8(14),
    view.getUint8(15),
  );
  if (kind === "VP8X") {
    const at = (offset: number) => view.getUint16(offset, true) + (view.getUint8(offset + 2) << 16) + 1;
    return { width: at(24), height: at(27) };
  }
  if (kind === "VP8L") {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (kind !== "VP8 ") return null;
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** The largest of the file's images: the others are its tiles, thumbnails and alpha. */
function avifSize(view: DataView): PhotoHeader["size"] {
  let size: PhotoHeader["size"] = null;
  const end = Math.min(view.byteLength, 1 << 16) - 16;
  for (let at = 4; at <= end; at++) {
    if (view.getUint32(at) !== 0x69737065) continue; // "ispe"
    const found = { width: view.getUint32(at + 8), height: view.getUint32(at + 12) };
    if (size === null || found.width * found.height > size.width * size.height) size = found;
  }
  return size;
}
