/**
 * The trials of a sweep: what each is to be trained with.
 *
 * @module
 */
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { type PartialConfig, resolveWithInit, type TrainConfig } from "../training/index.ts";
import { type Point, pointsOf } from "./points.ts";
import { type SweepSettings, sweepError } from "./settings.ts";

/** One training. */
export interface Trial {
  /** `trial-001`, also the name of its folder. */
  id: string;
  point: Point;
  seed: number;
  /** Resolved; `run` is the trial's folder. */
  config: TrainConfig;
}

/**
 * All trials, point after point, each point with its seeds.
 *
 * @param folder the sweep's
 * @throws AutochromeError (exit code 2) naming the trial and the setting that is wrong
 */
export async function planTrials(settings: SweepSettings, folder: string): Promise<Trial[]> {
  const points = pointsOf(settings);
  const trials: Trial[] = [];
  for (const point of points) {
    for (const seed of settings.seeds) {
      const id = `trial-${String(trials.length + 1).padStart(3, "0")}`;
      const config = await resolveTrial(settings.base, point, seed, join(folder, id), id);
      trials.push({ id, point, seed, config });
    }
  }
  const { config } = trials[0]!;
  if (config.val === null && config.valFraction === 0) {
    throw sweepError("base: valFraction is 0 and there is no val: trials are compared on validation photos.");
  }
  return trials;
}

async function resolveTrial(
  base: PartialConfig,
  point: Point,
  seed: number,
  run: string,
  id: string,
): Promise<TrainConfig> {
  try {
    return await resolveWithInit({ file: base, flags: { ...(point as PartialConfig), seed, run } });
  } catch (cause) {
    if (!(cause instanceof AutochromeError)) throw cause;
    throw new AutochromeError(`${id} (${describePoint(point)}): ${cause.message}`, {
      code: cause.code,
      exitCode: cause.exitCode,
      cause,
    });
  }
}

/** `lambda 50, chromaWeight 3` */
export function describePoint(point: Point): string {
  return Object.entries(point)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
}
