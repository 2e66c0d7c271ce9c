/**
 * Colour: sRGB and CIE Lab (D65), gamut mapping that keeps lightness, colour difference, colourfulness.
 * Runs in browsers as well as in Node.
 *
 * @module
 */
export { colourfulness, isNearGray } from "./colourfulness.ts";
export { deltaE2000 } from "./delta-e.ts";
export { combineLumaChroma, labToRgb } from "./gamut.ts";
export { rgbToLab, rgbToLuma } from "./lab.ts";
export {
  AB_SCALE,
  denormalizeChroma,
  denormalizeChromaPlane,
  denormalizeLuma,
  normalizeChroma,
  normalizeChromaPlane,
  normalizeLuma,
  normalizeLumaPlane,
  relativeLuminance,
} from "./normalize.ts";
export { LUMINANCE_WEIGHTS, type RgbWeights } from "./primaries.ts";
export { linearToSrgb, type RgbArray, srgbToLinear } from "./srgb.ts";
