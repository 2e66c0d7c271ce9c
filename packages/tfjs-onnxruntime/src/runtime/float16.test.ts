import { expect, test } from "vitest";
import { fromFloat16, toFloat16 } from "./float16.ts";

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

test("every half-precision number comes back as itself", () => {
  const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
    (bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0,
  );
  expect(toFloat16(fromFloat16(all))).toEqual(all);
  expect([...fromFloat16(new Uint16Array([0x3555, 0x0001, 0xc000, 0x7c01]))]).toEqual([
    0.333251953125,
    2 ** -24,
    -2,
    Number.NaN,
  ]);
});
