import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodePhoto } from "./decode.ts";
import { encodePhoto } from "./encode.ts";
import { DIGITAL_SOURCE_TYPE, type PhotoFormat, uprightExif } from "./metadata/index.ts";
import { NO_METADATA, type Photo } from "./photo.ts";
import { cameraJpeg, largestDifference, noise16, photoOf, rawPipeline, scene } from "./test-photos.ts";

const W = 60;
const H = 40;
const WRITTEN = ["jpeg", "png", "webp", "avif", "tiff"] as const;

async function formatOf(file: Buffer): Promise<string> {
  return (await decodePhoto(file)).metadata.format;
}

describe("pixels", () => {
  it.each(WRITTEN)("survive %s", async (format) => {
    const photo = photoOf(W, H);
    const back = await decodePhoto(await encodePhoto(photo, { format, quality: 95 }));
    expect(back.metadata.format).toBe(format);
    expect(back).toMatchObject({ width: W, height: H, alpha: null, bitDepth: 8 });
    const tolerance = format === "png" || format === "tiff" ? 0 : 20;
    expect(largestDifference(back.rgb, photo.rgb)).toBeLessThanOrEqual(tolerance);
  });

  it("are exact in 16-bit PNG and TIFF, with alpha, with and without a profile", async () => {
    const { icc } = await sharp(
      await rawPipeline(scene(1, 1), 1, 1).withIccProfile("srgb").png().toBuffer(),
    ).metadata();
    const [rgb, alpha] = [noise16(W * H * 3), noise16(W * H).map((level) => 65535 - level)];
    for (const profile of [null, icc ?? null]) {
      const photo: Photo = {
        ...{ width: W, height: H, rgb, alpha, bitDepth: 16 },
        metadata: { ...NO_METADATA, icc: profile },
      };
      for (const format of ["png", "tiff"] as const) {
        const back = await decodePhoto(await encodePhoto(photo, { format }));
        expect(back.bitDepth).toBe(16);
        expect(back.rgb).toEqual(rgb);
        expect(back.alpha).toEqual(alpha);
        expect(back.metadata.icc?.equals(icc ?? Buffer.alloc(0)) ?? null).toBe(profile && true);
      }
    }
  });

  it("of 16 bit are rounded, not cut, where the format has 8", async () => {
    const rgb = Uint16Array.of(65279, 65280, 65406, 32767, 32768, 200, 128, 129, 0);
    const photo: Photo = { width: 3, height: 1, rgb, alpha: null, bitDepth: 16, metadata: NO_METADATA };
    const webp = await encodePhoto(photo, { format: "webp", quality: 100 });
    expect((await decodePhoto(webp)).bitDepth).toBe(8);
    const flat = { ...photo, rgb: rgb.fill(65300) };
    const jpeg = await decodePhoto(await encodePhoto(flat, { format: "jpeg", quality: 100 }));
    expect([...jpeg.rgb]).toEqual(new Array(9).fill(254));
  });

  it("go to 10-bit AVIF from 16", async () => {
    const rgb = Uint16Array.from(scene(W, H), (level) => level * 257);
    const photo: Photo = { width: W, height: H, rgb, alpha: null, bitDepth: 16, metadata: NO_METADATA };
    const back = await decodePhoto(await encodePhoto(photo, { format: "avif", quality: 95 }));
    expect(back.bitDepth).toBe(16);
    expect(largestDifference(back.rgb, rgb)).toBeLessThan(20 * 257);
  });

  it("keep their alpha, and get white behind it in JPEG", async () => {
    const alpha = Uint8Array.from({ length: W * H }, (_, p) => (p < (W * H) / 2 ? 0 : 255));
    const photo: Photo = { ...photoOf(W, H), alpha };
    for (const format of ["png", "webp", "tiff", "avif"] as const) {
      const back = await decodePhoto(await encodePhoto(photo, { format, quality: 100 }));
      expect(largestDifference(back.alpha ?? [], alpha)).toBeLessThanOrEqual(format === "avif" ? 8 : 0);
    }
    const jpeg = await decodePhoto(await encodePhoto(photo, { format: "jpeg", quality: 95 }));
    expect(jpeg.alpha).toBeNull();
    expect(Math.min(...jpeg.rgb.subarray(0, 300))).toBeGreaterThan(250);
  });

  it("of one pixel and of a 20000x10 strip are written", async () => {
    for (const format of WRITTEN) {
      const back = await decodePhoto(await encodePhoto(photoOf(1, 1), { format }));
      expect(back).toMatchObject({ width: 1, height: 1 });
    }
    const strip = photoOf(20000, 10);
    expect((await decodePhoto(await encodePhoto(strip, { format: "jpeg" }))).width).toBe(20000);
    await expect(encodePhoto(strip, { format: "webp" })).rejects.toThrow(
      "cannot encode 20000x10 as webp: its sides hold at most 16383 pixels: use png or tiff",
    );
  });
});

describe("format", () => {
  it("refuses AVIF where its encoder would take gigabytes", async () => {
    const huge = { ...photoOf(1, 1), width: 11600, height: 8700 };
    const error = await encodePhoto(huge, { format: "avif" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "FORMAT_LIMIT",
      message: expect.stringMatching(
        /cannot encode 11600x8700 as avif: beyond 64 megapixels .*: use png or tiff/,
      ),
    });
  });

  it("is the file's own, PNG for GIF, unless asked otherwise", async () => {
    const as = async (from: PhotoFormat, format?: PhotoFormat) =>
      formatOf(await encodePhoto(photoOf(4, 4, { format: from }), { format }));
    expect(await as("jpeg")).toBe("jpeg");
    expect(await as("tiff")).toBe("tiff");
    expect(await as("gif")).toBe("png");
    expect(await as("jpeg", "webp")).toBe("webp");
  });

  it("subsamples a JPEG's chroma only where the original did", async () => {
    for (const [chromaSubsampling, written] of [
      ["4:2:0", "4:2:0"],
      ["4:4:4", "4:4:4"],
      [null, "4:4:4"],
    ] as const) {
      const file = await encodePhoto(photoOf(W, H, { format: "jpeg", chromaSubsampling }));
      expect((await decodePhoto(file)).metadata.chromaSubsampling).toBe(written);
    }
  });
});

describe("metadata", () => {
  it.each(WRITTEN)("EXIF and density travel into %s, orientation reset", async (format) => {
    const photo = await decodePhoto(await cameraJpeg(W, H, 6));
    expect(photo).toMatchObject({ width: H, height: W });
    const file = await encodePhoto(photo, { format, mark: { model: "small 1.0" } });
    const header = await sharp(file).metadata();
    expect(header.orientation ?? 1).toBe(1);
    expect(header).toMatchObject({ width: H, height: W });
    const back = await decodePhoto(file);
    expect(back).toMatchObject({ width: H, height: W });
    if (!back.metadata.exif) throw new Error("no EXIF");
    const text = back.metadata.exif.toString("latin1");
    expect(text).toContain("A. Person");
    // 1/125 as two little-endian longs.
    expect(text).toContain("\x01\0\0\0\x7d\0\0\0");
    // PixelXDimension, one LONG or SHORT, is now the upright width.
    const tag = text.indexOf("\x02\xa0");
    expect(back.metadata.exif.readUInt16LE(tag + 8)).toBe(H);
    expect(back.metadata.icc).not.toBeNull();
    // The other two say it in their EXIF alone.
    if (["jpeg", "png", "tiff"].includes(format)) expect(back.metadata.density).toBe(300);
    expect(back.metadata.xmp?.toString()).toContain(DIGITAL_SOURCE_TYPE);
    expect(back.metadata.xmp?.toString()).toContain("small 1.0");
  });

  it("has its XMP in the chunk that the standard names for PNG", async () => {
    const png = await encodePhoto(photoOf(8, 8), { format: "png", mark: { model: "small" } });
    const text = png.toString("latin1");
    expect(text).toContain("iTXtXML:com.adobe.xmp\0\0\0\0\0<?xpacket");
    expect(text).not.toContain("zTXt");
  });

  it("is absent where there was none and no mark is wanted", async () => {
    for (const format of WRITTEN) {
      const { metadata } = await decodePhoto(await encodePhoto(photoOf(8, 8), { format }));
      expect(metadata).toMatchObject({ xmp: null, icc: null });
      // libheif's writer always states the resolution in a block of its own.
      if (format !== "avif") expect(metadata.exif).toBeNull();
    }
  });

  it("needs nothing beside it: EXIF alone travels, with and without alpha", async () => {
    const { exif } = (await decodePhoto(await cameraJpeg(W, H, 1))).metadata;
    const expected = exif && Buffer.from(uprightExif(exif, 1) ?? []);
    for (const alpha of [null, new Uint8Array(W * H).fill(9)]) {
      const photo: Photo = { ...photoOf(W, H, { exif }), alpha };
      for (const format of ["jpeg", "png", "webp"] as const) {
        const back = await decodePhoto(await encodePhoto(photo, { format }));
        expect(back).toMatchObject({ width: W, height: H });
        expect(back.metadata.exif).toEqual(expected);
        expect(back.alpha).toEqual(format === "jpeg" ? null : alpha);
      }
    }
  });

  it("has one EXIF block, not two, where libvips writes its own for the density", async () => {
    const photo = await decodePhoto(await cameraJpeg(W, H, 1));
    for (const [format, name] of [
      ["jpeg", "Exif\0\0"],
      ["png", "eXIf"],
      ["webp", "EXIF"],
    ] as const) {
      const text = (await encodePhoto(photo, { format })).toString("latin1");
      expect(text.split(name).length).toBe(2);
    }
  });

  it("of a TIFF file comes back from a TIFF file", async () => {
    const jpeg = await decodePhoto(await cameraJpeg(W, H, 1));
    const first = await decodePhoto(await encodePhoto(jpeg, { format: "tiff" }));
    const second = await decodePhoto(await encodePhoto(first));
    expect(second.metadata.format).toBe("tiff");
    expect(second.metadata.exif?.equals(first.metadata.exif ?? Buffer.alloc(0))).toBe(true);
    expect(second.rgb).toEqual(jpeg.rgb);
  });

  it("that is malformed is dropped, and the photo written", async () => {
    for (const exif of [Buffer.from("rubbish"), Buffer.from("II*\0\xff\xff\0\0", "latin1")]) {
      const back = await decodePhoto(await encodePhoto(photoOf(8, 8, { exif })));
      expect(back.metadata.exif).toBeNull();
    }
  });
});
