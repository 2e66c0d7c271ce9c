import { expect, test } from "vitest";
import { colorName, hexOf, labOf, PALETTE, paletteHex } from "./colors.ts";

test("colours in words", () => {
  const words = {
    "#ff0000": "red",
    "#0000ff": "dark blue",
    "#87ceeb": "light blue",
    "#008000": "green",
    "#ffa500": "orange",
    "#ffff00": "light yellow",
    "#800080": "dark purple",
    "#008080": "teal",
    "#ff69b4": "pink",
    "#8b5a2b": "brown",
    "#e8beac": "beige",
    "#808080": "gray",
    "#ffffff": "white",
    "#000000": "black",
  };
  expect(Object.fromEntries(Object.keys(words).map((hex) => [hex, colorName(hex)]))).toEqual(words);
});

test("a palette colour takes the lightness of its place", () => {
  const [l, a, b] = labOf(paletteHex({ name: "skin", a: 14, b: 17 }, 60));
  expect(l).toBeCloseTo(60, 0);
  expect(a).toBeCloseTo(14, 0);
  expect(b).toBeCloseTo(17, 0);
});

test("in deep shadow and bright light palette colours can still be told apart", () => {
  for (const lightness of [0, 50, 100]) {
    const shown = PALETTE.map((color) => paletteHex(color, lightness));
    expect(new Set(shown).size).toBe(PALETTE.length);
  }
});

test("a colour's digits", () => {
  expect(hexOf([0, 10, 255])).toBe("#000aff");
});
