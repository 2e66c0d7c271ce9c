import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { reducePhoto, takeOut } from "./reduce.ts";

/** One colour, with another in its upper left corner. */
function photo(width: number, height: number, corner = 40) {
  const create = { width, height, channels: 3 as const, background: "#205080" };
  const input = { create: { ...create, width: corner, height: corner, background: "#c03020" } };
  return sharp({ create }).composite([{ input, left: 0, top: 0 }]);
}

async function pixel(jpeg: Buffer, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
}

describe("reducePhoto", () => {
  it("brings the short side to 512 px at most, and never enlarges", async () => {
    const [wide, small] = await Promise.all(
      [photo(1600, 800), photo(300, 200)].map((p) => p.png().toBuffer()),
    );
    const size = async (input: Buffer) => {
      const { width, height, format, chromaSubsampling } = await sharp(await reducePhoto(input)).metadata();
      return [width, height, format, chromaSubsampling];
    };
    expect(await size(wide!)).toEqual([1024, 512, "jpeg", "4:4:4"]);
    expect(await size(small!)).toEqual([300, 200, "jpeg", "4:4:4"]);
  });

  it("turns as EXIF says", async () => {
    const turned = await photo(120, 60).jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
    const reduced = await reducePhoto(turned);
    const { width, height } = await sharp(reduced).metadata();
    expect([width, height]).toEqual([60, 120]);
    const [red, , blue] = await pixel(reduced, 55, 5);
    expect(red).toBeGreaterThan(blue!);
  });

  it("cuts the frame off a puzzle's picture", async () => {
    const framed = await photo(176, 232, 5).jpeg({ quality: 100 }).toBuffer();
    const reduced = await reducePhoto(framed, { framed: true });
    const { width, height } = await sharp(reduced).metadata();
    expect([width, height]).toEqual([166, 222]);
  });

  it("follows an embedded profile into sRGB unless told otherwise", async () => {
    const create = { width: 40, height: 40, channels: 3 as const, background: { r: 40, g: 200, b: 60 } };
    const wide = await sharp({ create }).withIccProfile("p3").png().toBuffer();
    const stored = [...(await sharp(wide, { ignoreIcc: true }).raw().toBuffer()).subarray(0, 3)];
    const away = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
    expect(away(stored, [40, 200, 60])).toBeGreaterThan(8);
    expect(away(await pixel(await reducePhoto(wide), 20, 20), [40, 200, 60])).toBeLessThan(4);
    expect(away(await pixel(await reducePhoto(wide, { ignoreProfile: true }), 20, 20), stored)).toBeLessThan(
      4,
    );
  });

  it("reads a binary PPM", async () => {
    const body = Buffer.from([200, 30, 30, 30, 30, 200, 30, 30, 200, 30, 30, 200]);
    const ppm = Buffer.concat([Buffer.from("P6\n# made up\n2 2\n255\n"), body]);
    const { width, height } = await sharp(await reducePhoto(ppm)).metadata();
    expect([width, height]).toEqual([2, 2]);
    await expect(reducePhoto(ppm.subarray(0, -1))).rejects.toThrow("cut short");
    await expect(reducePhoto(Buffer.from("P6 1 1 65535\n123456"))).rejects.toThrow("65535");
  });

  it("fails on what is no picture", async () => {
    await expect(reducePhoto(Buffer.from("no picture"))).rejects.toThrow();
  });
});

describe("takeOut", () => {
  it("takes the first or the largest JPEG out of a bundle", async () => {
    const [small, large] = await Promise.all(
      [photo(20, 20, 5), photo(90, 90)].map((p) => p.jpeg().toBuffer()),
    );
    const bytes = Buffer.concat([Buffer.from("head"), small!, large!, small!]);
    expect(takeOut(bytes, { kind: "first-jpeg", file: "x" })).toEqual(small);
    expect(takeOut(bytes, { kind: "largest-jpeg", file: "x" })).toEqual(large);
    expect(() => takeOut(Buffer.from("none"), { kind: "largest-jpeg", file: "x" })).toThrow("no JPEG");
  });
});
