import { describe, expect, it } from "vitest";
import { rgbToLuma } from "../color/index.ts";
import { Random } from "./random.ts";
import { rgbToExample, rgbToNeutralGray } from "./space.ts";

describe("rgbToNeutralGray", () => {
  it("keeps every gray level", () => {
    const rgb = Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
    expect([...rgbToNeutralGray(rgb)]).toEqual(Array.from({ length: 256 }, (_, i) => i));
  });

  it("has the colour's L* within half a gray level", () => {
    const random = Random.of(1);
    const rgb = Uint8Array.from({ length: 3000 }, () => random.integer(256));
    const luma = rgbToLuma(rgb);
    const gray = rgbToNeutralGray(rgb);
    const back = rgbToLuma(Uint8Array.from({ length: 3000 }, (_, i) => gray[Math.floor(i / 3)]));
    for (const [i, value] of luma.entries()) expect(Math.abs(back[i] - value)).toBeLessThan(0.25);
  });
});

describe("rgbToExample", () => {
  const rgb = Uint8Array.of(255, 0, 0, 255, 255, 255, 0, 0, 0);

  it("lab: L* / 50 - 1 and a*, b* over 110", () => {
    const input = new Float32Array(3);
    const target = new Float32Array(6);
    rgbToExample(rgb, "lab", input, target);
    // sRGB red is Lab 53.24, 80.09, 67.20.
    for (const [i, value] of [53.24 / 50 - 1, 1, -1].entries()) expect(input[i]).toBeCloseTo(value, 3);
    for (const [i, value] of [80.09 / 110, 67.2 / 110, 0, 0, 0, 0].entries()) {
      expect(target[i]).toBeCloseTo(value, 3);
    }
  });

  it("rgb: gray of equal L* and the colour, over 127.5 minus 1", () => {
    const input = new Float32Array(3);
    const target = new Float32Array(9);
    rgbToExample(rgb, "rgb", input, target);
    // Red's luminance 0.2126 is encoded as 0.4985: level 127.
    expect([...input]).toEqual([Math.fround(127 / 127.5 - 1), 1, -1]);
    expect([...target]).toEqual([1, -1, -1, 1, 1, 1, -1, -1, -1]);
  });
});
