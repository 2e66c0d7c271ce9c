import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { POLICY } from "../../../web/page-headers.ts";
import { Admission } from "./admission.ts";
import { ByteBlock } from "./body.ts";
import { coloredName } from "./colorize-route.ts";
import { parseOptions } from "./options.ts";
import { PAGE_POLICY } from "./site.ts";

describe("ByteBlock", () => {
  it("gives back what was appended, in whatever pieces and whatever was expected", () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 40 });
    fc.assert(
      fc.property(pieces, fc.option(fc.nat(5000), { nil: undefined }), (parts, expected) => {
        const block = new ByteBlock(expected);
        for (const part of parts) block.append(part);
        expect(block.bytes().equals(Buffer.concat(parts))).toBe(true);
      }),
    );
  });

  it("holds at most twice what came, byte by byte", () => {
    const block = new ByteBlock();
    for (let i = 0; i < 300_000; i++) block.append(Uint8Array.of(i));
    expect(block.bytes().buffer.byteLength).toBeLessThanOrEqual(600_000);
  });
});

describe("Admission", () => {
  it("counts photos and bytes, and lets one alone hold as much as it has", () => {
    const admission = new Admission({ maxRequests: 2, maxHeldBytes: 100 }, () => 7);
    const first = admission.enter(500);
    expect([admission.requests, admission.bytes]).toEqual([1, 500]);
    expect(() => admission.enter(1)).toThrow(/hold all memory/);
    expect([admission.requests, admission.bytes]).toEqual([1, 500]);
    first.hold(40);
    const second = admission.enter(60);
    expect(() => admission.enter(0)).toThrow(expect.objectContaining({ code: "queue-full", status: 503 }));
    expect(() => second.hold(61)).toThrow(
      expect.objectContaining({ options: expect.objectContaining({ retryAfter: 7 }) }),
    );
    second.hold(10);
    first.leave();
    first.leave();
    first.hold(1000);
    expect([admission.requests, admission.bytes]).toEqual([1, 10]);
    second.leave();
    expect([admission.requests, admission.bytes]).toEqual([0, 0]);
  });
});

describe("coloredName", () => {
  it.each([
    ["portrait.jpg", ".jpg", "portrait.color.jpg"],
    ["my.old.photo.tiff", ".png", "my.old.photo.color.png"],
    [undefined, ".webp", "photo.color.webp"],
    ["", ".jpg", "photo.color.jpg"],
    ["noending", ".jpg", "noending.color.jpg"],
    ["../../etc/passwd", ".jpg", "passwd.color.jpg"],
    ["C:\\scans\\a.png", ".png", "a.color.png"],
    ["...", ".png", "photo.color.png"],
    [".hidden", ".png", "hidden.color.png"],
    ['a"b\r\nc.jpg', ".jpg", "a_b__c.color.jpg"],
    ["x".repeat(300), ".jpg", `${"x".repeat(150)}.color.jpg`],
  ])("%j with %s is %s", (name, extension, expected) => {
    expect(coloredName(name, extension)).toBe(expected);
  });
});

describe("parseOptions", () => {
  it("never takes what it was not made for", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        try {
          const options = parseOptions(pairs);
          for (const name of Object.keys(options)) {
            expect([
              "size",
              "saturation",
              "tones",
              "format",
              "quality",
              "mark",
              "model",
              "name",
              "hints",
            ]).toContain(name);
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "bad-option" });
        }
      }),
    );
  });

  it("reads numbers and switches", () => {
    const pairs = Object.entries({
      size: "256",
      saturation: ".5",
      tones: "keep",
      quality: "90",
      mark: "no",
      format: "avif",
    });
    expect(parseOptions(pairs)).toEqual({
      size: 256,
      saturation: 0.5,
      tones: "keep",
      quality: 90,
      mark: false,
      format: "avif",
    });
  });
});

it("the policy sent with the page is the one that stands in it, and forbids framing", () => {
  expect(PAGE_POLICY).toBe(`${POLICY}; frame-ancestors 'none'`);
});
