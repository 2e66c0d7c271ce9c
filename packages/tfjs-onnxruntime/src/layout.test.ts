import { expect, test } from "vitest";
import {
  IOHW,
  isFlat,
  NCHW,
  OHWI,
  OIHW,
  physicalAxes,
  physicalDims,
  toRowMajor,
  transposition,
} from "./layout.ts";

test("physical sizes of images and filters", () => {
  expect(physicalDims([2, 5, 7, 3], NCHW)).toEqual([2, 3, 5, 7]);
  expect(physicalDims([4, 5, 16, 32], OIHW)).toEqual([32, 16, 4, 5]);
  expect(physicalDims([4, 5, 16, 32], IOHW)).toEqual([16, 32, 4, 5]);
  expect(physicalDims([4, 5, 16, 32], OHWI)).toEqual([32, 4, 5, 16]);
  expect(physicalAxes([0, 1, 2], NCHW, 4)).toEqual([0, 2, 3]);
});

test("transpositions between layouts are ONNX's perm attributes", () => {
  expect(transposition("", NCHW, 4)).toEqual([0, 3, 1, 2]);
  expect(transposition(NCHW, "", 4)).toEqual([0, 2, 3, 1]);
  expect(transposition(OHWI, OIHW, 4)).toEqual([0, 3, 1, 2]);
  expect(transposition(IOHW, OIHW, 4)).toEqual([1, 0, 2, 3]);
});

test("row-major copies of every layout hold the same elements", () => {
  const dims = [2, 3, 4, 5];
  const logical = Float32Array.from({ length: 120 }, (_, i) => i);
  const at = (index: readonly number[]) => ((index[0] * 3 + index[1]) * 4 + index[2]) * 5 + index[3];
  for (const layout of [NCHW, OIHW, IOHW, OHWI]) {
    const order = [...layout].map(Number);
    const sizes = physicalDims(dims, layout);
    const stored = new Float32Array(120);
    let position = 0;
    for (let a = 0; a < sizes[0]; a += 1)
      for (let b = 0; b < sizes[1]; b += 1)
        for (let c = 0; c < sizes[2]; c += 1)
          for (let d = 0; d < sizes[3]; d += 1) {
            const index = [0, 0, 0, 0];
            [a, b, c, d].forEach((value, axis) => {
              index[order[axis]] = value;
            });
            stored[position] = logical[at(index)];
            position += 1;
          }
    expect([...toRowMajor(stored, dims, layout)]).toEqual([...logical]);
  }
});

test("a value with one long axis needs no copy", () => {
  const data = new Float32Array([1, 2, 3]);
  expect(isFlat([1, 1, 1, 3])).toBe(true);
  expect(isFlat([2, 1, 1, 3])).toBe(false);
  expect(toRowMajor(data, [1, 1, 1, 3], NCHW)).toBe(data);
});
