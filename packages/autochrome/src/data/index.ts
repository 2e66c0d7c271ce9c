/**
 * Photos for training: where they are, which are fit, how they are split, cut and batched.
 *
 * @module
 */
export { type Aging, ageLuma, type Crop, drawCrop } from "./augment.ts";
export {
  type Batch,
  type BatchSource,
  PhotoBatches,
  type PhotoBatchesOptions,
  type SkippedPhoto,
} from "./batches.ts";
export type { DecodedPhoto } from "./photo-cache.ts";
export {
  loadValidationPhotos,
  meanChroma,
  type PhotoSetOptions,
  type ValidationPhoto,
} from "./photo-sets.ts";
export { Random } from "./random.ts";
export {
  type LeftOut,
  type LeftOutReason,
  type ScannedPhoto,
  type ScanOptions,
  type ScanReport,
  scanPhotos,
  summarizeScan,
} from "./scan.ts";
export { type ListOptions, listPhotos, type SkippedFolder } from "./sources.ts";
export { type ColourSpace, rgbToExample, rgbToNeutralGray, targetChannels } from "./space.ts";
export { fingerprintPhotos, splitByHash } from "./split.ts";
