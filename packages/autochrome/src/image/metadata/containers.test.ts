import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { concat, latin1 } from "./bytes.ts";
import { uprightExif } from "./exif.ts";
import { type IfdEntry, type TagTree, writeTags } from "./ifd.ts";
import { insertJpegMetadata, JPEG_EXIF_LIMIT } from "./jpeg.ts";
import { insertPngMetadata } from "./png.ts";
import { bigEndianExif, chunk, jfif, jpegOf, pngOf, riff, segment, VP8, webpOf } from "./test-files.ts";
import { insertTiffTags } from "./tiff.ts";
import { insertWebpMetadata } from "./webp.ts";

function hash(...files: (Uint8Array | null)[]): string {
  const start = (file: Uint8Array | null) =>
    createHash("sha256")
      .update(file ?? "")
      .digest("hex")
      .slice(0, 16);
  return files.map(start).join("");
}

function text(tag: number, value: string): IfdEntry {
  return { tag, type: 2, count: value.length, data: latin1(value) };
}

function tiffOf(tree: TagTree): Uint8Array {
  return concat([latin1("II*\0\x08\0\0\0"), writeTags(tree, 8)]);
}

const LITTLE = tiffOf({
  main: [text(0x010f, "a maker of odd length\0"), text(0x8298, "me\0")],
  exif: [{ tag: 0x829a, type: 5, count: 1, data: Uint8Array.of(1, 0, 0, 0, 125, 0, 0, 0) }],
  gps: [text(1, "N\0")],
});
const BIG = bigEndianExif();
const PROFILE = latin1("a profile, or so it says ".repeat(20));
const OLD = latin1("old");

// Hashes of what version 0.1.0 wrote, whose code used Node's Buffer.
describe("files are those of version 0.1.0, byte for byte", () => {
  it("JPEG", () => {
    const icc = segment(0xe2, "ICC_PROFILE\0\x01\x01", PROFILE);
    const jpeg = jpegOf(jfif(1, 300), segment(0xe1, "Exif\0\0", OLD), icc, segment(0xdb, "q"));
    expect(hash(insertJpegMetadata(jpeg, { exif: LITTLE }))).toBe("dade7d865bcec0df");
  });

  it("PNG", async () => {
    const png = pngOf(chunk("eXIf", OLD), chunk("pHYs", new Uint8Array(9)), chunk("tEXt", latin1("a\0b")));
    expect(hash(await insertPngMetadata(png, { exif: LITTLE }))).toBe("24134393d12a5e46");
  });

  it("WebP", () => {
    const size = { width: 6, height: 4, hasAlpha: true };
    const odd = BIG.subarray(0, 25);
    expect(hash(insertWebpMetadata(webpOf(VP8), { exif: odd }, size))).toBe("17eb18b1171fdf43");
    const header = riff("VP8X", Uint8Array.of(4, 0, 0, 0, 5, 0, 0, 3, 0, 0));
    const extended = webpOf(header, VP8, riff("EXIF", OLD), riff("XMP ", latin1("xmp")));
    expect(hash(insertWebpMetadata(extended, { exif: LITTLE }, size))).toBe("761d061d27e23865");
  });

  it("TIFF", async () => {
    const width = { tag: 0x100, type: 3, count: 1, data: Uint8Array.of(6, 0) };
    const tiff = tiffOf({ main: [width], exif: [], gps: [] });
    expect(hash(await insertTiffTags(tiff, { exif: LITTLE, icc: PROFILE }))).toBe("f810798d4f48cae5");
    expect(hash(await insertTiffTags(tiff, { exif: BIG, icc: null }))).toBe("577cd6b30f259c2a");
  });

  it("EXIF", () => {
    expect(hash(uprightExif(LITTLE, 6), uprightExif(BIG, 6))).toBe("116f145120ab389277c32de481efca0a");
  });
});

it("a PNG's profile is compressed, and stands in place of the sRGB chunk", async () => {
  const png = Buffer.from(await insertPngMetadata(pngOf(chunk("sRGB", Uint8Array.of(0))), { icc: PROFILE }));
  expect(png.includes("sRGB\0\0")).toBe(true);
  const at = png.indexOf("iCCP");
  const body = png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  expect(new Uint8Array(inflateSync(body.subarray(6)))).toEqual(PROFILE);
  expect(png.toString("latin1").split("sRGB").length).toBe(2);
});

it("a JPEG goes out without a block that no segment holds", () => {
  const jpeg = jpegOf(jfif());
  expect(insertJpegMetadata(jpeg, { exif: new Uint8Array(JPEG_EXIF_LIMIT + 1) })).toEqual(
    new Uint8Array(jpeg),
  );
  expect(insertJpegMetadata(jpeg, { exif: new Uint8Array(JPEG_EXIF_LIMIT) }).length).toBe(
    jpeg.length + 65537,
  );
});
