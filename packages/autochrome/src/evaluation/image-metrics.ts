import { deltaE2000 } from "../color/index.ts";

/**
 * Peak signal-to-noise ratio: 20 log10(255 / sqrt(MSE)), MSE over pixels and RGB channels.
 *
 * @param truth interleaved 8-bit sRGB, `[n * 3]`
 * @param painted the same shape
 * @returns decibels; Infinity when the pictures are equal, NaN when they are empty
 */
export function psnr(truth: Uint8Array, painted: Uint8Array): number {
  let squares = 0;
  for (let i = 0; i < truth.length; i++) {
    const difference = truth[i] - painted[i];
    squares += difference * difference;
  }
  return 20 * Math.log10(255 / Math.sqrt(squares / truth.length));
}

/**
 * {@link psnr} that stays finite: equal pictures count as if one sample were off by one, which is the
 * highest value that any unequal picture of the size reaches. One exact photo thus cannot make a mean infinite.
 */
export function boundedPsnr(truth: Uint8Array, painted: Uint8Array): number {
  return Math.min(psnr(truth, painted), 20 * Math.log10(255 * Math.sqrt(truth.length)));
}

/**
 * Mean CIEDE2000 difference over pixels (D65, kL = kC = kH = 1).
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 * @returns 0 for equal pictures; NaN when they are empty
 */
export function meanDeltaE2000(truth: Float32Array, painted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i += 3) {
    sum += deltaE2000(truth[i], truth[i + 1], truth[i + 2], painted[i], painted[i + 1], painted[i + 2]);
  }
  return sum / (truth.length / 3);
}

/**
 * Mean absolute error of a* and b*, over pixels and both channels.
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 */
export function abMae(truth: Float32Array, painted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i += 3) {
    sum += Math.abs(truth[i + 1] - painted[i + 1]) + Math.abs(truth[i + 2] - painted[i + 2]);
  }
  return sum / ((truth.length / 3) * 2);
}
