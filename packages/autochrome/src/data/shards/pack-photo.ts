import sharp from "sharp";
import { decodeForTraining, extensionOfFormat } from "../../image/index.ts";
import { type LeftOutReason, unfitness } from "../left-out.ts";
import { errorCode } from "../sources.ts";
import { factsOf } from "./open-table.ts";
import type { PackSource } from "./pack-source.ts";
import type { PhotoFacts } from "./shard-table.ts";

export type PackedPhoto =
  | { name: string; bytes: Buffer; extension: string; facts: PhotoFacts }
  | { name: string; leftOut: LeftOutReason; detail: string };

export interface PackPhotoSettings {
  shortSide: number | null;
  quality: number;
  minSide: number;
  minColourfulness: number;
}

/** Looks at a photo and says what goes into the shard, or why none of it does. */
export async function packPhoto(
  source: PackSource,
  index: number,
  settings: PackPhotoSettings,
): Promise<PackedPhoto> {
  const name = source.nameOf(index);
  let original: Buffer;
  try {
    original = await source.read(index);
  } catch (error) {
    return { name, leftOut: "unreadable", detail: errorCode(error) };
  }
  try {
    const { facts, format } = await factsOf(original);
    const limits = { cropSize: settings.minSide, minColourfulness: settings.minColourfulness };
    const unfit = unfitness(facts, limits);
    if (unfit) return { name, ...unfit };
    const { shortSide } = settings;
    if (shortSide === null || Math.min(facts.width, facts.height) <= shortSide) {
      return { name, bytes: original, extension: extensionOfFormat(format), facts };
    }
    const { bytes, ...size } = await scaleDown(original, shortSide, settings.quality);
    return { name, bytes, extension: ".jpg", facts: { ...facts, ...size } };
  } catch (error) {
    return { name, leftOut: "corrupt", detail: error instanceof Error ? error.message : String(error) };
  }
}

async function scaleDown(
  original: Buffer,
  shortSide: number,
  quality: number,
): Promise<{ bytes: Buffer; width: number; height: number }> {
  const { width, height, rgb } = await decodeForTraining(original, { shortSide });
  const bytes = await sharp(rgb, { raw: { width, height, channels: 3 } })
    // Halved chroma would be lost for good, and chroma is what is learnt here.
    .jpeg({ quality, chromaSubsampling: "4:4:4" })
    .toBuffer();
  return { bytes, width, height };
}
