import { expect, test } from "vitest";
import { toFloat16 } from "./float16.ts";

test("known half-precision patterns (IEEE 754-2008, binary16)", () => {
  const cases: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -26, 0x0000],
    [1 / 3, 0x3555],
    [Number.POSITIVE_INFINITY, 0x7c00],
  ];
  const halves = toFloat16(new Float32Array(cases.map(([value]) => value)));
  expect([...halves]).toEqual(cases.map(([, bits]) => bits));
});

test("ties go to the even neighbour", () => {
  const ulp = 2 ** -10;
  const halves = toFloat16(new Float32Array([1 + ulp / 2, 1 + (3 * ulp) / 2, 2 - ulp / 2]));
  expect([...halves]).toEqual([0x3c00, 0x3c02, 0x4000]);
});
