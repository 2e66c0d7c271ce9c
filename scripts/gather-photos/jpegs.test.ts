import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { embeddedJpegs } from "./jpegs.ts";

async function noise(size: number, quality = 90): Promise<Buffer> {
  const raw = { width: size, height: size, channels: 3 as const };
  const data = Buffer.from(Array.from({ length: size * size * 3 }, (_, i) => (i * 7919 + i * i * 31) % 256));
  return sharp(data, { raw })
    .jpeg({ quality, progressive: size % 2 === 1 })
    .toBuffer();
}

describe("embeddedJpegs", () => {
  it("gives each file to its last byte, with anything between", async () => {
    const [small, progressive, large] = [await noise(16), await noise(33), await noise(64)];
    const bytes = Buffer.concat([
      Buffer.from("head"),
      small,
      Buffer.from([0xff, 0xd8, 0]),
      large,
      progressive,
      Buffer.from("tail"),
    ]);
    const found = embeddedJpegs(bytes);
    expect(found.map((jpeg) => jpeg.length)).toEqual([small.length, large.length, progressive.length]);
    expect(Buffer.concat(found)).toEqual(Buffer.concat([small, large, progressive]));
  });

  it("does not take a thumbnail in a segment for a file", async () => {
    const [outer, thumbnail] = [await noise(32), await noise(8)];
    const length = Buffer.alloc(2);
    length.writeUInt16BE(thumbnail.length + 2);
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1]), length, thumbnail]);
    const jpeg = Buffer.concat([outer.subarray(0, 2), segment, outer.subarray(2)]);
    expect(embeddedJpegs(Buffer.concat([jpeg, Buffer.from("tail")]))).toEqual([jpeg]);
  });

  it("finds by hand-made markers: stuffed bytes, restarts and fill bytes do not end a scan", () => {
    const jpeg = Buffer.from("ffd8 ffdb 0003 00 ffda 0002 11ff00 ffd0 22 ffff d9".replaceAll(" ", ""), "hex");
    expect(embeddedJpegs(Buffer.concat([jpeg, jpeg]))).toEqual([jpeg, jpeg]);
  });

  it("leaves out what breaks off", async () => {
    const jpeg = await noise(16);
    expect(embeddedJpegs(jpeg.subarray(0, jpeg.length - 2))).toEqual([]);
    expect(embeddedJpegs(Buffer.from([0xff, 0xd8, 0xff]))).toEqual([]);
    expect(embeddedJpegs(Buffer.from("ffd8ffe10001ffd9", "hex"))).toEqual([]);
    expect(embeddedJpegs(Buffer.alloc(0))).toEqual([]);
  });
});
