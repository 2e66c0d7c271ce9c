import sharp from "sharp";
import { spreadLuma } from "../chroma/index.ts";
import { type Aging, ageLuma, drawAging } from "./aging/index.ts";
import { drawCrop } from "./augment.ts";
import type { DecodedPhoto } from "./photo-cache.ts";
import { Random } from "./random.ts";
import { drawHints, revealHints } from "./simulated-hints.ts";
import { type ColourSpace, rgbToExample, rgbToInput } from "./space.ts";

/** What a random sequence is for: each purpose draws from its own, so that none moves another's. */
const CROP = 2;
const AGING = 3;
const HINTS = 5;

export interface ExampleOptions {
  /** Pixels, square. */
  cropSize: number;
  seed: number;
  space: ColourSpace;
  /** The short side is drawn between these, times `cropSize`. */
  scaleMin: number;
  scaleMax: number;
  /** Mirror half of the crops. */
  flip: boolean;
  /** How the input is made to look like an old photo's; null for not at all. */
  aging: Aging | null;
  /** Show some of the target in the input. */
  hints: boolean;
}

/**
 * Cuts, scales and mirrors a photo into the run's example number `index`, which with the seed decides about all
 * draws.
 * @param input [cropSize * cropSize], with hints [cropSize * cropSize * 4], written
 * @param target [cropSize * cropSize * channels], written
 */
export async function makeExample(
  photo: DecodedPhoto,
  index: number,
  options: ExampleOptions,
  input: Float32Array,
  target: Float32Array,
): Promise<void> {
  const { cropSize, seed, space, aging, hints } = options;
  const crop = drawCrop(Random.of(seed, CROP, index), photo.width, photo.height, options);
  const pipeline = sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .extract({ left: crop.left, top: crop.top, width: crop.side, height: crop.side })
    .resize(cropSize, cropSize, { fit: "fill" })
    .flop(crop.flip)
    .raw();
  const luma = hints ? new Float32Array(cropSize * cropSize) : input;
  const rgb = await pipeline.toBuffer();
  rgbToExample(rgb, space, luma, target);
  const look = aging && drawAging(Random.of(seed, AGING, index), aging);
  if (look) {
    if (look.film) rgbToInput(rgb, space, luma, look.film);
    ageLuma(luma, cropSize, cropSize, look);
  }
  if (!hints) return;
  spreadLuma(luma, input);
  revealHints(drawHints(Random.of(seed, HINTS, index), cropSize, cropSize), target, cropSize, input);
}
