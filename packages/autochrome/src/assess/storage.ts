import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rgbToLab } from "../color/index.ts";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import { bootstrapMean, hueAccuracy, meanDeltaE2000, psnr } from "../evaluation/index.ts";
import type { ExportRunOptions, StorageLoss, WeightStorage } from "../export/index.ts";
import { type Colorizer, loadColorizer, MODEL_FILE_NAME } from "../inference/index.ts";
import { listed, paintAsEvaluated } from "./measure.ts";
import { loadPhotos, type SkippedPhoto } from "./photos.ts";

export interface StorageOptions {
  /** Colour photos that the network was not trained on: folders, image files, `.txt` lists, `.tsv` tables. */
  photos: string | readonly string[];
  /** Photos are measured at this long side at most, in pixels. Default 512. */
  longSide?: number;
  /** At most so many photos, evenly spaced over all. */
  limit?: number;
  /** Short side in pixels that the network sees; absent: the network's own. */
  size?: number;
  threads?: number;
  device?: Device;
  /** A photo was measured. */
  onPhoto?: (event: { index: number; total: number; name: string }) => void;
  /** A photo could not be read and is passed over. */
  onSkip?: (skipped: SkippedPhoto) => void;
}

/** A network's file, and how it stores its weights. */
export interface StoredFile {
  weights: WeightStorage;
  path: string;
}

const LONG_SIDE = 512;

/** One photo's figures of one file. */
interface Figures {
  deltaE2000: number;
  psnr: number;
  hueAccuracy: number;
  /** ΔE2000 to the picture of the first file. */
  apart: number;
}

/**
 * What a run's generator loses on photos by being exported with `weights` rather than float32. Both are exported into
 * a temporary folder, which is gone again when this returns.
 *
 * @param options.exported what `exportRun` is given, that the network be the same
 * @throws AutochromeError as `exportRun`, and where there are no photos
 */
export async function measureStorage(
  run: string,
  weights: WeightStorage,
  { exported = {}, ...options }: StorageOptions & { exported?: ExportRunOptions },
): Promise<StorageLoss> {
  const folder = await mkdtemp(join(tmpdir(), "autochrome-storage-"));
  try {
    const { exportRun } = await import("../export/index.ts");
    const files: StoredFile[] = [];
    for (const stored of ["float32", weights] as const) {
      const out = join(folder, stored);
      await exportRun(run, out, { ...exported, l1: false, weights: stored });
      files.push({ weights: stored, path: join(out, MODEL_FILE_NAME) });
    }
    const [loss] = await compareStorage(files, options);
    return loss!;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Measures files of the same network on the same photos, at what `evaluate` measures them at.
 *
 * @param files the first is what the others are compared to: float32
 * @returns one a file but the first
 */
export async function compareStorage(
  files: readonly StoredFile[],
  { size, threads, device, longSide = LONG_SIDE, ...options }: StorageOptions,
): Promise<StorageLoss[]> {
  const paths = await listed({ ...options, longSide });
  const colorizers: Colorizer[] = [];
  const figures: Figures[][] = files.map(() => []);
  const settings = {
    ...(size !== undefined && { size }),
    ...(threads !== undefined && { threads }),
    ...(device !== undefined && { device }),
  };
  let measured = 0;
  try {
    for (const { path } of files) colorizers.push(await loadColorizer({ model: path, ...settings }));
    for await (const photo of loadPhotos(paths, longSide, (skipped) => options.onSkip?.(skipped))) {
      const { rgb: data, width, height } = photo;
      const truth = rgbToLab(data);
      let first: Float32Array | null = null;
      for (const [i, colorizer] of colorizers.entries()) {
        const painted = await paintAsEvaluated(colorizer, { rgb: data, width, height });
        const lab = rgbToLab(painted);
        first ??= lab;
        figures[i]!.push({
          deltaE2000: meanDeltaE2000(truth, lab),
          psnr: psnr(data, painted),
          hueAccuracy: hueAccuracy(truth, lab),
          apart: meanDeltaE2000(first, lab),
        });
      }
      options.onPhoto?.({ index: measured, total: paths.length, name: photo.name });
      measured += 1;
    }
  } finally {
    for (const colorizer of colorizers) await colorizer.dispose();
  }
  if (measured === 0) {
    throw new AutochromeError(`none of ${paths.length} photos can be read: name others.`, {
      code: "NO_PHOTOS",
    });
  }
  const [reference, ...others] = figures;
  return others.map((other, i) => {
    const difference = (key: keyof Figures) =>
      bootstrapMean(other.map((photo, at) => photo[key] - reference![at]![key]));
    return {
      weights: files[i + 1]!.weights,
      photos: measured,
      deltaE2000: difference("deltaE2000"),
      psnr: difference("psnr"),
      hueAccuracy: difference("hueAccuracy"),
      apart: difference("apart"),
    };
  });
}
