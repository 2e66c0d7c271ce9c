import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodePhoto } from "../decode.ts";
import { encodePhoto } from "../encode.ts";
import { cameraJpeg } from "../test-photos.ts";
import { latin1 } from "./bytes.ts";
import { exifOrientation, exifWithin, readerOf, uprightExif } from "./exif.ts";
import { readTags, writeTags } from "./ifd.ts";
import { insertJpegMetadata, JPEG_EXIF_LIMIT } from "./jpeg.ts";
import { insertPngMetadata } from "./png.ts";
import { readFileMetadata, sniffFormat } from "./read.ts";
import { bigEndianExif, chunk, jfif, jpegOf, pngOf, segment, VP8, webpOf } from "./test-files.ts";
import { insertWebpMetadata } from "./webp.ts";
import { outgoingXmp } from "./xmp.ts";

const EXIF = bigEndianExif();
const XMP = '<x:xmpmeta><rdf:RDF><rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>';
const SIZE = { width: 6, height: 4, hasAlpha: false };

describe("readFileMetadata", () => {
  it.each(["jpeg", "png", "webp", "avif"] as const)("agrees with libvips about %s", async (format) => {
    const photo = await decodePhoto(await cameraJpeg(60, 40, 6));
    const file = await encodePhoto(photo, { format, mark: { model: "small 1.0" } });
    const theirs = (await decodePhoto(file)).metadata;
    const ours = await readFileMetadata(file);
    expect(ours).toMatchObject({ format, orientation: 1, hasProfile: true, density: 300 });
    expect(Buffer.from(ours.exif ?? [])).toEqual(theirs.exif);
    expect(Buffer.from(ours.xmp ?? [])).toEqual(theirs.xmp);
  });

  it("takes a turned photo's orientation, and the density of the EXIF before JFIF's", async () => {
    const metadata = await readFileMetadata(await cameraJpeg(60, 40, 6));
    expect(metadata).toMatchObject({ orientation: 6, density: 300, xmp: null });
    const dense = jpegOf(jfif(2, 100), segment(0xe1, "Exif\0\0", EXIF));
    expect(await readFileMetadata(dense)).toMatchObject({ orientation: 6, density: 254 });
  });

  it("reads back what was inserted", async () => {
    const blocks = { exif: EXIF, xmp: XMP, icc: latin1("profile"), density: 240 };
    const files = [
      insertJpegMetadata(jpegOf(jfif()), blocks),
      await insertPngMetadata(pngOf(), blocks),
      insertWebpMetadata(webpOf(VP8), blocks, SIZE),
    ];
    for (const file of files) {
      const found = await readFileMetadata(file);
      expect(found).toMatchObject({ orientation: 6, hasProfile: true });
      expect(Buffer.from(found.exif ?? [])).toEqual(EXIF);
      expect(Buffer.from(found.xmp ?? []).toString()).toBe(XMP);
      // WebP has no place for it.
      expect(found.density).toBe(found.format === "webp" ? null : 240);
    }
  });

  it("inflates a compressed packet, and not one made to fill memory", async () => {
    const packed = (text: Uint8Array) =>
      pngOf(chunk("iTXt", Buffer.concat([latin1("XML:com.adobe.xmp\0\x01\0en\0\0"), deflateSync(text)])));
    expect(Buffer.from((await readFileMetadata(packed(latin1(XMP)))).xmp ?? []).toString()).toBe(XMP);
    expect((await readFileMetadata(packed(new Uint8Array(40 << 20)))).xmp).toBeNull();
    const cut = chunk(
      "iTXt",
      Buffer.concat([latin1("XML:com.adobe.xmp\0\x01\0\0\0"), Buffer.from([0x78, 0x9c, 1])]),
    );
    expect((await readFileMetadata(pngOf(cut))).xmp).toBeNull();
  });

  it("reads what libvips writes of XMP into a PNG", async () => {
    const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: "#fff" } });
    const file = await pixel.withXmp(XMP).png().toBuffer();
    expect(file.includes("zTXt")).toBe(true);
    expect(Buffer.from((await readFileMetadata(file)).xmp ?? []).toString()).toBe(XMP);
  });

  it("passes bytes that fill the gap before a marker, and stops at the pixels", async () => {
    const filled = jpegOf(jfif(), Buffer.from([0xff, 0xff]), segment(0xe1, "Exif\0\0", EXIF));
    expect((await readFileMetadata(filled)).orientation).toBe(6);
    const trailing = Buffer.concat([jpegOf(jfif()), jpegOf(segment(0xe1, "Exif\0\0", EXIF))]);
    expect((await readFileMetadata(trailing)).exif).toBeNull();
  });

  it("knows formats by their content", () => {
    for (const [start, format] of [
      ["II*\0", "tiff"],
      ["MM\0*", "tiff"],
      ["II+\0", "tiff"],
      ["GIF89a", "gif"],
      ["\0\0\0\x1cftypavif", "avif"],
      ["\0\0\0\x1cftypheic", null],
      ["\xff\xd8\xff\xe0", "jpeg"],
      ["", null],
    ] as const) {
      expect(sniffFormat(latin1(start))).toBe(format);
    }
  });
});

describe("damaged files", () => {
  const blocks = { exif: EXIF, xmp: XMP, icc: latin1("profile"), density: 240 };
  const mark = { model: "small" };

  it("never throw, cut or scrambled anywhere", async () => {
    const whole = [
      insertJpegMetadata(jpegOf(jfif()), blocks),
      await insertPngMetadata(pngOf(chunk("iTXt", latin1("XML:com.adobe.xmp\0\x01\0\0\0????"))), blocks),
      insertWebpMetadata(webpOf(VP8), blocks, SIZE),
      new Uint8Array(await cameraJpeg(60, 40, 6)),
      new Uint8Array(
        await encodePhoto(await decodePhoto(await cameraJpeg(60, 40, 6)), { format: "avif", mark }),
      ),
    ];
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...whole),
        fc.nat(),
        fc.array(change, { maxLength: 12 }),
        async (file, cut, changes) => {
          const copy = file.slice(0, file.length - (cut % file.length));
          // The signature stays, so that the readers are reached.
          for (const [at, value] of changes) if (at % file.length > 12) copy[at % file.length] = value;
          const found = await readFileMetadata(copy);
          expect(found.orientation).toBeGreaterThanOrEqual(1);
          expect(found.orientation).toBeLessThanOrEqual(8);
          if (found.exif) {
            uprightExif(found.exif, found.orientation);
            await exifWithin(found.exif, 100);
          }
          outgoingXmp(found.xmp, { model: "small" });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("of nothing but noise say nothing", async () => {
    const starts = ["\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "RIFF\0\0\0\0WEBP", ""].map(latin1);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...starts),
        fc.uint8Array({ maxLength: 300 }),
        async (start, noise) => {
          await readFileMetadata(Buffer.concat([start, noise]));
          expect(exifOrientation(noise)).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("cannot make the reader read more than a little", async () => {
    // 4,000 tags that all name the same 8 MB.
    const table = Buffer.alloc(2 + 12 * 4000 + 4);
    table.writeUInt16LE(4000);
    for (let k = 0; k < 4000; k++) {
      table.writeUInt16LE(0x9000 + k, 2 + 12 * k);
      table.writeUInt16LE(7, 4 + 12 * k);
      table.writeUInt32LE(8 << 20, 6 + 12 * k);
    }
    let read = 0;
    const header = latin1("II*\0\x08\0\0\0");
    await readTags(
      async (offset, length) => {
        read += length;
        const bytes = Buffer.alloc(length);
        if (offset === 0 && length === 8) bytes.set(header);
        else table.copy(bytes, 0, offset - 8);
        return bytes;
      },
      () => true,
    );
    expect(read).toBeLessThan(40 << 20);
  });
});

describe("exifWithin", () => {
  it("gives up the largest values alone", async () => {
    const block = (notes: number) => {
      const maker = { tag: 0x010f, type: 2, count: 8, data: latin1("Lumi\xe8re\0") };
      const note = { tag: 0x927c, type: 7, count: notes, data: new Uint8Array(notes).fill(9) };
      return Buffer.concat([
        latin1("II*\0\x08\0\0\0"),
        writeTags({ main: [maker], exif: [note], gps: [] }, 8),
      ]);
    };
    const fits = block(60000);
    expect(await exifWithin(fits, JPEG_EXIF_LIMIT)).toBe(fits);
    const slim = await exifWithin(block(70000), JPEG_EXIF_LIMIT);
    const tags = slim && (await readTags(readerOf(slim), () => true));
    expect(tags?.main.map(({ data }) => Buffer.from(data).toString("latin1"))).toEqual(["Lumi\xe8re\0"]);
    expect(tags?.exif).toEqual([]);
    const { exif } = await sharp(insertJpegMetadata(await cameraJpeg(8, 8, 1), { exif: slim })).metadata();
    expect(exif?.subarray(6)).toEqual(Buffer.from(slim ?? []));
  });

  it("uses all the room there is", async () => {
    const tree = {
      main: Array.from({ length: 50 }, (_, k) => ({
        tag: 700 + k,
        type: 7,
        count: k,
        data: new Uint8Array(k),
      })),
      exif: [{ tag: 0x829a, type: 3, count: 1, data: Uint8Array.of(1, 0) }],
      gps: [],
    };
    tree.main.shift();
    const block = Buffer.concat([latin1("II*\0\x08\0\0\0"), writeTags(tree, 8)]);
    for (let limit = 100; limit < block.length; limit += 37) {
      const slim = await exifWithin(block, limit);
      expect(slim?.length).toBeLessThanOrEqual(limit);
      expect(slim?.length).toBeGreaterThan(limit - 62 - 50);
    }
  });
});
