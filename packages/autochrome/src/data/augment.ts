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
