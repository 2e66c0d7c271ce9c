import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readResource } from "./resources.ts";

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const u32 = (value: number) => Buffer.concat([u16(value >>> 16), u16(value & 65535)]);

const PLAIN = Buffer.from("plain bytes");
const PACKED = Buffer.from("packed ".repeat(20));

/** A bundle with /b/photo.webp (plain), /b/packed.webp (zlib) and /b/zstd.webp (flagged so). */
function bundle(version: 1 | 2 | 3): Buffer {
  const blob = (bytes: Buffer) => Buffer.concat([u32(bytes.length), bytes]);
  const packed = Buffer.concat([u32(PACKED.length), deflateSync(PACKED)]);
  const data = Buffer.concat([blob(PLAIN), blob(packed)]);
  const texts = ["b", "photo.webp", "packed.webp", "zstd.webp"];
  const entries = texts.map((text) => {
    const utf16 = Buffer.from(text, "utf16le").swap16();
    return Buffer.concat([u16(text.length), u32(0xabcd), utf16]);
  });
  const nameAt = entries.map((_, i) => Buffer.concat(entries.slice(0, i)).length);
  const time = version === 1 ? Buffer.alloc(0) : Buffer.alloc(8, 1);
  const folder = (name: number, count: number, first: number) =>
    Buffer.concat([u32(name), u16(2), u32(count), u32(first), time]);
  const file = (name: number, flags: number, at: number) =>
    Buffer.concat([u32(name), u16(flags), u16(0), u16(1), u32(at), time]);
  const tree = Buffer.concat([
    folder(0, 1, 1),
    folder(nameAt[0]!, 3, 2),
    file(nameAt[1]!, 0, 0),
    file(nameAt[2]!, 1, PLAIN.length + 4),
    file(nameAt[3]!, 4, 0),
  ]);
  const head = version === 3 ? 24 : 20;
  const names = Buffer.concat(entries);
  const offsets = [head + data.length + names.length, head, head + data.length].map(u32);
  const flags = version === 3 ? u32(0) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from("qres"), u32(version), ...offsets, flags, data, names, tree]);
}

describe("readResource", () => {
  it.each([1, 2, 3] as const)("reads plain and compressed files of version %i", (version) => {
    expect(readResource(bundle(version), "/b/photo.webp")).toEqual(PLAIN);
    expect(readResource(bundle(version), "/b/packed.webp")).toEqual(PACKED);
  });

  it("says what is not there or not read", () => {
    expect(() => readResource(bundle(3), "/b/other.webp")).toThrow("no /b/other.webp in it");
    expect(() => readResource(bundle(3), "/b/photo.webp/x")).toThrow("no /b/photo.webp/x in it");
    expect(() => readResource(bundle(3), "/b")).toThrow("a folder");
    expect(() => readResource(bundle(3), "/b/zstd.webp")).toThrow("zstd");
  });

  it("refuses what is no bundle, of an unknown version or cut short", () => {
    expect(() => readResource(Buffer.from("RIFF, which is something else"), "/b")).toThrow("no bundle");
    expect(() => readResource(Buffer.concat([Buffer.from("qres"), Buffer.alloc(40, 9)]), "/b")).toThrow(
      "version",
    );
    const whole = bundle(3);
    expect(() => readResource(whole.subarray(0, whole.length - 30), "/b/zstd.webp")).toThrow("cut short");
  });
});
