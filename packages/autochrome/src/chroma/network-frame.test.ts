import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rgbToLuma } from "../color/index.ts";
import { cropPadding, padPlane, planFrame, reflectIndex, shrinkLuma } from "./network-frame.ts";

describe("planFrame", () => {
  it("brings the short side to size, keeps the aspect and pads to multiples, centred", () => {
    expect(planFrame(3000, 2000, 256, 64)).toEqual({
      width: 384,
      height: 256,
      paddedWidth: 384,
      paddedHeight: 256,
      left: 0,
      top: 0,
    });
    expect(planFrame(1500, 2000, 256, 64)).toMatchObject({
      height: 341,
      paddedHeight: 384,
      top: 21,
      left: 0,
    });
  });

  it("never enlarges, and bounds strips", () => {
    expect(planFrame(1, 1, 256, 32)).toMatchObject({
      width: 1,
      height: 1,
      paddedWidth: 32,
      paddedHeight: 32,
    });
    expect(planFrame(100, 60, 256, 32)).toMatchObject({ width: 100, height: 60 });
    expect(planFrame(20000, 10, 256, 32)).toMatchObject({ width: 1024, height: 1 });
    expect(planFrame(10, 20000, 256, 32)).toMatchObject({ width: 1, height: 1024 });
  });
});

describe("reflectIndex", () => {
  it("mirrors at the first and last pixel without repeating them, again and again", () => {
    const seen = Array.from({ length: 13 }, (_, i) => reflectIndex(i - 5, 3));
    expect(seen).toEqual([1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1]);
    expect(reflectIndex(-7, 1)).toBe(0);
  });
});

describe("padPlane and cropPadding", () => {
  it("are inverse inside the frame, for padding larger than the picture too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (w, h) => {
        const frame = planFrame(w, h, 20, 8);
        const plane = Float32Array.from({ length: frame.width * frame.height }, (_, i) => i + 1);
        const padded = padPlane(plane, frame);
        expect(padded.length % 64).toBe(0);
        expect(padded.every((v) => v >= 1)).toBe(true);
        expect(cropPadding(padded, frame, 1)).toEqual(plane);
      }),
    );
  });
});

describe("shrinkLuma", () => {
  it("averages L* over each pixel's area", () => {
    // Gray levels 0 and 255 are L* 0 and 100: 3 x 1 to 2 x 1 weighs the middle pixel half to each side.
    const rgb = Uint8Array.of(0, 0, 0, 255, 255, 255, 255, 255, 255);
    const small = shrinkLuma(rgb, 3, 1, 2, 1);
    expect(small[0]).toBeCloseTo(100 / 3, 3);
    expect(small[1]).toBeCloseTo(100, 3);
  });

  it("keeps the mean for any sizes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (w, h, scale) => {
          const rgb = Uint8Array.from({ length: w * h * 3 }, (_, i) => (i * 73) % 256);
          const small = shrinkLuma(
            rgb,
            w,
            h,
            Math.max(1, Math.round(w * scale)),
            Math.max(1, Math.round(h * scale)),
          );
          const mean = (plane: Float32Array) => plane.reduce((sum, v) => sum + v, 0) / plane.length;
          expect(mean(small)).toBeCloseTo(mean(rgbToLuma(rgb)), 2);
        },
      ),
    );
  });
});
