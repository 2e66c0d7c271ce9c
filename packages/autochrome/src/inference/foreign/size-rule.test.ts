import { describe, expect, it } from "vitest";
import type { SizeRule } from "./adapter.ts";
import { defaultSize, planForeignFrame, settleSizeRule } from "./size-rule.ts";

const OPEN = { width: null, height: null };
const stretch: SizeRule = { rule: "stretch", width: 560, height: 560, multiple: 16 };
const letterbox: SizeRule = { rule: "letterbox", width: 256, height: 192, multiple: 1, pad: "reflect" };

describe("planForeignFrame", () => {
  it("stretches every photo to the whole input", () => {
    for (const [w, h] of [
      [1500, 1000],
      [30, 4000],
    ] as const) {
      expect(planForeignFrame(stretch, w, h, 560, OPEN)).toEqual({
        width: 560,
        height: 560,
        paddedWidth: 560,
        paddedHeight: 560,
        left: 0,
        top: 0,
      });
    }
  });

  it("takes another size in multiples, where the file lets it", () => {
    // DeOldify's render factor 22: 352.
    expect(planForeignFrame(stretch, 9, 9, 352, OPEN)).toMatchObject({ width: 352, height: 352 });
    expect(planForeignFrame(stretch, 9, 9, 350, OPEN)).toMatchObject({ width: 352, height: 352 });
    const fixed = { width: 560, height: 560 };
    expect(() => planForeignFrame(stretch, 9, 9, 352, fixed)).toThrow(/takes 560 x 560 pixels only/);
    expect(planForeignFrame(stretch, 9, 9, 560, fixed)).toMatchObject({ width: 560 });
  });

  it("puts a letterboxed photo, whole and in proportion, into the middle; small ones enlarged", () => {
    expect(planForeignFrame(letterbox, 1000, 250, 192, OPEN)).toEqual({
      width: 256,
      height: 64,
      paddedWidth: 256,
      paddedHeight: 192,
      left: 0,
      top: 64,
    });
    expect(planForeignFrame(letterbox, 10, 20, 192, OPEN)).toMatchObject({
      width: 96,
      height: 192,
      left: 80,
    });
  });

  it("short and long side keep the proportion and pad to multiples", () => {
    const short: SizeRule = { rule: "short-side", length: 256, multiple: 32, pad: "reflect" };
    expect(planForeignFrame(short, 1500, 1000, 256, OPEN)).toMatchObject({
      width: 384,
      height: 256,
      paddedWidth: 384,
      paddedHeight: 256,
    });
    const long: SizeRule = { rule: "long-side", length: 512, multiple: 32, pad: "reflect" };
    expect(planForeignFrame(long, 1500, 1000, 512, OPEN)).toEqual({
      width: 512,
      height: 341,
      paddedWidth: 512,
      paddedHeight: 352,
      left: 0,
      top: 5,
    });
    expect(planForeignFrame(long, 100, 50, 512, OPEN)).toMatchObject({ width: 100, height: 50 });
    expect([defaultSize(long), defaultSize(letterbox)]).toEqual([512, 192]);
  });
});

describe("settleSizeRule", () => {
  it("lets the file's fixed sides decide", () => {
    const fixed = { width: 256, height: 256 };
    expect(settleSizeRule(stretch, fixed, "x")).toMatchObject({ width: 256, height: 256 });
    expect(settleSizeRule(stretch, OPEN, "x")).toBe(stretch);
    const short: SizeRule = { rule: "short-side", length: 256, multiple: 32, pad: "edge" };
    expect(() => settleSizeRule(short, fixed, "the adapter")).toThrow(/takes 256 x 256 only/);
  });
});
