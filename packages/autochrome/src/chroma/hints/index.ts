/**
 * Colour hints: a person's colours at places of a photo, as a file and as a correction of the network's chroma.
 *
 * @module
 */
export { applyHints, HintField } from "./apply.ts";
export { checkHints, formatHints, HINTS_VERSION, MOST_HINTS, parseHints } from "./hint-file.ts";
export { chromaOfColor, type PlacedHint, placeHints } from "./place.ts";
export { type ColorSuggestion, suggestColors } from "./suggest.ts";
export { predictVariants } from "./variants.ts";
