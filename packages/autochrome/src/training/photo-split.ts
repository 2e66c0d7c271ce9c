/**
 * From the configured sources to photos for training and photos for validation.
 *
 * @module
 */
import {
  fingerprintPhotos,
  listPhotos,
  type ScannedPhoto,
  type ScanReport,
  scanPhotos,
  splitByHash,
} from "../data/index.ts";
import { AutochromeError } from "../errors.ts";
import type { TrainConfig } from "./config/index.ts";

export interface PhotoSplit {
  train: ScannedPhoto[];
  /** Empty where nothing is to be validated on. */
  validation: ScannedPhoto[];
  /** How many photos are not trained on because `--val` holds them too. */
  excluded: number;
  /** Of the training photos, in their order. */
  fingerprint: string;
}

export interface ScanEvents {
  /** After each file that was looked at. */
  onScanProgress?: (done: number, total: number) => void;
  /** When one source has been looked through. */
  onScan?: (report: ScanReport, role: "train" | "validation") => void;
}

/**
 * Scans the sources and splits them.
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
  const scan = async (source: string[], role: "train" | "validation") => {
    const report = await scanPhotos(await listPhotos(source), {
      cropSize: config.cropSize,
      minColourfulness: config.minColourfulness,
      cacheFile: `${cacheFolder}/scan-${role}.json`,
      ...(signal ? { signal } : {}),
      ...(events.onScanProgress ? { onProgress: events.onScanProgress } : {}),
    }).catch((error: unknown) => {
      throw role === "validation" ? ofValidation(error) : error;
    });
    events.onScan?.(report, role);
    return report.photos;
  };
  const found = await scan(config.photos, "train");
  if (config.val === null) {
    const { train, val } = splitByHash(found, config.valFraction, config.seed);
    return { train, validation: val, excluded: 0, fingerprint: fingerprintPhotos(train) };
  }
  const validation = await scan([config.val], "validation");
  const heldOut = new Map(validation.map((photo) => [photo.hash, photo]));
  const shared = found.filter((photo) => heldOut.has(photo.hash));
  if (shared.length > 0 && config.valOverlap === "refuse") {
    const twin = heldOut.get(shared[0]!.hash)!;
    throw overlapError(config.val, shared.length, validation.length, `${twin.path} is ${shared[0]!.path}`);
  }
  const train = found.filter((photo) => !heldOut.has(photo.hash));
  if (train.length === 0) {
    throw new AutochromeError(
      `every photo to train on is also in ${config.val}: name other photos, or leave --val out to split some off.`,
      { code: "NO_PHOTOS" },
    );
  }
  return { train, validation, excluded: shared.length, fingerprint: fingerprintPhotos(train) };
}

function overlapError(val: string, shared: number, all: number, example: string): AutochromeError {
  return new AutochromeError(
    `${shared} of the ${all} photos in ${val} are also among those to train on (the same content: ${example}), so ` +
      "that validation would judge what was learned by heart. Take them out of one of the two, or add " +
      "--val-overlap exclude to train without them.",
    { code: "OVERLAP", exitCode: 2 },
  );
}

function ofValidation(error: unknown): unknown {
  if (!(error instanceof AutochromeError)) return error;
  const { code, exitCode, cause } = error;
  return new AutochromeError(`--val: ${error.message}`, { code, exitCode, cause });
}
