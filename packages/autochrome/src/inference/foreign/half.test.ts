import { expect, it } from "vitest";
import { decodeHalf, encodeHalf } from "./half.ts";

/** Bits by IEEE 754-2008, table 3.5 and the definition of binary16. */
const KNOWN: [number, number][] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [1023 * 2 ** -24, 0x03ff],
  [0.333251953125, 0x3555],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
];

it("encodes and decodes the known values", () => {
  const values = KNOWN.map(([value]) => value);
  expect([...encodeHalf(Float32Array.from(values))]).toEqual(KNOWN.map(([, bits]) => bits));
  expect([...decodeHalf(Uint16Array.from(KNOWN, ([, bits]) => bits))]).toEqual(values);
  expect(decodeHalf(encodeHalf(Float32Array.of(Number.NaN)))[0]).toBeNaN();
});

it("gives every half back", () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(encodeHalf(decodeHalf(bits))).toEqual(bits);
});

it("rounds to the nearest, ties to the even one, and beyond the largest to infinity", () => {
  const step = 2 ** -10;
  const values = [
    1 + step / 2,
    1 + (3 * step) / 2,
    1 + step * 0.51,
    2 - step / 2,
    2 ** -25,
    1.5 * 2 ** -24,
    65519,
    65520,
  ];
  const bits = [0x3c00, 0x3c02, 0x3c01, 0x4000, 0x0000, 0x0002, 0x7bff, 0x7c00];
  expect([...encodeHalf(Float32Array.from(values))]).toEqual(bits);
});
