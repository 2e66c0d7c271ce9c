import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxMean, ChromaUpsampler, fitChroma } from "./guided-filter.ts";

function upsample(fit: ReturnType<typeof fitChroma>, luma: Float32Array, width: number, height: number) {
  const upsampler = new ChromaUpsampler(fit, width, height);
  const out = new Float32Array(width * height * 2);
  for (let y = 0; y < height; y++) {
    const row = out.subarray(y * width * 2, (y + 1) * width * 2);
    upsampler.writeRow(y, luma.subarray(y * width, (y + 1) * width), row, 1);
  }
  return out;
}

describe("boxMean", () => {
  it("averages the part of the window that lies inside", () => {
    // Rows 1 2 3 / 4 5 6: corner (1+2+4+5)/4, middle of the first row (1+...+6)/6.
    const mean = boxMean(Float32Array.of(1, 2, 3, 4, 5, 6), 3, 2, 1);
    expect([...mean]).toEqual([3, 3.5, 4, 3, 3.5, 4]);
  });

  it("agrees with a direct sum for any size and radius", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 12 }),
        (w, h, r) => {
          const plane = Float32Array.from({ length: w * h }, (_, i) => (i * 37) % 101);
          const mean = boxMean(plane, w, h, r);
          for (let y = 0; y < h; y++) {
            for (let x = 0; x < w; x++) {
              let sum = 0;
              let count = 0;
              for (let v = Math.max(0, y - r); v <= Math.min(h - 1, y + r); v++) {
                for (let u = Math.max(0, x - r); u <= Math.min(w - 1, x + r); u++) {
                  sum += plane[v * w + u];
                  count++;
                }
              }
              expect(mean[y * w + x]).toBeCloseTo(sum / count, 3);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("fitChroma and ChromaUpsampler", () => {
  it("returns the network's own chroma at the network's resolution", () => {
    const luma = Float32Array.from({ length: 30 }, (_, i) => (i * 29) % 100);
    const chroma = Float32Array.from({ length: 60 }, (_, i) => ((i * 17) % 120) - 60);
    const out = upsample(fitChroma(luma, chroma, 6, 5), luma, 6, 5);
    for (let i = 0; i < out.length; i++) expect(out[i]).toBeCloseTo(chroma[i], 3);
  });

  it("interpolates bicubically, pixel centres over pixel centres, where luma is flat", () => {
    // Catmull-Rom at 1/4 of 0, 0, 40, 40 is 40 (29 - 3) / 128.
    const fit = fitChroma(Float32Array.of(50, 50), Float32Array.of(0, 0, 40, -20), 2, 1);
    const out = upsample(fit, new Float32Array(4).fill(50), 4, 1);
    expect([...out]).toEqual([0, 0, 8.125, -4.0625, 31.875, -15.9375, 40, -20]);
  });

  it("moves a colour border from between network pixels to the luma edge", () => {
    // Dark red | bright blue at full-resolution column 13 of 32; the network's pixels are 4 wide, its fourth
    // is one quarter red. Bilinear interpolation would smear over eight columns.
    const width = 32;
    const edge = 13;
    const luma = Float32Array.from({ length: width }, (_, x) => (x < edge ? 20 : 80));
    const shares = Float32Array.from({ length: 8 }, (_, k) => Math.min(4, Math.max(0, edge - 4 * k)) / 4);
    const small = shares.map((red) => 20 * red + 80 * (1 - red));
    const chroma = new Float32Array(16);
    shares.forEach((red, k) => {
      chroma[2 * k] = 60 * red;
      chroma[2 * k + 1] = -50 * (1 - red);
    });
    const out = upsample(fitChroma(small, chroma, 8, 1), luma, width, 1);
    for (let x = 0; x < width; x++) {
      expect(Math.abs(out[2 * x] - (x < edge ? 60 : 0))).toBeLessThan(9);
      expect(Math.abs(out[2 * x + 1] - (x < edge ? 0 : -50))).toBeLessThan(9);
    }
  });

  it("does not continue the line beyond the luma seen around (no halos)", () => {
    const luma = Float32Array.of(40, 44, 48, 52, 56, 60);
    const chroma = Float32Array.from([...luma].flatMap((l) => [l - 50, 50 - l]));
    const fit = fitChroma(luma, chroma, 6, 1);
    const out = upsample(fit, Float32Array.of(40, 100, 0, 52, 100, 60), 6, 1);
    for (const value of out) expect(Math.abs(value)).toBeLessThanOrEqual(11);
  });

  it("scales with saturation", () => {
    const fit = fitChroma(Float32Array.of(50), Float32Array.of(10, -4), 1, 1);
    const out = new Float32Array(2);
    new ChromaUpsampler(fit, 1, 1).writeRow(0, Float32Array.of(50), out, 1.5);
    expect([...out]).toEqual([15, -6]);
  });
});
