import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeForTraining, decodePhoto, readDimensions } from "./decode.ts";
import { cameraJpeg, largestDifference, noise16, rawPipeline, scene } from "./test-photos.ts";

const W = 60;
const H = 40;
const rgb = scene(W, H);
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "autochrome-decode-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("decodePhoto", () => {
  it("reads 8-bit formats, lossless ones exactly", async () => {
    const files = {
      png: await rawPipeline(rgb, W, H).png().toBuffer(),
      tiff: await rawPipeline(rgb, W, H).tiff({ compression: "lzw" }).toBuffer(),
      webp: await rawPipeline(rgb, W, H).webp({ lossless: true }).toBuffer(),
      jpeg: await rawPipeline(rgb, W, H).jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
      avif: await rawPipeline(rgb, W, H).avif({ quality: 95, effort: 0 }).toBuffer(),
    };
    for (const [format, file] of Object.entries(files)) {
      const photo = await decodePhoto(file);
      expect(photo).toMatchObject({ width: W, height: H, bitDepth: 8, alpha: null });
      expect(photo.metadata.format).toBe(format);
      expect(photo.rgb.constructor).toBe(Uint8Array);
      const tolerance = format === "jpeg" ? 6 : format === "avif" ? 20 : 0;
      expect(largestDifference(photo.rgb, rgb)).toBeLessThanOrEqual(tolerance);
    }
  });

  it("keeps 16-bit PNG and TIFF at 16 bit exactly, alpha included", async () => {
    const wide = noise16(W * H * 4);
    const pipeline = () => rawPipeline(wide, W, H, 4).toColourspace("rgb16");
    const files = [
      await pipeline().png().toBuffer(),
      await pipeline().tiff({ compression: "lzw" }).toBuffer(),
    ];
    for (const file of files) {
      const photo = await decodePhoto(file);
      expect(photo.bitDepth).toBe(16);
      expect(photo.rgb).toEqual(wide.filter((_, k) => k % 4 !== 3));
      expect(photo.alpha).toEqual(wide.filter((_, k) => k % 4 === 3));
    }
  });

  it("expands gray, 16-bit gray and gray with alpha", async () => {
    const gray = rgb.subarray(0, W * H);
    const tripled = Uint8Array.from({ length: W * H * 3 }, (_, k) => gray[Math.floor(k / 3)]);
    const narrow = await decodePhoto(await rawPipeline(gray, W, H, 1).toColourspace("b-w").png().toBuffer());
    expect(narrow.rgb).toEqual(tripled);

    const levels = noise16(W * H * 2);
    const wide = await decodePhoto(
      await rawPipeline(levels, W, H, 2).toColourspace("grey16").png().toBuffer(),
    );
    expect(wide.bitDepth).toBe(16);
    expect(wide.rgb).toEqual(
      Uint16Array.from({ length: W * H * 3 }, (_, k) => levels[2 * Math.floor(k / 3)]),
    );
    expect(wide.alpha).toEqual(levels.filter((_, k) => k % 2 === 1));
  });

  it("keeps the colour under transparent pixels: alpha is not multiplied in", async () => {
    const rgba = new Uint8Array(W * H * 4).map((_, k) => (k % 4 === 3 ? (k >> 2) % 256 : 40 + (k % 4) * 50));
    const photo = await decodePhoto(await rawPipeline(rgba, W, H, 4).png().toBuffer());
    expect([...photo.rgb.subarray(0, 3)]).toEqual([40, 90, 140]);
    expect(photo.alpha?.[200]).toBe(200);
  });

  it("expands palettes and one-bit scans", async () => {
    const palette = await rawPipeline(rgb, W, H).png({ palette: true, colours: 16 }).toBuffer();
    expect((await decodePhoto(palette)).rgb.length).toBe(W * H * 3);
    const bits = Uint8Array.from({ length: 64 }, (_, k) => (k % 3 ? 255 : 0));
    const fax = await rawPipeline(bits, 8, 8, 1)
      .toColourspace("b-w")
      .tiff({ bitdepth: 1, compression: "ccittfax4" })
      .toBuffer();
    expect([...(await decodePhoto(fax)).rgb.subarray(0, 6)]).toEqual([0, 0, 0, 255, 255, 255]);
  });

  it("converts CMYK", async () => {
    const soft = new Uint8Array(W * H * 3).map((_, k) => [180, 140, 110][k % 3]);
    const file = await rawPipeline(soft, W, H).toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    const photo = await decodePhoto(file);
    expect(photo.metadata.space).toBe("cmyk");
    expect(largestDifference(photo.rgb, soft)).toBeLessThan(15);
  });

  it("converts a Display P3 profile to sRGB at both depths", async () => {
    const narrow = await rawPipeline(rgb, W, H).withIccProfile("p3").png().toBuffer();
    const stored = await sharp(narrow, { ignoreIcc: true }).raw().toBuffer();
    expect(largestDifference(stored, rgb)).toBeGreaterThan(5);
    expect(largestDifference((await decodePhoto(narrow)).rgb, rgb)).toBeLessThanOrEqual(2);

    // sharp takes 16-bit samples to be Display P3 already.
    const wide = await rawPipeline(
      Uint16Array.from(stored, (level) => level * 257),
      W,
      H,
    )
      .toColourspace("rgb16")
      .withIccProfile("p3")
      .png()
      .toBuffer();
    const photo = await decodePhoto(wide);
    expect(photo.bitDepth).toBe(16);
    expect(
      largestDifference(
        photo.rgb,
        Uint16Array.from(rgb, (level) => level * 257),
      ),
    ).toBeLessThan(2 * 257);
    const path = join(folder, "p3-16.png");
    await writeFile(path, wide);
    expect(largestDifference((await decodeForTraining(path)).rgb, rgb)).toBeLessThanOrEqual(2);
  });

  it("reads the first frame of an animated GIF", async () => {
    const frames = new Uint8Array(8 * 8 * 3 * 2).map((_, k) => (k < 8 * 8 * 3 ? 200 : 20));
    const gif = await sharp(frames, { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } })
      .gif({ delay: [100, 100] })
      .toBuffer();
    const photo = await decodePhoto(gif);
    expect(photo).toMatchObject({ width: 8, height: 8 });
    expect(photo.metadata.pages).toBe(2);
    expect([...photo.rgb.subarray(0, 3)]).toEqual([200, 200, 200]);
  });

  it("handles a single pixel and a 20000x10 strip", async () => {
    const pixel = await decodePhoto(
      await rawPipeline(Uint8Array.of(1, 2, 3), 1, 1)
        .png()
        .toBuffer(),
    );
    expect([...pixel.rgb]).toEqual([1, 2, 3]);
    const strip = await decodePhoto(await rawPipeline(scene(20000, 10), 20000, 10).jpeg().toBuffer());
    expect(strip).toMatchObject({ width: 20000, height: 10 });
  });
});

describe("EXIF orientation", () => {
  const [width, height] = [3, 2];
  const stored = Uint8Array.from({ length: 18 }, (_, k) => k * 14);
  /** Where, in the stored rows, each upright pixel comes from (CIPA DC-008, tag 0x0112). */
  const origin: Record<number, (x: number, y: number) => [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y) => [width - 1 - x, y],
    3: (x, y) => [width - 1 - x, height - 1 - y],
    4: (x, y) => [x, height - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y) => [y, height - 1 - x],
    7: (x, y) => [width - 1 - y, height - 1 - x],
    8: (x, y) => [width - 1 - y, x],
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("%d comes out upright", async (orientation) => {
    const file = await rawPipeline(stored, width, height).withMetadata({ orientation }).png().toBuffer();
    const photo = await decodePhoto(file);
    const size = orientation < 5 ? { width, height } : { width: height, height: width };
    expect(photo).toMatchObject(size);
    expect(await readDimensions(file)).toEqual({ ...size, format: "png" });
    expect(photo.metadata.orientation).toBe(orientation);
    for (let y = 0; y < size.height; y++) {
      for (let x = 0; x < size.width; x++) {
        const [column, row] = origin[orientation](x, y);
        expect(photo.rgb[3 * (y * size.width + x)]).toBe(stored[3 * (row * width + column)]);
      }
    }
  });
});

describe("decodeForTraining", () => {
  const save = async (name: string, file: Buffer) => {
    const path = join(folder, name);
    await writeFile(path, file);
    return path;
  };

  it("scales the short side down, upright, never up unless asked", async () => {
    const path = await save("turned.jpg", await cameraJpeg(W, H, 6));
    expect(await decodeForTraining(path)).toMatchObject({ width: H, height: W });
    const small = await decodeForTraining(path, { shortSide: 20 });
    expect(small).toMatchObject({ width: 20, height: 30 });
    expect(small.rgb.length).toBe(20 * 30 * 3);
    expect(await decodeForTraining(path, { shortSide: 100 })).toMatchObject({ width: H, height: W });
    const large = await decodeForTraining(path, { shortSide: 100, enlarge: true });
    expect(large).toMatchObject({ width: 100, height: 150 });
  });

  it("composites alpha on white and rounds 16 bit to 8", async () => {
    const rgba = Uint8Array.of(255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 51, 10, 20, 30, 255);
    const narrow = await save("alpha.png", await rawPipeline(rgba, 4, 1, 4).png().toBuffer());
    const expected = [255, 0, 0, 255, 255, 255, 204, 204, 204, 10, 20, 30];
    expect([...(await decodeForTraining(narrow)).rgb]).toEqual(expected);
    const wide = Uint16Array.of(32700, 32767, 257, 0, 65535, 65300, 1000, 2000, 3000);
    const path = await save(
      "wide.png",
      await rawPipeline(wide, 3, 1).toColourspace("rgb16").png().toBuffer(),
    );
    const rounded = Array.from(wide, (level) => Math.round(level / 257));
    expect([...(await decodeForTraining(path)).rgb]).toEqual(rounded);
  });
});
