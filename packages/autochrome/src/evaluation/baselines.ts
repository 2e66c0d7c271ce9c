import { combineLumaChroma } from "../color/index.ts";

/**
 * Paints a photo's luma with one chroma everywhere, along the same path as a network's chroma, so that L* is
 * kept and the gamut respected: a baseline differs from a network in its chroma alone.
 *
 * @param luma L* in [0,100], `[n]`
 * @param chroma a* and b*: `[0, 0]` for gray, the training set's mean for the `mean` baseline
 * @returns interleaved 8-bit sRGB, `[n * 3]`
 */
export function paintConstantChroma(luma: Float32Array, [a, b]: readonly [number, number]): Uint8Array {
  const chroma = new Float32Array(luma.length * 2);
  if (a !== 0 || b !== 0) {
    for (let i = 0; i < chroma.length; i += 2) {
      chroma[i] = a;
      chroma[i + 1] = b;
    }
  }
  return combineLumaChroma(luma, chroma, new Uint8Array(luma.length * 3));
}
