import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { combineLumaChroma, labToRgb } from "./gamut.ts";
import { rgbToLab, rgbToLuma } from "./lab.ts";

function lookUpEverySeventh(): Uint8Array {
  const rgb: number[] = [];
  for (let r = 0; r < 256; r += 7)
    for (let g = 0; g < 256; g += 7) for (let b = 0; b < 256; b += 7) rgb.push(r, g, b, b, r, 255 - g);
  return Uint8Array.from(rgb);
}

/** Place of the first difference, or -1. (`toEqual` takes seconds on long typed arrays.) */
function firstDifference(a: Uint8Array | Uint16Array, b: Uint8Array | Uint16Array): number {
  return a.length === b.length ? a.findIndex((value, k) => value !== b[k]) : 0;
}

/** A pixel's luma and a chroma that may lie far outside sRGB. */
const anyPixel = fc.record({
  luma: fc.double({ min: 0, max: 100, noNaN: true }),
  a: fc.double({ min: -250, max: 250, noNaN: true }),
  b: fc.double({ min: -250, max: 250, noNaN: true }),
});
const somePixels = fc.array(anyPixel, { minLength: 1, maxLength: 200 });

describe("labToRgb", () => {
  it("inverts rgbToLab exactly at both depths", () => {
    const narrow = lookUpEverySeventh();
    expect(firstDifference(labToRgb(rgbToLab(narrow), new Uint8Array(narrow.length)), narrow)).toBe(-1);
    const wide = Uint16Array.from(narrow, (level, k) => Math.min(65535, level * 257 + (k % 250)));
    expect(firstDifference(labToRgb(rgbToLab(wide), new Uint16Array(wide.length)), wide)).toBe(-1);
  });

  it("keeps L* and hue and loses only chroma where sRGB ends", () => {
    fc.assert(
      fc.property(somePixels, (pixels) => {
        const lab = Float32Array.from(pixels.flatMap(({ luma, a, b }) => [luma, a, b]));
        const got = rgbToLab(labToRgb(lab, new Uint16Array(lab.length)));
        for (let i = 0; i < lab.length; i += 3) {
          expect(Math.abs(got[i] - lab[i])).toBeLessThan(0.02);
          const asked = Math.hypot(lab[i + 1], lab[i + 2]);
          const shown = Math.hypot(got[i + 1], got[i + 2]);
          expect(shown).toBeLessThan(asked + 0.1);
          // Distance from the asked hue's ray: the component of the shown chroma across it.
          if (asked > 1) {
            const across = (got[i + 1] * lab[i + 2] - got[i + 2] * lab[i + 1]) / asked;
            expect(Math.abs(across)).toBeLessThan(0.1);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("reaches the edge of sRGB: pure blue's hue at twice its chroma comes back as blue", () => {
    const [luma, a, b] = rgbToLab(Uint8Array.of(0, 0, 255));
    expect([...labToRgb(Float32Array.of(luma, 2 * a, 2 * b), new Uint8Array(3))]).toEqual([0, 0, 255]);
  });
});

describe("combineLumaChroma", () => {
  it("keeps L* within 1 of the luma at every pixel after 8-bit rounding, in gamut or not", () => {
    fc.assert(
      fc.property(somePixels, (pixels) => {
        const luma = Float32Array.from(pixels, (pixel) => pixel.luma);
        const chroma = Float32Array.from(pixels.flatMap(({ a, b }) => [a, b]));
        const out = rgbToLuma(combineLumaChroma(luma, chroma, new Uint8Array(luma.length * 3)));
        for (let p = 0; p < luma.length; p++) expect(Math.abs(out[p] - luma[p])).toBeLessThan(0.5);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the L* of every gray level under any chroma", () => {
    const levels = Uint8Array.from({ length: 256 * 3 }, (_, k) => Math.floor(k / 3));
    const luma = rgbToLuma(levels);
    for (const [a, b] of [
      [0, 0],
      [40, -20],
      [-30, 60],
      [110, 110],
      [-110, -110],
      [60, -110],
    ]) {
      const chroma = Float32Array.from({ length: 512 }, (_, k) => (k % 2 === 0 ? a : b));
      const out = combineLumaChroma(luma, chroma, new Uint8Array(768));
      const kept = rgbToLuma(out);
      for (let p = 0; p < 256; p++) expect(Math.abs(kept[p] - luma[p])).toBeLessThan(0.5);
      if (a === 0 && b === 0) expect(out).toEqual(levels);
    }
  });

  it("agrees with labToRgb", () => {
    const lab = rgbToLab(lookUpEverySeventh());
    const pixels = lab.length / 3;
    const luma = Float32Array.from({ length: pixels }, (_, p) => lab[3 * p]);
    const chroma = Float32Array.from({ length: pixels * 2 }, (_, k) => 1.5 * lab[3 * (k >> 1) + 1 + (k % 2)]);
    const scaled = lab.map((value, k) => (k % 3 === 0 ? value : 1.5 * value));
    const out = combineLumaChroma(luma, chroma, new Uint8Array(pixels * 3));
    expect(firstDifference(out, labToRgb(scaled, new Uint8Array(pixels * 3)))).toBe(-1);
  });

  it("paints gray where the chroma is not finite and clips luma", () => {
    const luma = Float32Array.of(50, 50, 120, -5);
    const chroma = Float32Array.of(Number.NaN, 3, Number.POSITIVE_INFINITY, 0, 0, 0, 10, 10);
    const out = combineLumaChroma(luma, chroma, new Uint8Array(12));
    expect([...out]).toEqual([119, 119, 119, 119, 119, 119, 255, 255, 255, 0, 0, 0]);
  });

  it("refuses lengths that do not fit", () => {
    expect(() => combineLumaChroma(new Float32Array(2), new Float32Array(2), new Uint8Array(6))).toThrow(
      /2 pixels of luma need 4 chroma values/,
    );
    expect(() => labToRgb(new Float32Array(6), new Uint8Array(3))).toThrow(RangeError);
  });
});
