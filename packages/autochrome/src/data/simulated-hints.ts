/**
 * Colour hints as a person might give them, drawn for training: the local hints of Zhang et al. 2017, "Real-Time
 * User-Guided Image Colorization with Learned Deep Priors" (arXiv:1705.02999), section 3.3.
 *
 * @module
 */
import { HINTED_CHANNELS, type HintPatch, markHint } from "../chroma/index.ts";
import type { Random } from "./random.ts";

/** Of the geometric distribution of the number of points: 7 on average, none in one crop of eight. */
const STOP = 1 / 8;
/** Share of the crops whose whole chroma is shown, so that the network learns to copy. */
const EVERYTHING = 0.01;
/** Largest side of a patch, pixels. */
const LARGEST_PATCH = 9;

/** What is shown of a picture's true colour. */
export interface SimulatedHints {
  /** The whole chroma; `patches` is empty then. */
  everything: boolean;
  /** Each shows the mean of its own. */
  patches: HintPatch[];
}

/**
 * Draws the hints for a picture: points geometric from 0 with p = 1/8, and in one picture of a hundred everything.
 *
 * @param width pixels; `height` likewise
 */
export function drawHints(random: Random, width: number, height: number): SimulatedHints {
  // All draws are made in this order whatever comes of them.
  const everything = random.uniform() < EVERYTHING;
  let count = 0;
  while (random.uniform() >= STOP) count++;
  return { everything, patches: everything ? [] : drawPatches(random, width, height, count) };
}

/**
 * Draws patches: sides even from 1 to 9, their centres normal around the picture's with a quarter of its sides for
 * standard deviations, moved inside where they would reach beyond.
 */
export function drawPatches(random: Random, width: number, height: number, count: number): HintPatch[] {
  return Array.from({ length: count }, () => {
    const side = Math.min(1 + random.integer(LARGEST_PATCH), width, height);
    return {
      left: place(random, width, side),
      top: place(random, height, side),
      width: side,
      height: side,
    };
  });
}

function place(random: Random, length: number, side: number): number {
  const room = length - side;
  const drawn = Math.round(room / 2 + (length / 4) * random.normal());
  return Math.min(room, Math.max(0, drawn));
}

/**
 * Shows hints in a generator's input.
 *
 * @param chroma the picture's own, normalized, `[height * width * 2]`
 * @param width pixels
 * @param input `[height * width * 4]`, changed
 */
export function revealHints(
  { everything, patches }: SimulatedHints,
  chroma: Float32Array,
  width: number,
  input: Float32Array,
): void {
  if (everything) {
    for (let i = 0, at = 0; i < chroma.length; i += 2, at += HINTED_CHANNELS) {
      input[at + 1] = chroma[i]!;
      input[at + 2] = chroma[i + 1]!;
      input[at + 3] = 1;
    }
  }
  for (const patch of patches) {
    const [a, b] = meanChroma(chroma, width, patch);
    markHint(input, width, patch, a, b);
  }
}

function meanChroma(chroma: Float32Array, width: number, patch: HintPatch): [number, number] {
  let a = 0;
  let b = 0;
  for (let y = patch.top; y < patch.top + patch.height; y++) {
    for (let x = patch.left; x < patch.left + patch.width; x++) {
      a += chroma[2 * (y * width + x)]!;
      b += chroma[2 * (y * width + x) + 1]!;
    }
  }
  const pixels = patch.width * patch.height;
  return [a / pixels, b / pixels];
}
