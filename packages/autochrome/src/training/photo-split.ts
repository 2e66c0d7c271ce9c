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
  /** How many photos are not trained on because `--val` holds them too. */
  excluded: number;
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
 * Looks through the sources, files or tar shards, and splits them.
 *
 * @param cacheFolder where to remember what was found
 * @throws AutochromeError when a source is missing, too little remains to train on, or photos to validate on are
 *   also, by their content, among those to train on (unless `valOverlap` says what to do then)
 */
export async function splitPhotos(
  config: TrainConfig,
  events: ScanEvents,
  cacheFolder: string,
  signal?: AbortSignal,
): Promise<PhotoSplit> {
  const find = async (sources: string[], role: "train" | "validation"): Promise<FoundPhotos> => {
    const { photos, outcome } = await findPhotos(sources, {
      cropSize: config.cropSize,
      minColourfulness: config.minColourfulness,
      shuffleBuffer: config.shuffleBuffer,
      cacheFolder,
      cacheName: `scan-${role}`,
      ...(signal ? { signal } : {}),
      ...(events.onScanProgress ? { onProgress: events.onScanProgress } : {}),
    }).catch((error: unknown) => {
      throw role === "validation" ? ofValidation(error) : error;
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
  const heldOut = new Map(numbered(validation));
  const shared = numbers(found.length).filter((i) => heldOut.has(found.hashOf(i)));
  if (shared.length > 0 && config.valOverlap === "refuse") {
    const nameOf = (photos: FoundPhotos, i: number) => photos.pick(Uint32Array.of(i)).nameOf(0);
    const twin = nameOf(validation, heldOut.get(found.hashOf(shared[0]!))!);
    throw overlapError(config.val, shared.length, `${twin} is ${nameOf(found, shared[0]!)}`);
  }
  const train = numbers(found.length).filter((i) => !heldOut.has(found.hashOf(i)));
  if (train.length === 0) {
    throw new AutochromeError(
      `every photo to train on is also in ${config.val}: name other photos, or leave --val out to split some off.`,
      { code: "NO_PHOTOS" },
    );
  }
  return resolveSplit(found, train, validation, numbers(validation.length), shared.length);
}

async function resolveSplit(
  found: FoundPhotos,
  train: Uint32Array,
  held: FoundPhotos,
  validation: Uint32Array,
  excluded = 0,
): Promise<PhotoSplit> {
  const hashes = function* () {
    for (const i of train) yield { hash: found.hashOf(i) };
  };
  return {
    train: found.pick(train),
    validation: held.pick(validation),
    excluded,
    fingerprint: fingerprintPhotos(hashes()),
    mean: await found.meanChroma(train),
  };
}

function numbers(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** Hash and number of each. */
function* numbered(photos: FoundPhotos): Generator<[string, number]> {
  for (let i = 0; i < photos.length; i++) yield [photos.hashOf(i), i];
}

function overlapError(val: string, shared: number, example: string): AutochromeError {
  return new AutochromeError(
    `${shared} of the photos in ${val} are also among those to train on (the same content: ${example}), so that ` +
      "validation would judge what was learned by heart. Take them out of one of the two, or add " +
      "--val-overlap exclude to train without them.",
    { code: "OVERLAP", exitCode: 2 },
  );
}

function ofValidation(error: unknown): unknown {
  if (!(error instanceof AutochromeError)) return error;
  const { code, exitCode, cause } = error;
  return new AutochromeError(`--val: ${error.message}`, { code, exitCode, cause });
}
