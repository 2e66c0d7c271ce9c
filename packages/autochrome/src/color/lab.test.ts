import { describe, expect, it } from "vitest";
import { labResponse, rgbToLab, rgbToLuma } from "./lab.ts";
import {
  AB_SCALE,
  denormalizeChroma,
  denormalizeChromaPlane,
  denormalizeLuma,
  normalizeChroma,
  normalizeChromaPlane,
  normalizeLuma,
  normalizeLumaPlane,
} from "./normalize.ts";
import { RGB_TO_XYZ } from "./primaries.ts";
import { srgbToLinear } from "./srgb.ts";

function everyFifth(): Uint8Array {
  const rgb: number[] = [];
  for (let r = 0; r < 256; r += 5)
    for (let g = 0; g < 256; g += 5) for (let b = 0; b < 256; b += 5) rgb.push(r, g, b);
  return Uint8Array.from(rgb);
}

describe("rgbToLab", () => {
  it.each([
    // Published values for D65 (X = 0.95047, Z = 1.08883), e.g. Lindbloom's calculator.
    ["red", [255, 0, 0], [53.2408, 80.0925, 67.2032]],
    ["green", [0, 255, 0], [87.7347, -86.1827, 83.1793]],
    ["blue", [0, 0, 255], [32.297, 79.1875, -107.8602]],
    ["white", [255, 255, 255], [100, 0, 0]],
    ["black", [0, 0, 0], [0, 0, 0]],
  ])("gives the published Lab of %s", (_, rgb, lab) => {
    const got = rgbToLab(Uint8Array.from(rgb));
    for (let k = 0; k < 3; k++) expect(Math.abs(got[k] - lab[k])).toBeLessThan(0.02);
  });

  it("follows the linear branch near black: level 10 is L* = 24389/27 * 10/255/12.92", () => {
    expect(rgbToLab(Uint8Array.of(10, 10, 10))[0]).toBeCloseTo((24389 / 27) * (10 / 255 / 12.92), 4);
  });

  it("gives gray no chroma at all", () => {
    const rgb = new Uint8Array(256 * 3).map((_, k) => Math.floor(k / 3));
    const lab = rgbToLab(rgb);
    for (let p = 0; p < 256; p++) {
      expect(Math.abs(lab[3 * p + 1])).toBeLessThan(1e-9);
      expect(Math.abs(lab[3 * p + 2])).toBeLessThan(1e-9);
    }
  });

  it("stays within 1e-3 of the formula over the whole cube", () => {
    const rgb = everyFifth();
    const lab = rgbToLab(rgb);
    let worst = 0;
    for (let i = 0; i < rgb.length; i += 3) {
      const [r, g, b] = [0, 1, 2].map((k) => srgbToLinear(rgb[i + k] / 255));
      const [fx, fy, fz] = [0, 3, 6].map((row) =>
        labResponse(RGB_TO_XYZ[row] * r + RGB_TO_XYZ[row + 1] * g + RGB_TO_XYZ[row + 2] * b),
      );
      const exact = [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
      for (let k = 0; k < 3; k++) worst = Math.max(worst, Math.abs(lab[i + k] - exact[k]));
    }
    expect(worst).toBeLessThan(1e-3);
  });

  it("reads 16-bit samples on their own scale", () => {
    const narrow = Uint8Array.of(12, 200, 77);
    const wide = Uint16Array.from(narrow, (level) => level * 257);
    expect(rgbToLab(wide)).toEqual(rgbToLab(narrow));
  });

  it("refuses lengths that do not fit", () => {
    expect(() => rgbToLab(new Uint8Array(4))).toThrow(RangeError);
    expect(() => rgbToLab(new Uint8Array(6), new Float32Array(3))).toThrow(RangeError);
    expect(() => rgbToLuma(new Uint8Array(6), new Float32Array(3))).toThrow(RangeError);
  });
});

describe("rgbToLuma", () => {
  it("is the L* of rgbToLab", () => {
    const rgb = everyFifth();
    const lab = rgbToLab(rgb);
    const luma = rgbToLuma(rgb);
    expect(luma.length * 3).toBe(rgb.length);
    expect(luma.findIndex((value, p) => value !== lab[3 * p])).toBe(-1);
  });
});

describe("normalization", () => {
  it("maps L* to [-1,1] and chroma by 110, both ways", () => {
    expect(AB_SCALE).toBe(110);
    expect([0, 50, 100].map(normalizeLuma)).toEqual([-1, 0, 1]);
    expect([-1, 0, 1].map(denormalizeLuma)).toEqual([0, 50, 100]);
    expect(normalizeChroma(-55)).toBe(-0.5);
    expect(denormalizeChroma(0.5)).toBe(55);
    expect(normalizeLumaPlane(Float32Array.of(0, 75))).toEqual(Float32Array.of(-1, 0.5));
    expect(normalizeChromaPlane(Float32Array.of(110, -55))).toEqual(Float32Array.of(1, -0.5));
    expect(denormalizeChromaPlane(Float32Array.of(1, -0.5))).toEqual(Float32Array.of(110, -55));
  });

  it("keeps every sRGB colour inside [-1,1]", () => {
    const lab = rgbToLab(everyFifth());
    const chroma = lab.filter((_, k) => k % 3 !== 0);
    expect(chroma.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)).toBeLessThan(AB_SCALE);
  });
});
