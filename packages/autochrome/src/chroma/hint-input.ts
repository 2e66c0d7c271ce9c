/**
 * How colour hints enter a hint-conditioned generator: beside lightness stand a*, b* and a mask.
 *
 * @module
 */

import { normalizeChroma } from "../color/index.ts";
import type { Hint } from "./hint.ts";
import { placeHints } from "./hints/index.ts";

/** Channels of such a generator's input: normalized L*, normalized a* and b* of hints, and the mask. */
export const HINTED_CHANNELS = 4;

/** Pixels around a person's hint that are taken to have its colour. */
export const HINT_RADIUS = 2;

/** Channels of a generator's input. */
export function inputChannels(hints: boolean): 1 | typeof HINTED_CHANNELS {
  return hints ? HINTED_CHANNELS : 1;
}

/** A square of pixels that shows one colour; it lies inside the picture. */
export interface HintPatch {
  left: number;
  top: number;
  /** Pixels. */
  width: number;
  height: number;
}

/**
 * Spreads a plane of normalized lightness over the first of `HINTED_CHANNELS` channels. The others become 0: no hint. The mask
 * is 0 or 1 and not centred, so that the zeros with which convolutions pad mean "no hint" too, and a network widened
 * by zero weights starts as it was.
 *
 * @param luma `[n]`
 * @param input `[n * 4]`, written
 */
export function spreadLuma(
  luma: Float32Array,
  input: Float32Array = new Float32Array(luma.length * HINTED_CHANNELS),
): Float32Array {
  input.fill(0);
  for (let i = 0; i < luma.length; i++) input[i * HINTED_CHANNELS] = luma[i]!;
  return input;
}

/**
 * Shows a colour in a patch; a later hint covers an earlier one.
 *
 * @param input `[height * width * 4]`, changed
 * @param width of the picture
 * @param a normalized a*; `b` likewise
 */
export function markHint(input: Float32Array, width: number, patch: HintPatch, a: number, b: number): void {
  for (let y = patch.top; y < patch.top + patch.height; y++) {
    for (let x = patch.left; x < patch.left + patch.width; x++) {
      const at = (y * width + x) * HINTED_CHANNELS;
      input[at + 1] = a;
      input[at + 2] = b;
      input[at + 3] = 1;
    }
  }
}

/**
 * Shows a person's hints: each colours a square around its place, as far as that lies inside the picture.
 *
 * @param input `[height * width * 4]`, changed
 * @param radius pixels around the hinted one, in each direction
 */
export function markHints(
  input: Float32Array,
  width: number,
  height: number,
  hints: readonly Hint[],
  radius = HINT_RADIUS,
): void {
  for (const { column, row, a, b } of placeHints(hints, width, height)) {
    const left = Math.max(0, column - radius);
    const top = Math.max(0, row - radius);
    const patch = {
      left,
      top,
      width: Math.min(width, column + radius + 1) - left,
      height: Math.min(height, row + radius + 1) - top,
    };
    markHint(input, width, patch, normalizeChroma(a), normalizeChroma(b));
  }
}
