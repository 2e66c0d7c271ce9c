import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shrinkLuma } from "../../chroma/index.ts";
import { rgbToLuma } from "../../color/index.ts";
import { resampleLuma, resamplePart } from "./resample.ts";

function noise(pixels: number): Uint8Array {
  return Uint8Array.from({ length: pixels * 3 }, (_, i) => (i * 97 + (i >> 3) * 31) % 256);
}

describe("resampleLuma", () => {
  it("shrinks as our own networks' input is shrunk", () => {
    const rgb = noise(37 * 23);
    const expected = shrinkLuma(rgb, 37, 23, 11, 9);
    resampleLuma(rgb, 37, 23, 11, 9, "area").forEach((luma, i) => {
      expect(luma).toBeCloseTo(expected[i]!, 3);
    });
  });

  it("leaves a photo of the wanted size as it is, by either method", () => {
    const rgb = noise(12);
    for (const method of ["area", "bilinear"] as const) {
      expect(resampleLuma(rgb, 4, 3, 4, 3, method)).toEqual(rgbToLuma(rgb));
    }
  });

  it("enlarges between pixel centres, and repeats the edges", () => {
    // L* 0 and 100 to four pixels: their centres lie at -1/4, 1/4, 3/4, 5/4 of the two.
    const rgb = Uint8Array.of(0, 0, 0, 255, 255, 255);
    const out = [...resampleLuma(rgb, 2, 1, 4, 1, "area")];
    expect(out.map((luma) => Math.round(luma * 100) / 100)).toEqual([0, 25, 75, 100]);
  });

  it("bilinear looks at the nearest pixels alone, as OpenCV's does", () => {
    // 6 to 2: the centres fall on pixels 1 and 4.
    const levels = [0, 255, 0, 0, 0, 255];
    const rgb = Uint8Array.from(levels.flatMap((level) => [level, level, level]));
    const [first, second] = resampleLuma(rgb, 6, 1, 2, 1, "bilinear");
    expect([first, second]).toEqual([expect.closeTo(100, 3), expect.closeTo(0, 3)]);
    const [mean] = resampleLuma(rgb, 6, 1, 2, 1, "area");
    expect(mean).toBeCloseTo(100 / 3, 3);
  });
});

describe("resamplePart", () => {
  it("returns the whole untouched", () => {
    const values = Float32Array.of(1, 2, 3, 4);
    expect(resamplePart(values, 2, 1, 2, { left: 0, top: 0, width: 2, height: 1 }, 2, 1)).toBe(values);
  });

  it("cuts out whole pixels exactly, channels together", () => {
    const values = Float32Array.from({ length: 4 * 3 * 2 }, (_, i) => i);
    const out = resamplePart(values, 4, 3, 2, { left: 1, top: 1, width: 2, height: 1 }, 2, 1);
    expect([...out]).toEqual([10, 11, 12, 13]);
  });

  it("averages over parts of pixels by their shares", () => {
    // From 0.5 to 2.5 of (0, 6, 12): half of 0, all of 6, half of 12.
    const values = Float32Array.of(0, 6, 12);
    const out = resamplePart(values, 3, 1, 1, { left: 0.5, top: 0, width: 2, height: 1 }, 1, 1);
    expect([...out]).toEqual([6]);
  });

  it("keeps a constant, and stays between the extremes", () => {
    const side = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        side,
        side,
        side,
        side,
        fc.double({ min: 0, max: 0.4, noNaN: true }),
        (w, h, ow, oh, cut) => {
          const part = { left: cut * w, top: cut * h, width: w * (1 - cut), height: h * (1 - cut) };
          const constant = resamplePart(new Float32Array(w * h).fill(7), w, h, 1, part, ow, oh);
          for (const value of constant) expect(value).toBeCloseTo(7, 4);
          const ramp = resamplePart(
            Float32Array.from({ length: w * h }, (_, i) => i % w),
            w,
            h,
            1,
            part,
            ow,
            oh,
          );
          for (const value of ramp) expect(value >= -1e-4 && value <= w - 1 + 1e-4).toBe(true);
        },
      ),
    );
  });
});
