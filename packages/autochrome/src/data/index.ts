/**
 * Photos for training: where they are, which are fit, how they are split, cut and batched.
 *
 * @module
 */
export type { Aging } from "./aging/index.ts";
export { type Crop, drawCrop } from "./augment.ts";
export { type Batch, type BatchSource, PhotoBatches, type PhotoBatchesOptions } from "./batches.ts";
export { type FindPhotosOptions, findPhotos } from "./find-photos.ts";
export type { FoundPhotos } from "./found-photos.ts";
export { type LeftOut, type LeftOutReason, type ScanOutcome, summarizeScan } from "./left-out.ts";
export type { DecodedPhoto } from "./photo-cache.ts";
export { FilePhotos, type PhotoCollection } from "./photo-collection.ts";
export {
  loadValidationPhotos,
  meanChroma,
  type PhotoSetOptions,
  type ValidationPhoto,
} from "./photo-sets.ts";
export { Random } from "./random.ts";
export { type ScannedPhoto, type ScanOptions, type ScanReport, scanPhotos } from "./scan.ts";
export { type PackedShards, type PackOptions, packPhotos } from "./shards/index.ts";
export { drawHints, drawPatches, revealHints, type SimulatedHints } from "./simulated-hints.ts";
export type { SkippedPhoto } from "./skips.ts";
export { type ListOptions, listPhotos, type SkippedFolder } from "./sources.ts";
export { type ColourSpace, rgbToExample, rgbToNeutralGray, targetChannels } from "./space.ts";
export { fingerprintPhotos, splitByHash, splitNumbers } from "./split.ts";
