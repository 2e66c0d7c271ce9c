/**
 * A run's photos: those to train on as batches, those to validate on as squares.
 *
 * @module
 */
import { join } from "node:path";
import { type Aging, type BatchSource, PhotoBatches, type PhotoCollection } from "../data/index.ts";
import { writeFileAtomic } from "../image/index.ts";
import type { TrainConfig } from "./config/index.ts";
import type { TrainEvents } from "./events.ts";
import { splitPhotos } from "./photo-split.ts";
import type { RunFolder } from "./run-folder.ts";
import { loadSquares, type ValidationPhoto } from "./validation.ts";

/** More names than this would make `photos.json` a burden; then it has that many, evenly spaced. */
const MOST_NAMES = 10_000;

export interface RunPhotos {
  train: PhotoCollection;
  /** Empty where nothing is to be validated on. */
  squares: ValidationPhoto[];
  /** Mean a*, b* of the training photos: the baseline that knows only their tint. */
  mean: [number, number];
  /** Of the training photos, in their order. */
  fingerprint: string;
}

/**
 * Looks through the sources and leaves what it found in the run's `photos.json`.
 *
 * @throws AutochromeError when a source is missing or too little remains to train on
 */
export async function openPhotos(
  run: RunFolder,
  config: TrainConfig,
  events: TrainEvents,
  signal?: AbortSignal,
): Promise<RunPhotos> {
  const { train, validation, excluded, fingerprint, mean } = await splitPhotos(
    config,
    events,
    run.path,
    signal,
  );
  if (excluded > 0) events.onNotice?.(`${excluded} photos are left out of training: --val holds them too`);
  signal?.throwIfAborted();
  const squares = await loadSquares(validation, config);
  await validation.close();
  signal?.throwIfAborted();
  if (squares.length === 0) {
    events.onNotice?.(
      "there are no photos to validate on, so there will be no best checkpoint and no samples",
    );
  }
  const facts = { train: train.length, validation: namesOf(validation), meanChroma: mean };
  await writeFileAtomic(join(run.path, "photos.json"), `${JSON.stringify(facts, null, 2)}\n`);
  return { train, squares, mean, fingerprint };
}

function namesOf(photos: PhotoCollection): string[] {
  const count = Math.min(photos.length, MOST_NAMES);
  return Array.from({ length: count }, (_, i) => photos.nameOf(Math.floor((i * photos.length) / count)));
}

/** Batches of crops as the settings ask for them. */
export function batchesOf(
  photos: PhotoCollection,
  config: TrainConfig,
  events: Pick<TrainEvents, "onSkip">,
): BatchSource {
  return new PhotoBatches({
    photos,
    cropSize: config.cropSize,
    batchSize: config.batchSize,
    seed: config.seed,
    space: config.space,
    scaleMin: config.scaleMin,
    scaleMax: config.scaleMax,
    flip: config.flip,
    aging: agingOf(config),
    hints: config.hints,
    cacheBytes: config.cacheMegabytes * 2 ** 20,
    ...(events.onSkip ? { onSkip: events.onSkip } : {}),
  });
}

/** How the crops are aged: all of them by the strengths that are set, or the share that `oldPhotos` says. */
function agingOf(config: TrainConfig): Aging {
  const { orthochromatic, blur, vignette, fade, gamma, grain, grainSize } = config;
  return { share: config.oldPhotos ?? 1, orthochromatic, blur, vignette, fade, gamma, grain, grainSize };
}
