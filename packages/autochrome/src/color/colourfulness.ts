import type { RgbArray } from "./srgb.ts";

/**
 * Colourfulness of a picture after Hasler and Süsstrunk, "Measuring colourfulness in natural images"
 * (2003): with rg = R - G and yb = (R + G) / 2 - B, both signed,
 * sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)² + mean(yb)²).
 *
 * @param rgb interleaved sRGB, `[n * 3]`; 16-bit samples are measured on the 8-bit scale
 * @returns 0 for gray, about 15 slightly, 45 quite and 80 highly colourful; 0 when there are no pixels
 */
export function colourfulness(rgb: RgbArray): number {
  const pixels = Math.floor(rgb.length / 3);
  if (pixels === 0) return 0;
  let rgSum = 0;
  let rgSquares = 0;
  let ybSum = 0;
  let ybSquares = 0;
  for (let i = 0; i < pixels * 3; i += 3) {
    const red = rgb[i];
    const green = rgb[i + 1];
    const rg = red - green;
    const yb = (red + green) / 2 - rgb[i + 2];
    rgSum += rg;
    rgSquares += rg * rg;
    ybSum += yb;
    ybSquares += yb * yb;
  }
  const rgMean = rgSum / pixels;
  const ybMean = ybSum / pixels;
  const variance = rgSquares / pixels - rgMean * rgMean + (ybSquares / pixels - ybMean * ybMean);
  const scale = rgb instanceof Uint16Array ? 257 : 1;
  return (Math.sqrt(Math.max(0, variance)) + 0.3 * Math.hypot(rgMean, ybMean)) / scale;
}

/** Whether a picture has too little colour to learn from: its {@link colourfulness} is below `threshold`. */
export function isNearGray(rgb: RgbArray, threshold = 8): boolean {
  return colourfulness(rgb) < threshold;
}
