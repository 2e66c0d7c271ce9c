/**
 * From luma to a coloured photo, around any runtime that computes the network: the network's view of a photo, its
 * prediction, chroma at full resolution. Runs in browsers as well as in Node.
 *
 * @module
 */
export { type ChromaFit, ChromaUpsampler, fitChroma, GUIDE_EPSILON, GUIDE_RADIUS } from "./guided-filter.ts";
export type { Hint } from "./hint.ts";
export {
  HINTED_CHANNELS,
  type HintPatch,
  inputChannels,
  markHint,
  markHints,
  spreadLuma,
} from "./hint-input.ts";
export {
  applyHints,
  type ColorSuggestion,
  checkHints,
  chromaOfColor,
  formatHints,
  HINTS_VERSION,
  HintField,
  MOST_HINTS,
  type PlacedHint,
  parseHints,
  placeHints,
  predictVariants,
  suggestColors,
} from "./hints/index.ts";
export { type NetworkFrame, padToMultiples, planFrame, reflectIndex, shrinkLuma } from "./network-frame.ts";
export { type PaintOptions, PhotoPainter, paintPhoto } from "./paint.ts";
export type { Pixels } from "./pixels.ts";
export { type GeneratorRun, type Prediction, predictChroma } from "./prediction.ts";
export {
  evaluateTone,
  isTinted,
  measureTones,
  planTones,
  restoreTones,
  TONES,
  type ToneCurve,
  type ToneMeasure,
  type Tones,
} from "./tones/index.ts";
