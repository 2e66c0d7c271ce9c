import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import sharp, { type Sharp } from "sharp";
import { describe, expect, it } from "vitest";
import { type PhotoHeader, readHeader } from "./photo-header.ts";

const SAMPLES = fileURLToPath(new URL("../../../../examples/photos/", import.meta.url));

function picture(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  return sharp({ create: { width, height, channels, background: { r: 9, g: 120, b: 40, alpha: 0.5 } } });
}

const bytesOf = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("readHeader", () => {
  it.each<[string, PhotoHeader["format"], (image: Sharp) => Sharp]>([
    ["JPEG", "jpeg", (image) => image.jpeg()],
    ["progressive JPEG with metadata", "jpeg", (image) => image.withMetadata().jpeg({ progressive: true })],
    ["PNG", "png", (image) => image.png()],
    ["lossy WebP", "webp", (image) => image.webp()],
    ["lossless WebP", "webp", (image) => image.webp({ lossless: true })],
    ["WebP with metadata", "webp", (image) => image.withMetadata().webp()],
    ["AVIF", "avif", (image) => image.avif({ effort: 0 })],
    ["GIF", "gif", (image) => image.gif()],
  ])("knows %s and its size", async (_, format, encode) => {
    const bytes = await encode(picture(300, 217)).toBuffer();
    expect(readHeader(bytes)).toEqual({ format, size: { width: 300, height: 217 } });
  });

  it("reads a WebP with alpha, and one of 1 x 1", async () => {
    expect(readHeader(await picture(33, 7, 4).webp().toBuffer()).size).toEqual({ width: 33, height: 7 });
    expect(readHeader(await picture(1, 1).webp().toBuffer()).size).toEqual({ width: 1, height: 1 });
  });

  it("agrees with sharp on the sample photos", async () => {
    for (const name of (await readdir(SAMPLES)).filter((file) => file.endsWith(".jpg"))) {
      const bytes = await readFile(SAMPLES + name);
      const { width, height } = await sharp(bytes).metadata();
      expect(readHeader(bytes)).toEqual({ format: "jpeg", size: { width, height } });
    }
  });

  it("reads a BMP of either kind, rows from the top down included", () => {
    const bmp = new DataView(new ArrayBuffer(26));
    bmp.setUint16(0, 0x424d);
    bmp.setUint32(14, 40, true);
    bmp.setInt32(18, 12, true);
    bmp.setInt32(22, -34, true);
    const bytes = new Uint8Array(bmp.buffer);
    expect(readHeader(bytes)).toEqual({ format: "bmp", size: { width: 12, height: 34 } });
    bmp.setUint32(14, 12, true);
    bmp.setUint16(18, 5, true);
    bmp.setUint16(20, 6, true);
    expect(readHeader(bytes).size).toEqual({ width: 5, height: 6 });
  });

  it.each([
    ["TIFF", "II*\0\x08\0\0\0", "tiff"],
    ["big-endian TIFF", "MM\0*\0\0\0\x08", "tiff"],
    ["HEIC", "\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"],
    ["HEIF of another brand", "\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"],
    ["AVIF under a generic brand", "\0\0\0\x18ftypmif1\0\0\0\0mif1avif", "avif"],
    ["a film", "\0\0\0\x14ftypisom\0\0\0\0isom", null],
    ["JPEG XL", "\xff\x0a\0", "jxl"],
    ["JPEG 2000", "\0\0\0\x0cjP  \r\n", "jp2"],
    ["Photoshop", "8BPS\0\x01", "psd"],
    ["SVG", '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">', "svg"],
    ["PDF", "%PDF-1.7", "pdf"],
    ["text", "hello", null],
    ["nothing", "", null],
  ])("recognises %s", (_, content, format) => {
    expect(readHeader(bytesOf(content))).toEqual({ format, size: null });
  });

  it("tells no size where the bytes end early", () => {
    expect(readHeader(bytesOf("\xff\xd8\xff\xe1\x7f\xff"))).toEqual({ format: "jpeg", size: null });
    expect(readHeader(bytesOf("\x89PNG\r\n\x1a\n"))).toEqual({ format: "png", size: null });
    expect(readHeader(bytesOf("RIFF\0\0\0\0WEBPVP8 "))).toEqual({ format: "webp", size: null });
    expect(readHeader(bytesOf("\0\0\0\x18ftyp"))).toEqual({ format: null, size: null });
  });
});
