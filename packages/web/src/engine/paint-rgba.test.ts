import { type Prediction, paintPhoto } from "autochrome/browser";
import { describe, expect, it } from "vitest";
import type { PagePixels } from "./decode.ts";
import { PreviewPainter, paintFull } from "./paint-rgba.ts";

/** Sloping gray with stripes; every fifth pixel half clear if `alpha`. */
function photo(width: number, height: number, alpha: boolean): PagePixels {
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    rgb.fill((((i % width) * 200) / width + (i % 7) * 8) & 255, 3 * i, 3 * i + 3);
  }
  const opacity = Uint8Array.from({ length: width * height }, (_, i) => (i % 5 === 0 ? 128 : 255));
  return { width, height, rgb, alpha: alpha ? opacity : null };
}

function prediction(width: number, height: number): Prediction {
  const n = width * height;
  return {
    width,
    height,
    luma: Float32Array.from({ length: n }, (_, i) => (i * 13) % 100),
    chroma: Float32Array.from({ length: n * 2 }, (_, i) => ((i * 37) % 160) - 80),
  };
}

describe("paintFull", () => {
  it("gives the library's pixels and the photo's opacity, in several strips", async () => {
    const pixels = photo(700, 900, true);
    const predicted = prediction(35, 45);
    const shares: number[] = [];
    const rgba = await paintFull(pixels, predicted, 1.3, async (share) => {
      shares.push(share);
    });
    const rgb = await paintPhoto(pixels, predicted, { saturation: 1.3 });
    const expected = Uint8ClampedArray.from({ length: 700 * 900 * 4 }, (_, i) =>
      i % 4 === 3 ? pixels.alpha![i >> 2]! : rgb[(i >> 2) * 3 + (i % 4)]!,
    );
    expect(Buffer.compare(Buffer.from(rgba), Buffer.from(expected))).toBe(0);
    expect(shares.length).toBeGreaterThan(0);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  });

  it("stops where the pause throws", async () => {
    const painting = paintFull(photo(700, 900, false), prediction(35, 45), 1, () =>
      Promise.reject(new Error("superseded")),
    );
    await expect(painting).rejects.toThrow("superseded");
  });
});

describe("PreviewPainter", () => {
  it("paints what paintFull paints, for any saturation and a new prediction", async () => {
    const pixels = photo(120, 90, true);
    const painter = new PreviewPainter(pixels);
    for (const predicted of [prediction(12, 9), prediction(30, 22)]) {
      painter.setPrediction(predicted);
      for (const saturation of [0, 0.6, 1, 2]) {
        const full = await paintFull(pixels, predicted, saturation, async () => {});
        const preview = painter.paint(saturation);
        expect(preview.length).toBe(full.length);
        expect(Math.max(...preview.map((value, i) => Math.abs(value - full[i]!)))).toBeLessThanOrEqual(1);
      }
    }
  });

  it("is gray before any prediction", () => {
    const rgba = new PreviewPainter(photo(20, 10, false)).paint(1);
    for (let i = 0; i < rgba.length; i += 4) {
      expect([rgba[i + 1], rgba[i + 2], rgba[i + 3]]).toEqual([rgba[i], rgba[i], 255]);
    }
  });
});
