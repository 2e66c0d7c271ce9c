import {
  linearToSrgb,
  normalizeChroma,
  normalizeLuma,
  normalizeLumaPlane,
  type RgbWeights,
  rgbToLab,
  rgbToLuma,
} from "../color/index.ts";

/** `lab`: the network predicts a*, b* from L*. `rgb`: it predicts R, G, B from gray. */
export type ColourSpace = "lab" | "rgb";

/** Channels of the network's output: a*, b* or R, G, B. */
export function targetChannels(space: ColourSpace): 2 | 3 {
  return space === "lab" ? 2 : 3;
}

/** Gray levels of L* in steps of 0.01: a step moves the gray by at most 0.04 of a level. */
const GRAY_STEPS = 100;
const grayLevels = new Float64Array(100 * GRAY_STEPS + 1);
for (let step = 0; step < grayLevels.length; step++) {
  const luma = step / GRAY_STEPS;
  const linear = luma > 8 ? ((luma + 16) / 116) ** 3 : (luma * 27) / 24389;
  grayLevels[step] = Math.round(255 * linearToSrgb(linear));
}

/**
 * The gray photo that space `rgb` starts from: per pixel the 8-bit sRGB gray of the same L*. Gray pixels stay
 * as they are. (Not Rec. 601, whose luma is a weighted mean of encoded values and changes lightness.)
 * @param rgb 8-bit interleaved sRGB [n*3]
 * @param weights what else than luminance the gray is made of
 * @returns [n], 0..255
 */
export function rgbToNeutralGray(
  rgb: Uint8Array,
  out: Float32Array = new Float32Array(rgb.length / 3),
  weights?: RgbWeights,
): Float32Array {
  rgbToLuma(rgb, out, weights);
  for (let i = 0; i < out.length; i++) {
    out[i] = grayLevels[Math.min(grayLevels.length - 1, Math.max(0, Math.round(out[i] * GRAY_STEPS)))];
  }
  return out;
}

/** One for all examples of a size: a fresh one each would cost as much as the conversion. */
let labScratch = new Float32Array(0);

/**
 * What the network is shown and what it should answer, for n 8-bit sRGB pixels.
 * @param rgb interleaved [n*3]
 * @param input [n], written: L* / 50 - 1 (`lab`) or gray / 127.5 - 1 (`rgb`)
 * @param target [n*2] a* / 110 and b* / 110 (`lab`) or [n*3] value / 127.5 - 1 (`rgb`), written
 */
export function rgbToExample(
  rgb: Uint8Array,
  space: ColourSpace,
  input: Float32Array,
  target: Float32Array,
): void {
  if (space === "lab") {
    if (labScratch.length !== rgb.length) labScratch = new Float32Array(rgb.length);
    const lab = rgbToLab(rgb, labScratch);
    for (let i = 0, j = 0, k = 0; i < input.length; i++, j += 2, k += 3) {
      input[i] = normalizeLuma(lab[k]);
      target[j] = normalizeChroma(lab[k + 1]);
      target[j + 1] = normalizeChroma(lab[k + 2]);
    }
    return;
  }
  rgbToInput(rgb, space, input);
  for (let k = 0; k < target.length; k++) target[k] = rgb[k] / 127.5 - 1;
}

/**
 * What the network is shown of n 8-bit sRGB pixels, from luminance or from other weights of R, G and B.
 * @param rgb interleaved [n*3]
 * @param input [n], written as by {@link rgbToExample}
 */
export function rgbToInput(
  rgb: Uint8Array,
  space: ColourSpace,
  input: Float32Array,
  weights?: RgbWeights,
): void {
  if (space === "lab") {
    normalizeLumaPlane(rgbToLuma(rgb, input, weights), input);
    return;
  }
  rgbToNeutralGray(rgb, input, weights);
  for (let i = 0; i < input.length; i++) input[i] = input[i] / 127.5 - 1;
}
