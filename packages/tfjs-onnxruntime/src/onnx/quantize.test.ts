import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dequantize, quantize } from "./quantize.ts";

describe("quantize", () => {
  test("gives each channel 127 steps up to its largest magnitude", () => {
    // Two outputs, one a hundred times larger than the other, along the last axis.
    const values = Float32Array.of(1.27, -127, 0.635, 64.4, -0.014, 0);
    const quantized = quantize(values, [3, 2], [1]);
    expect([...quantized.data]).toEqual([127, -127, 64, 64, -1, 0]);
    expect(quantized.scales[0]).toBeCloseTo(0.01, 8);
    expect(quantized.scales[1]).toBe(1);
    expect(quantized.scaleDims).toEqual([1, 2]);
    expect([...dequantize(quantized, [3, 2])]).toEqual(
      [127, -127, 64, 64, -1, 0].map((step, i) => Math.fround(step * quantized.scales[i % 2])),
    );
  });

  test("keeps the scale of every channel of several axes, wherever they lie", () => {
    const dims = [2, 3, 2];
    const values = Float32Array.from({ length: 12 }, (_, i) => (i + 1) * (i % 2 ? -1 : 1));
    const outer = quantize(values, dims, [0]);
    expect([...outer.scales].map((scale) => scale * 127)).toEqual(
      [6, 12].map((max) => expect.closeTo(max, 5)),
    );
    const both = quantize(values, dims, [0, 1]);
    expect(both.scaleDims).toEqual([2, 3, 1]);
    expect([...both.scales].map((scale) => scale * 127)).toEqual(
      [2, 4, 6, 8, 10, 12].map((max) => expect.closeTo(max, 5)),
    );
    expect(quantize(values, dims, []).scales).toHaveLength(1);
  });

  test("moves no value by more than half a scale, and not at all the second time", () => {
    const shapes = fc.tuple(...[1, 2, 3, 4].map(() => fc.integer({ min: 1, max: 4 })));
    const filters = shapes.chain((dims) => {
      const size = dims.reduce((product, dim) => product * dim);
      return fc.record({
        dims: fc.constant(dims),
        axes: fc.subarray([0, 1, 2, 3]),
        values: fc.float32Array({
          minLength: size,
          maxLength: size,
          noNaN: true,
          noDefaultInfinity: true,
          min: -1000,
          max: 1000,
        }),
      });
    });
    fc.assert(
      fc.property(filters, ({ dims, axes, values }) => {
        const once = quantize(values, dims, axes);
        const read = dequantize(once, dims);
        // A channel's scale, found by stepping through the indices instead of by repetition.
        const scaleAt = (i: number) => {
          let [rest, place, stride] = [i, 0, 1];
          for (let axis = 3; axis >= 0; axis -= 1) {
            const at = rest % dims[axis];
            rest = Math.floor(rest / dims[axis]);
            if (axes.includes(axis)) {
              place += at * stride;
              stride *= dims[axis];
            }
          }
          return once.scales[place];
        };
        values.forEach((value, i) => {
          // Beside rounding to steps: those of float32, of which products below 2^-149 have none.
          const allowed = (scaleAt(i) / 2) * (1 + 1e-5) + 127 * 2 ** -149;
          expect(Math.abs(read[i] - value)).toBeLessThanOrEqual(allowed);
        });
        const normal = once.scales.every((scale) => scale === 0 || scale > 2 ** -120);
        if (normal) expect(dequantize(quantize(read, dims, axes), dims)).toEqual(read);
      }),
    );
  });

  test("leaves a channel of zeros at zero", () => {
    const quantized = quantize(new Float32Array(4), [2, 2], [0]);
    expect([...dequantize(quantized, [2, 2])]).toEqual([0, 0, 0, 0]);
  });
});
