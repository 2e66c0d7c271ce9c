/**
 * From the configured sources to photos for training and photos for validation.
 *
 * @module
 */
import {
  type FoundPhotos,
  findPhotos,
  fingerprintPhotos,
  type PhotoCollection,
  type ScanOutcome,
  splitNumbers,
} from "../data/index.ts";
import { AutochromeError } from "../errors.ts";
import type { TrainConfig } from "./config/index.ts";

export interface PhotoSplit {
  train: PhotoCollection;
  /** Empty where nothing is to be validated on. */
  validation: PhotoCollection;
  /** Of the training photos, in their order. */
  fingerprint: string;
  /** Mean a*, b* of the training photos. */
  mean: [number, number];
}

export interface ScanEvents {
  /** After each photo that was looked at. */
  onScanProgress?: (done: number, total: number) => void;
  /** When one source has been looked through. */
  onScan?: (outcome: ScanOutcome, role: "train" | "validation") => void;
}

/**
 * Looks through the sources, files or tar shards, and splits them. Photos of `--val` are taken out of the training
 * photos, by content.
 *
 * @param cacheFolder where to remember what was found
 * @throws AutochromeError when a source is missing or too little remains to train on
 */
export async function splitPhotos(
  config: TrainConfig,
  events: ScanEvents,
  cacheFolder: string,
): Promise<PhotoSplit> {
  const find = async (sources: string[], role: "train" | "validation"): Promise<FoundPhotos> => {
    const { photos, outcome } = await findPhotos(sources, {
      cropSize: config.cropSize,
      minColourfulness: config.minColourfulness,
      shuffleBuffer: config.shuffleBuffer,
      cacheFolder,
      cacheName: `scan-${role}`,
      ...(events.onScanProgress ? { onProgress: events.onScanProgress } : {}),
    });
    events.onScan?.(outcome, role);
    return photos;
  };
  const found = await find(config.photos, "train");
  if (config.val === null) {
    const { train, val } = splitNumbers(
      found.length,
      (i) => found.hashOf(i),
      config.valFraction,
      config.seed,
    );
    return resolveSplit(found, train, found, val);
  }
  const validation = await find([config.val], "validation");
  const heldOut = new Set(Array.from({ length: validation.length }, (_, i) => validation.hashOf(i)));
  const train = numbers(found.length).filter((i) => !heldOut.has(found.hashOf(i)));
  if (train.length === 0) {
    throw new AutochromeError(
      `every photo to train on is also in ${config.val}: name other photos, or leave --val out.`,
      { code: "NO_PHOTOS" },
    );
  }
  return resolveSplit(found, train, validation, numbers(validation.length));
}

async function resolveSplit(
  found: FoundPhotos,
  train: Uint32Array,
  held: FoundPhotos,
  validation: Uint32Array,
): Promise<PhotoSplit> {
  const hashes = function* () {
    for (const i of train) yield { hash: found.hashOf(i) };
  };
  return {
    train: found.pick(train),
    validation: held.pick(validation),
    fingerprint: fingerprintPhotos(hashes()),
    mean: await found.meanChroma(train),
  };
}

function numbers(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}
