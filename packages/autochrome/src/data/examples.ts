import sharp from "sharp";
import { type Aging, ageLuma, drawCrop } from "./augment.ts";
import type { DecodedPhoto } from "./photo-cache.ts";
import { Random } from "./random.ts";
import { type ColourSpace, rgbToExample } from "./space.ts";

/** What a random sequence is for: each purpose draws from its own, so that none moves another's. */
const CROP = 2;
const AGING = 3;

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
}

/**
 * Cuts, scales and mirrors a photo into the run's example number `index`, which with the seed decides about all
 * draws.
 * @param input [cropSize * cropSize], written
 * @param target [cropSize * cropSize * channels], written
 */
export async function makeExample(
  photo: DecodedPhoto,
  index: number,
  options: ExampleOptions,
  input: Float32Array,
  target: Float32Array,
): Promise<void> {
  const { cropSize, seed, space, aging } = options;
  const crop = drawCrop(Random.of(seed, CROP, index), photo.width, photo.height, options);
  const pipeline = sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .extract({ left: crop.left, top: crop.top, width: crop.side, height: crop.side })
    .resize(cropSize, cropSize, { fit: "fill" })
    .flop(crop.flip)
    .raw();
  rgbToExample(await pipeline.toBuffer(), space, input, target);
  if (aging) ageLuma(input, Random.of(seed, AGING, index), aging);
}
