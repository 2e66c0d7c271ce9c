import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawCrop } from "./augment.ts";
import { Random } from "./random.ts";

const options = { cropSize: 64, scaleMax: 2.25, flip: true };

describe("drawCrop", () => {
  it("stays inside, never enlarges, and reaches the whole range of scales", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 64, max: 400 }),
        fc.integer({ min: 64, max: 400 }),
        fc.nat(),
        (w, h, i) => {
          const crop = drawCrop(Random.of(i), w, h, options);
          expect(crop.side).toBeGreaterThanOrEqual(64);
          expect(crop.left).toBeGreaterThanOrEqual(0);
          expect(crop.top).toBeGreaterThanOrEqual(0);
          expect(crop.left + crop.side).toBeLessThanOrEqual(w);
          expect(crop.top + crop.side).toBeLessThanOrEqual(h);
        },
      ),
      { seed: 1 },
    );
    // A short side of 144 = 2.25 * 64: sides from 64 (at full size) to 144 (the photo's whole height).
    const sides = Array.from({ length: 2000 }, (_, i) => drawCrop(Random.of(i), 200, 144, options).side);
    expect(Math.min(...sides)).toBe(64);
    expect(Math.max(...sides)).toBeGreaterThanOrEqual(143);
    // Even in the short side: half of them above (1 + 2.25) / 2 of the crop, where a side is 64 / 1.625 * 2.25.
    const smaller = sides.filter((side) => side < (64 * 2.25) / 1.625).length;
    expect(Math.abs(smaller - 1000)).toBeLessThan(120);
  });

  it("scales by no less than it is told, as far as the photo goes", () => {
    // pix2pix's jitter: always 286 to 256, in units of the crop.
    const jitter = { cropSize: 64, scaleMin: 286 / 256, scaleMax: 286 / 256, flip: true };
    const sides = (height: number) =>
      new Set(Array.from({ length: 50 }, (_, i) => drawCrop(Random.of(i), 600, height, jitter).side));
    expect(sides(286)).toEqual(new Set([256]));
    // Smaller than 286 / 256 of the crop: as it is.
    expect(sides(66)).toEqual(new Set([64]));
  });

  it("mirrors half of the crops, or none, without moving the others' draws", () => {
    const some = Array.from({ length: 400 }, (_, i) => drawCrop(Random.of(i), 200, 144, options));
    const none = Array.from({ length: 400 }, (_, i) =>
      drawCrop(Random.of(i), 200, 144, { ...options, flip: false }),
    );
    const mirrored = some.filter((crop) => crop.flip).length;
    expect(Math.abs(mirrored - 200)).toBeLessThan(60);
    expect(none).toEqual(some.map((crop) => ({ ...crop, flip: false })));
  });
});
