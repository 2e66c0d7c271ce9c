/** Small files of each format, put together by hand, for the tests of this folder. */
import { crc32 } from "node:zlib";

function ascii(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** A JPEG marker segment. */
export function segment(marker: number, ...parts: (string | Uint8Array)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? ascii(part) : part)));
  const header = Buffer.from([0xff, marker, 0, 0]);
  header.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([header, body]);
}

/** JFIF's own segment; `unit` 1 is an inch, 2 a centimetre. */
export function jfif(unit = 0, density = 1): Buffer {
  return segment(
    0xe0,
    "JFIF\0",
    Buffer.from([1, 1, unit, density >> 8, density & 255, density >> 8, density & 255, 0, 0]),
  );
}

/** A JPEG of the segments given, then a frame header, a scan and the end. */
export function jpegOf(...segments: Uint8Array[]): Buffer {
  const frame = segment(0xc0, Buffer.from([8, 0, 4, 0, 6, 1, 1, 0x11, 0]));
  const scan = Buffer.concat([
    segment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from([1, 2, 0xff, 0, 3]),
  ]);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments, frame, scan, Buffer.from([0xff, 0xd9])]);
}

export function chunk(type: string, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const typed = Buffer.concat([ascii(type), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
}

/** A PNG of a header, the chunks given, pixels (of no use), and the end. */
export function pngOf(...chunks: Uint8Array[]): Buffer {
  const header = chunk("IHDR", Buffer.from([0, 0, 0, 6, 0, 0, 0, 4, 8, 2, 0, 0, 0]));
  const pixels = [chunk("IDAT", ascii("pixels")), chunk("IEND")];
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), header, ...chunks, ...pixels]);
}

export function riff(type: string, body: Uint8Array): Buffer {
  const header = Buffer.concat([ascii(type), Buffer.alloc(4)]);
  header.writeUInt32LE(body.length, 4);
  return Buffer.concat([header, body, Buffer.alloc(body.length % 2)]);
}

export function webpOf(...chunks: Uint8Array[]): Buffer {
  return riff("RIFF", Buffer.concat([ascii("WEBP"), ...chunks]));
}

/** Pixels of a simple WebP: lossy, 6x4; the encoded part is of no use. */
export const VP8 = riff("VP8 ", Buffer.from([0x30, 1, 0, 0x9d, 1, 0x2a, 6, 0, 4, 0, 7]));

/** A big-endian EXIF block: orientation 6, next directory at 99, and nothing else. */
export function bigEndianExif(): Buffer {
  const block = Buffer.alloc(26);
  block.write("MM\0*", 0, "latin1");
  block.writeUInt32BE(8, 4);
  block.writeUInt16BE(1, 8);
  block.writeUInt16BE(0x0112, 10);
  block.writeUInt16BE(3, 12);
  block.writeUInt32BE(1, 14);
  block.writeUInt16BE(6, 18);
  block.writeUInt32BE(99, 22);
  return block;
}
