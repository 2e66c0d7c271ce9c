import type { Random } from "./random.ts";

/** What the network sees of a photo: a square of the decoded picture, in its pixels. */
export interface Crop {
  left: number;
  top: number;
  side: number;
  flip: boolean;
}

/**
 * Draws scale, place and mirroring. The photo is thought scaled so that its short side is drawn evenly from
 * `scaleMin` (default 1) to `scaleMax` times `cropSize` (never above its own: nothing is enlarged), and a square of `cropSize`
 * is cut from it; the result is that square in the pixels of the unscaled picture.
 * `width` and `height` are at least `cropSize`.
 */
export function drawCrop(
  random: Random,
  width: number,
  height: number,
  options: { cropSize: number; scaleMin?: number; scaleMax: number; flip: boolean },
): Crop {
  const shortSide = Math.min(width, height);
  const { cropSize, scaleMin = 1, scaleMax } = options;
  const largest = Math.max(cropSize, Math.min(shortSide, scaleMax * cropSize));
  const scaled = random.between(Math.min(scaleMin * cropSize, largest), largest);
  const side = Math.min(shortSide, Math.round((cropSize * shortSide) / scaled));
  const left = random.integer(width - side + 1);
  const top = random.integer(height - side + 1);
  const flip = random.uniform() < 0.5;
  return { left, top, side, flip: flip && options.flip };
}

/** How old photos differ from new ones; each at 0 is off. Only the network's input is touched. */
export interface Aging {
  /** Contrast lost at most, as a share: 0.4 leaves at least 60% of the range between black and white. */
  fade?: number;
  /** Gamma is drawn, evenly in its logarithm, from 1/(1+gamma) to 1+gamma. */
  gamma?: number;
  /** Standard deviation of white grain at most, in units of the full range (0.02 is about 2 L*). */
  grain?: number;
}

/** Ages one photo's luma in place: values in [-1, 1], kept in it. */
export function ageLuma(luma: Float32Array, random: Random, aging: Aging): void {
  const { fade = 0, gamma = 0, grain = 0 } = aging;
  // All draws are made whatever is on, so that one option leaves the others' draws alone.
  const lost = random.between(0, fade);
  const low = lost * random.uniform();
  const exponent = (1 + gamma) ** random.between(-1, 1);
  const deviation = random.between(0, grain);
  for (let i = 0; i < luma.length; i++) {
    let value = (luma[i] + 1) / 2;
    if (exponent !== 1) value = value ** exponent;
    value = low + (1 - lost) * value;
    if (deviation > 0) value += deviation * random.normal();
    luma[i] = Math.min(1, Math.max(-1, value * 2 - 1));
  }
}
