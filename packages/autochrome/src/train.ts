/**
 * Training as the library's face offers it: TensorFlow.js is loaded when it begins, and validations are scored
 * with the documented metrics.
 *
 * @module
 */
import { evaluatePhotos } from "./evaluation/index.ts";
import type { PartialConfig } from "./training/config/index.ts";
import type { ScorePhotos, TrainEvents, TrainOptions, TrainResult } from "./training/index.ts";

/** The score that chooses the best checkpoint (`scoreForBest`), with the metrics behind it. */
export const scorePhotos: ScorePhotos = async (photos, painted, meanChroma) => {
  const byName = new Map(photos.map(({ name }, i) => [name, painted[i]!]));
  const { model, score } = await evaluatePhotos(photos, async ({ name }) => byName.get(name)!, {
    meanChroma,
  });
  const { deltaE2000, psnr, hueAccuracy, colourfulnessRatio } = model;
  return {
    score,
    metrics: {
      deltaE2000: deltaE2000.mean,
      psnr: psnr.mean,
      hueAccuracy: hueAccuracy.mean,
      colourfulnessRatio: colourfulnessRatio.mean,
    },
  };
};

/**
 * Trains a colorizer and leaves a run folder.
 *
 * @param config settings as on the command line, in camel case; what is not named comes from the preset (`small`)
 * @throws AutochromeError when a setting is wrong, photos are missing, or the run's folder cannot be used
 * @example
 * const { run } = await train({ photos: ["photos/"], minutes: 30 }, { onStep: ({ losses }) => draw(losses) });
 * await exportRun(run, "models/mine");
 */
export async function train(
  config: PartialConfig,
  events: TrainEvents = {},
  options: TrainOptions = {},
): Promise<TrainResult> {
  const { readRunConfig, resolveWithInit, train: trainRun } = await import("./training/index.ts");
  const saved = options.resume && config.run ? await readRunConfig(config.run) : undefined;
  const resolved = await resolveWithInit({ saved, flags: config });
  return trainRun(resolved, events, { score: scorePhotos, ...options });
}
