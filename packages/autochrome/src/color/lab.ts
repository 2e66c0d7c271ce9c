import { LUMINANCE_WEIGHTS, RGB_TO_XYZ, type RgbWeights } from "./primaries.ts";
import { linearLevels, type RgbArray } from "./srgb.ts";

/** CIE's (6/29)^3: below it the cube root is continued by its tangent. */
const CUBE_ROOT_FROM = 216 / 24389;
const TANGENT_SLOPE = 841 / 108;
const TANGENT_OFFSET = 4 / 29;

/** CIE 15 lightness response f(t) of a relative tristimulus value t in [0,1]. */
export function labResponse(t: number): number {
  return t > CUBE_ROOT_FROM ? Math.cbrt(t) : t * TANGENT_SLOPE + TANGENT_OFFSET;
}

/**
 * f(t) sampled for linear interpolation. The curve bends most at (6/29)^3, where steps of 1/16384 leave
 * an error of 2.8e-7, or 3e-5 in L* and 1.4e-4 in a*.
 */
const STEPS = 16384;
const responses = new Float64Array(STEPS + 2);
for (let step = 0; step < responses.length; step++) responses[step] = labResponse(step / STEPS);

function fastResponse(t: number): number {
  const position = t * STEPS;
  const step = position | 0;
  const low = responses[step];
  return low + (responses[step + 1] - low) * (position - step);
}

/**
 * CIE L*a*b* (CIE 15:2004, D65, 2 degree observer) of sRGB pixels.
 *
 * @param rgb interleaved sRGB, `[n * 3]`
 * @param out where to write, `[n * 3]`; allocated when absent
 * @returns interleaved L* in [0,100], a*, b* (inside about [-108, 99]), within 2e-4 of the exact value
 * @throws RangeError when a length does not fit
 */
export function rgbToLab(rgb: RgbArray, out: Float32Array = new Float32Array(rgb.length)): Float32Array {
  if (rgb.length % 3 !== 0) throw new RangeError(`rgb holds ${rgb.length} samples, not a multiple of 3`);
  if (out.length !== rgb.length) throw new RangeError(`out holds ${out.length} values, not ${rgb.length}`);
  const linear = linearLevels(rgb);
  const [xr, xg, xb, yr, yg, yb, zr, zg, zb] = RGB_TO_XYZ;
  for (let i = 0; i < rgb.length; i += 3) {
    const r = linear[rgb[i]];
    const g = linear[rgb[i + 1]];
    const b = linear[rgb[i + 2]];
    const fy = fastResponse(yr * r + yg * g + yb * b);
    out[i] = 116 * fy - 16;
    out[i + 1] = 500 * (fastResponse(xr * r + xg * g + xb * b) - fy);
    out[i + 2] = 200 * (fy - fastResponse(zr * r + zg * g + zb * b));
  }
  return out;
}

/**
 * L* alone of sRGB pixels, as in {@link rgbToLab}.
 *
 * @param rgb interleaved sRGB, `[n * 3]`
 * @param out where to write, `[n]`; allocated when absent
 * @param weights of linear R, G and B, for the lightness that another eye or film sees; luminance by default
 * @throws RangeError when a length does not fit
 */
export function rgbToLuma(
  rgb: RgbArray,
  out: Float32Array = new Float32Array(rgb.length / 3),
  weights: RgbWeights = LUMINANCE_WEIGHTS,
): Float32Array {
  if (out.length * 3 !== rgb.length) {
    throw new RangeError(`out holds ${out.length} pixels but rgb holds ${rgb.length} samples (3 a pixel)`);
  }
  const linear = linearLevels(rgb);
  const [yr, yg, yb] = weights;
  for (let i = 0, k = 0; k < out.length; i += 3, k++) {
    const y = yr * linear[rgb[i]] + yg * linear[rgb[i + 1]] + yb * linear[rgb[i + 2]];
    out[k] = 116 * fastResponse(y) - 16;
  }
  return out;
}
