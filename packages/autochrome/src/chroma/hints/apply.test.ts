import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hint } from "../hint.ts";
import type { Prediction } from "../prediction.ts";
import { applyHints, HintField } from "./apply.ts";
import { GeodesicGrid } from "./geodesic.ts";
import { chromaOfColor, placeHints } from "./place.ts";

const BLUE = chromaOfColor("#3a6ea5");

function picture(width: number, height: number, lumaAt: (x: number, y: number) => number): Prediction {
  const luma = Float32Array.from({ length: width * height }, (_, i) =>
    lumaAt(i % width, Math.floor(i / width)),
  );
  return { width, height, luma, chroma: new Float32Array(2 * width * height) };
}

function pixel({ width, chroma }: Prediction, x: number, y: number): [number, number] {
  const i = 2 * (y * width + x);
  return [chroma[i]!, chroma[i + 1]!];
}

const share = fc.double({ min: 0, max: 1, noNaN: true });
const anyHint: fc.Arbitrary<Hint> = fc.record({
  x: share,
  y: share,
  color: fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`),
});
const anyPicture: fc.Arbitrary<Prediction> = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) => {
    const planes = (channels: number, min: number, max: number) =>
      fc
        .array(fc.integer({ min, max }), {
          minLength: width * height * channels,
          maxLength: width * height * channels,
        })
        .map((values) => Float32Array.from(values));
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      luma: planes(1, 0, 100),
      chroma: planes(2, -100, 100),
    });
  });

describe("applyHints", () => {
  it("returns the prediction itself without hints, and leaves it alone with some", () => {
    const prediction = picture(8, 4, () => 50);
    expect(applyHints(prediction, [])).toBe(prediction);
    const hinted = applyHints(prediction, [{ x: 0.5, y: 0.5, color: "#3a6ea5" }]);
    expect(hinted.luma).toBe(prediction.luma);
    expect(prediction.chroma.every((value) => value === 0)).toBe(true);
  });

  it("refuses a hint outside the photo, or of no colour", () => {
    const prediction = picture(2, 2, () => 50);
    expect(() => applyHints(prediction, [{ x: -0.1, y: 0, color: "#000000" }])).toThrow(
      /hints\[0\].x is -0.1/,
    );
    expect(() => applyHints(prediction, [{ x: 0, y: Number.NaN, color: "#000000" }])).toThrow(/y is NaN/);
    expect(() => applyHints(prediction, [{ x: 0, y: 0, color: "000000" }])).toThrow(/color is "000000"/);
  });

  it("gives two pixels what the formulas give by hand", () => {
    // A step of one pixel is one short side: it costs 1, and 20 of L* cost 0.5; their difference adds 0.5^2. The hinted
    // pixel's own lightness is the mean of both, 10 from either: (10 / 40)^2 = 0.0625.
    const prediction = picture(2, 1, (x) => 50 + 20 * x);
    const [near, far] = [0.0625, 1.5 + 0.0625].map((d) => Math.exp(-((d / 2) ** 2)));
    const hinted = applyHints(prediction, [{ x: 0, y: 0, color: "#3a6ea5" }]);
    expect(pixel(hinted, 0, 0)[1]).toBeCloseTo(near! * BLUE.b, 4);
    expect(pixel(hinted, 1, 0)[1]).toBeCloseTo(far! * BLUE.b, 4);
  });

  it("gives a pixel halfway between two hints the mean of both, and each its own colour", () => {
    const prediction = picture(33, 33, () => 60);
    const other = chromaOfColor("#a53a3a");
    const hinted = applyHints(prediction, [
      { x: 0.5 / 33, y: 0.5, color: "#3a6ea5" },
      { x: 32.5 / 33, y: 0.5, color: "#a53a3a" },
    ]);
    const [a, b] = pixel(hinted, 16, 16);
    const reach = Math.exp(-((16 / 33 / 2) ** 2));
    expect(a).toBeCloseTo((reach * (BLUE.a + other.a)) / 2, 3);
    expect(b).toBeCloseTo((reach * (BLUE.b + other.b)) / 2, 3);
    expect(pixel(hinted, 0, 16)[1]).toBeCloseTo(BLUE.b, 2);
    expect(pixel(hinted, 32, 16)[0]).toBeCloseTo(other.a, 2);
  });

  it("lets contradictory hints side by side have their own pixels", () => {
    const hinted = applyHints(
      picture(96, 96, () => 60),
      [
        { x: 48.5 / 96, y: 0.5, color: "#3a6ea5" },
        { x: 52.5 / 96, y: 0.5, color: "#a53a3a" },
      ],
    );
    expect(Math.abs(pixel(hinted, 48, 48)[1] - BLUE.b)).toBeLessThan(3);
    expect(Math.abs(pixel(hinted, 52, 48)[0] - chromaOfColor("#a53a3a").a)).toBeLessThan(3);
  });

  it("fills an even area and stops at an edge of luma", () => {
    const hinted = applyHints(
      picture(64, 48, (x) => (x < 32 ? 20 : 80)),
      [{ x: 0.25, y: 0.5, color: "#3a6ea5" }],
    );
    expect(pixel(hinted, 1, 1)[1] / BLUE.b).toBeGreaterThan(0.85);
    expect(pixel(hinted, 40, 24)[1] / BLUE.b).toBeLessThan(0.05);
  });

  it("takes the last of several hints on one pixel", () => {
    const prediction = picture(4, 4, () => 50);
    const [red, blue] = ["#a53a3a", "#3a6ea5"].map((color) => ({ x: 0.5, y: 0.5, color }));
    expect(applyHints(prediction, [red!, blue!])).toEqual(applyHints(prediction, [blue!]));
  });

  it("stays between the network's chroma and the hints', whatever the hints", () => {
    fc.assert(
      fc.property(anyPicture, fc.array(anyHint, { minLength: 1, maxLength: 12 }), (prediction, hints) => {
        const placed = placeHints(hints, prediction.width, prediction.height);
        const { chroma } = applyHints(prediction, hints);
        chroma.forEach((value, i) => {
          const wanted = placed.map(({ a, b }) => (i % 2 === 0 ? a : b));
          expect(value).toBeGreaterThanOrEqual(Math.min(prediction.chroma[i]!, ...wanted) - 1e-3);
          expect(value).toBeLessThanOrEqual(Math.max(prediction.chroma[i]!, ...wanted) + 1e-3);
        });
      }),
    );
  });

  it("is the same mirrored, up to the sweeps' rounding", () => {
    const mirrored = ({ width, height, luma, chroma }: Prediction): Prediction => ({
      width,
      height,
      luma: luma.map((_, i) => luma[i - (i % width) + width - 1 - (i % width)]!),
      chroma: chroma.map((_, k) => {
        const i = k >> 1;
        return chroma[2 * (i - (i % width) + width - 1 - (i % width)) + (k & 1)]!;
      }),
    });
    fc.assert(
      fc.property(
        anyPicture,
        fc.array(fc.tuple(fc.nat(), fc.nat(), anyHint), { maxLength: 5 }),
        (prediction, list) => {
          const { width, height } = prediction;
          // In the middle of pixels, so that mirroring moves none to the next.
          const hints = list.map(([x, y, { color }]) => ({
            x: ((x % width) + 0.5) / width,
            y: ((y % height) + 0.5) / height,
            color,
          }));
          const there = applyHints(
            mirrored(prediction),
            hints.map((hint) => ({ ...hint, x: 1 - hint.x })),
          );
          const back = mirrored(there).chroma;
          applyHints(prediction, hints).chroma.forEach((value, i) => {
            expect(back[i]).toBeCloseTo(value, 2);
          });
        },
      ),
    );
  });
});

describe("HintField", () => {
  it("gives the same in steps", () => {
    const prediction = picture(12, 9, (x, y) => 40 + x * y);
    const hints = [
      { x: 0.1, y: 0.2, color: "#3a6ea5" },
      { x: 0.9, y: 0.7, color: "#a53a3a" },
    ];
    const field = new HintField(prediction);
    expect(field.blend()).toEqual(prediction);
    for (const [count, placed] of placeHints(hints, 12, 9).entries()) {
      field.add(placed);
      expect(field.blend()).toEqual(applyHints(prediction, hints.slice(0, count + 1)));
    }
  });
});

describe("GeodesicGrid", () => {
  it("finds ways: none shorter than those of Dijkstra's algorithm", () => {
    fc.assert(
      fc.property(anyPicture, fc.nat(), ({ width, height, luma }, place) => {
        const start = place % (width * height);
        const grid = new GeodesicGrid(luma, width, height, { contrast: 40, way: 5 });
        const out = new Float32Array(width * height);
        grid.distancesFrom(start % width, Math.floor(start / width), out);
        const exact = dijkstra(luma, width, start);
        out.forEach((value, i) => {
          // Noise is a labyrinth: a way that winds more often than there are sweeps is found a little too long.
          expect(value).toBeGreaterThanOrEqual(exact[i]! - 1e-4);
          expect(value).toBeLessThan(Number.POSITIVE_INFINITY);
        });
      }),
    );
  });

  it("is exact where nothing winds", () => {
    const luma = picture(20, 15, (x, y) => 3 * x + y).luma;
    const out = new Float32Array(300);
    new GeodesicGrid(luma, 20, 15, { contrast: 40, way: 5 }).distancesFrom(7, 9, out);
    const exact = dijkstra(luma, 20, 9 * 20 + 7);
    out.forEach((value, i) => {
      expect(value).toBeCloseTo(exact[i]!, 4);
    });
  });
});

function dijkstra(luma: Float32Array, width: number, start: number): number[] {
  const distance = Array<number>(luma.length).fill(Number.POSITIVE_INFINITY);
  const open = new Set(luma.keys());
  distance[start] = 0;
  while (open.size > 0) {
    const at = [...open].reduce((one, other) => (distance[other]! < distance[one]! ? other : one));
    open.delete(at);
    for (const next of open) {
      const [dx, dy] = [(next % width) - (at % width), Math.floor(next / width) - Math.floor(at / width)];
      if (Math.abs(dx) > 1 || Math.abs(dy) > 1) continue;
      const way = distance[at]! + Math.hypot(dx, dy) / 5 + Math.abs(luma[at]! - luma[next]!) / 40;
      distance[next] = Math.min(distance[next]!, way);
    }
  }
  return distance;
}
