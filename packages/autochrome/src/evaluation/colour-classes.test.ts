import { describe, expect, it } from "vitest";
import { rgbToLab } from "../color/index.ts";
import {
  COLOUR_CLASSES,
  colourClass,
  colourReport,
  countColours,
  newColourCounts,
} from "./colour-classes.ts";
import { lab } from "./testing.ts";

function classOf(...rgb: readonly [number, number, number]): string {
  const [L, a, b] = rgbToLab(Uint8Array.from(rgb));
  return COLOUR_CLASSES[colourClass(L, a, b)];
}

describe("colourClass", () => {
  const named: [string, ...[number, number, number]][] = [
    ["gray", 0, 0, 0],
    ["gray", 128, 128, 128],
    ["gray", 255, 255, 255],
    ["gray", 112, 118, 124],
    ["red", 255, 0, 0],
    ["red", 128, 0, 0],
    ["red", 220, 20, 60],
    ["orange", 255, 165, 0],
    ["orange", 255, 140, 0],
    ["yellow", 255, 255, 0],
    ["yellow", 255, 215, 0],
    ["green", 0, 128, 0],
    ["green", 0, 255, 0],
    ["green", 107, 142, 35],
    ["green", 87, 108, 67],
    ["cyan", 0, 255, 255],
    ["cyan", 0, 128, 128],
    ["blue", 0, 0, 255],
    ["blue", 135, 206, 235],
    ["blue", 65, 105, 225],
    ["purple", 128, 0, 128],
    ["purple", 138, 43, 226],
    ["purple", 255, 0, 255],
    ["pink", 255, 192, 203],
    ["pink", 255, 105, 180],
    ["pink", 250, 128, 114],
    ["brown", 139, 69, 19],
    ["brown", 160, 82, 45],
    ["brown", 150, 110, 75],
  ];
  for (const [name, r, g, b] of named) {
    it(`calls rgb(${r}, ${g}, ${b}) ${name}`, () => expect(classOf(r, g, b)).toBe(name));
  }

  it("calls a chroma of 10 coloured and less gray", () => {
    expect(COLOUR_CLASSES[colourClass(50, -10, 0)]).toBe("cyan");
    expect(COLOUR_CLASSES[colourClass(50, -9.99, 0)]).toBe("gray");
  });
});

describe("colourReport", () => {
  it("counts rows by true class and scores each class against the rest", () => {
    const green = [50, -40, 40] as const;
    const brown = [40, 20, 30] as const;
    const gray = [50, 0, 0] as const;
    const counts = newColourCounts();
    countColours(counts, lab(green, green, green, brown), lab(green, green, brown, brown));
    countColours(counts, lab(gray), lab(brown));
    const { classes, confusion, precision, recall, f1 } = colourReport(counts);
    const [g, b, n] = ["green", "brown", "gray"].map((name) => classes.indexOf(name));
    expect(confusion[g][g]).toBe(2);
    expect(confusion[g][b]).toBe(1);
    expect(confusion[n][b]).toBe(1);
    expect(precision[g]).toBe(1);
    expect(recall[g]).toBeCloseTo(2 / 3);
    expect(f1[g]).toBeCloseTo(0.8);
    expect(precision[b]).toBeCloseTo(1 / 3);
    expect(recall[b]).toBe(1);
    expect(precision[n]).toBeNaN();
    expect(recall[n]).toBe(0);
    expect(f1[n]).toBe(0);
    expect(f1[classes.indexOf("blue")]).toBeNaN();
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(5);
  });
});
