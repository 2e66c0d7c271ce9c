import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "../index.ts";

interface Geometry {
  batch: number;
  size: [number, number];
  channels: [number, number];
  kernel: [number, number];
  stride: number | [number, number];
  pad: "same" | "valid" | tf.backend_util.ExplicitPadding;
}

const UNEVEN: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [2, 1],
  [0, 2],
  [0, 0],
];

/** Sizes that each reach one of the forms, with rows and columns apart so that a swap would show. */
const GEOMETRIES: Record<string, Geometry[]> = {
  "stacked batch": [
    { batch: 3, size: [4, 4], channels: [64, 64], kernel: [4, 4], stride: 2, pad: "same" },
    { batch: 2, size: [5, 3], channels: [64, 64], kernel: [4, 4], stride: 2, pad: "same" },
    { batch: 3, size: [2, 2], channels: [64, 64], kernel: [4, 4], stride: 2, pad: "same" },
    { batch: 3, size: [3, 5], channels: [80, 96], kernel: [3, 3], stride: 1, pad: "same" },
    { batch: 2, size: [9, 7], channels: [96, 80], kernel: [3, 3], stride: [3, 2], pad: "valid" },
    { batch: 2, size: [6, 7], channels: [64, 70], kernel: [4, 4], stride: 3, pad: UNEVEN },
  ],
  "few outputs, by taps": [
    { batch: 2, size: [6, 5], channels: [32, 1], kernel: [4, 4], stride: 1, pad: "same" },
    { batch: 2, size: [7, 6], channels: [40, 2], kernel: [3, 3], stride: 2, pad: "same" },
    { batch: 1, size: [7, 6], channels: [36, 1], kernel: [3, 4], stride: [1, 2], pad: "valid" },
    { batch: 2, size: [5, 6], channels: [40, 1], kernel: [4, 4], stride: 2, pad: UNEVEN },
  ],
  "pairs of rows": [
    { batch: 2, size: [8, 9], channels: [64, 65], kernel: [4, 4], stride: 1, pad: "same" },
    { batch: 1, size: [10, 7], channels: [66, 64], kernel: [2, 3], stride: 1, pad: UNEVEN },
    { batch: 1, size: [8, 6], channels: [64, 64], kernel: [4, 4], stride: 1, pad: UNEVEN },
    { batch: 1, size: [14, 5], channels: [64, 64], kernel: [6, 3], stride: 1, pad: "same" },
  ],
  "flipped filter": [
    { batch: 2, size: [6, 5], channels: [3, 4], kernel: [4, 3], stride: 1, pad: "same" },
    { batch: 2, size: [6, 7], channels: [3, 4], kernel: [4, 4], stride: 1, pad: "valid" },
    { batch: 2, size: [6, 7], channels: [3, 4], kernel: [3, 4], stride: 1, pad: UNEVEN },
    // Padding beyond the filter's reach: this one may not be flipped.
    { batch: 2, size: [4, 4], channels: [3, 4], kernel: [2, 2], stride: 1, pad: UNEVEN },
  ],
};

beforeAll(async () => {
  await registerOnnxRuntime({ threads: 1 });
});

/** The convolution and both gradients on one backend. */
async function compute(backend: string, { batch, size, channels, kernel, stride, pad }: Geometry) {
  await tf.setBackend(backend);
  const tensors = tf.tidy(() => {
    const x = tf.randomUniform([batch, ...size, channels[0]], -1, 1, "float32", 3) as tf.Tensor4D;
    const filter = tf.randomUniform([...kernel, ...channels], -1, 1, "float32", 5) as tf.Tensor4D;
    const convolve = (a: tf.Tensor, b: tf.Tensor) =>
      tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
    const y = convolve(x, filter);
    const dy = tf.randomUniform(y.shape, -1, 1, "float32", 7);
    return [y, ...tf.grads(convolve)([x, filter], dy)];
  });
  const values = tensors.map((tensor) => Float32Array.from(tensor.dataSync()));
  tf.dispose(tensors);
  return values;
}

for (const [form, geometries] of Object.entries(GEOMETRIES)) {
  describe(form, () => {
    test.each(geometries)("$batch x $size, $channels, kernel $kernel, stride $stride", async (geometry) => {
      const expected = await compute("cpu", geometry);
      const actual = await compute(BACKEND_NAME, geometry);
      expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
      expected.forEach((values, i) => {
        const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = values.reduce((most, value, j) => Math.max(most, Math.abs(value - actual[i][j])), 0);
        expect(actual[i]).toHaveLength(values.length);
        expect(worst / scale).toBeLessThan(1e-5);
      });
    });
  });
}
