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
 * Scans the sources and splits them. Photos of `--val` are taken out of the training photos, by content.
 *
 * @param cacheFolder where to remember what was found
 * @throws AutochromeError when a source is missing or too little remains to train on
 */
export async function splitPhotos(
  config: TrainConfig,
  events: ScanEvents,
  cacheFolder: string,
): Promise<PhotoSplit> {
  const scan = async (source: string[], role: "train" | "validation") => {
    const report = await scanPhotos(await listPhotos(source), {
      cropSize: config.cropSize,
      minColourfulness: config.minColourfulness,
      cacheFile: `${cacheFolder}/scan-${role}.json`,
      ...(events.onScanProgress ? { onProgress: events.onScanProgress } : {}),
    });
    events.onScan?.(report, role);
    return report.photos;
  };
  const found = await scan(config.photos, "train");
  if (config.val === null) {
    const { train, val } = splitByHash(found, config.valFraction, config.seed);
    return { train, validation: val, fingerprint: fingerprintPhotos(train) };
  }
  const validation = await scan([config.val], "validation");
  const heldOut = new Set(validation.map((photo) => photo.hash));
  const train = found.filter((photo) => !heldOut.has(photo.hash));
  if (train.length === 0) {
    throw new AutochromeError(
      `every photo to train on is also in ${config.val}: name other photos, or leave --val out.`,
      { code: "NO_PHOTOS" },
    );
  }
  return { train, validation, fingerprint: fingerprintPhotos(train) };
}
