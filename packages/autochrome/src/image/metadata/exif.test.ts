import { describe, expect, it } from "vitest";
import { decodePhoto } from "../decode.ts";
import { cameraJpeg } from "../test-photos.ts";
import { latin1 } from "./bytes.ts";
import { readerOf, uprightExif } from "./exif.ts";
import { readTags, writeTags } from "./ifd.ts";
import { bigEndianExif } from "./test-files.ts";

describe("uprightExif", () => {
  it("resets the orientation and unlinks the thumbnail in either byte order", () => {
    const block = bigEndianExif();
    const upright = uprightExif(block, 6);
    expect(Array.from(upright?.subarray(18, 20) ?? [])).toEqual([0, 1]);
    expect(Array.from(upright?.subarray(22, 26) ?? [])).toEqual([0, 0, 0, 0]);
    expect(block.readUInt16BE(18)).toBe(6);
  });

  it("leaves every other byte of a camera's block as it was", async () => {
    const { metadata } = await decodePhoto(await cameraJpeg(60, 40, 3));
    const before = metadata.exif;
    const after = before && uprightExif(before, 3);
    if (!before || !after) throw new Error("no EXIF");
    const changed = [...before.keys()].filter((at) => before[at] !== after[at]);
    // Orientation 3 is now 1; colour space 0xffff (uncalibrated) is now 1 (sRGB), in two bytes.
    expect(changed.map((at) => [before[at], after[at]])).toEqual([
      [3, 1],
      [255, 1],
      [255, 0],
    ]);
  });

  it("gives up on rubbish", () => {
    for (const bytes of ["", "II", "XX*\0\x08\0\0\0", "II*\0\xff\0\0\0", "MM\0*\0\0\0\x08\xff\xff"]) {
      expect(uprightExif(Buffer.from(bytes, "latin1"), 1)).toBeNull();
    }
  });
});

describe("tag directories", () => {
  it("turn big-endian values round", async () => {
    const tags = await readTags(readerOf(bigEndianExif()), () => true);
    expect(tags?.main).toEqual([{ tag: 0x0112, type: 3, count: 1, data: Uint8Array.of(6, 0) }]);
  });

  it("come back as they were written, wherever they stand", async () => {
    const text = (tag: number, value: string) => ({
      ...{ tag, type: 2, count: value.length },
      data: latin1(value),
    });
    const tree = {
      main: [text(0x010f, "a maker of odd length\0"), text(0x0131, "sw\0"), text(0x8298, "someone\0")],
      exif: [{ tag: 0x829a, type: 5, count: 1, data: Uint8Array.of(1, 0, 0, 0, 125, 0, 0, 0) }],
      gps: [text(1, "N\0")],
    };
    for (const start of [8, 1000]) {
      const header = Buffer.alloc(start);
      header.write("II*\0", 0, "latin1");
      header.writeUInt32LE(start, 4);
      const file = Buffer.concat([header, writeTags(tree, start)]);
      expect(await readTags(readerOf(file), () => true)).toEqual(tree);
    }
  });
});
