/**
 * Random planes from which scratches, stains and grain are made, and the blur that they share.
 *
 * @module
 */
import type { Random } from "../../packages/autochrome/src/data/index.ts";

export interface Plane {
  width: number;
  height: number;
  /** `[height * width]` */
  values: Float32Array;
}

/** White noise of variance 1. */
export function whiteNoise(random: Random, width: number, height: number): Plane {
  return { width, height, values: Float32Array.from({ length: width * height }, () => random.normal()) };
}

/** Smooth values in [0,1] that change over about `1 / cells` of the picture's long side. */
export function clouds(random: Random, width: number, height: number, cells: number): Plane {
  const step = Math.max(width, height) / cells;
  const columns = Math.ceil(width / step) + 2;
  const knots = Float32Array.from({ length: columns * (Math.ceil(height / step) + 2) }, () =>
    random.uniform(),
  );
  const ease = (t: number) => t * t * (3 - 2 * t);
  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y++) {
    const v = Math.floor(y / step);
    const ty = ease(y / step - v);
    for (let x = 0; x < width; x++) {
      const u = Math.floor(x / step);
      const tx = ease(x / step - u);
      const i = v * columns + u;
      const above = knots[i]! + (knots[i + 1]! - knots[i]!) * tx;
      const below = knots[i + columns]! + (knots[i + columns + 1]! - knots[i + columns]!) * tx;
      values[y * width + x] = above + (below - above) * ty;
    }
  }
  return { width, height, values };
}

/** Gaussian blur, standard deviation in pixels, edges repeated. */
export function blur({ width, height, values }: Plane, sigma: number): Plane {
  const radius = Math.ceil(sigma * 3);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const pass = (from: Float32Array, length: number, stride: number, lines: number, lineStride: number) => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line++) {
      for (let at = 0; at < length; at++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) {
          const from_ = Math.min(length - 1, Math.max(0, at + k));
          sum += from[line * lineStride + from_ * stride]! * kernel[k + radius]!;
        }
        to[line * lineStride + at * stride] = sum / total;
      }
    }
    return to;
  };
  return { width, height, values: pass(pass(values, width, 1, height, width), height, width, width, 1) };
}
