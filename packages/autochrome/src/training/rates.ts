/**
 * How fast each network learns in a step.
 *
 * @module
 */
import type { TrainConfig } from "./config/index.ts";
import type { RunState } from "./run-state.ts";
import { generatorWaits, learningRateFactor, type Position } from "./timeline.ts";

export interface StepRates {
  generatorLearningRate: number;
  discriminatorLearningRate: number;
  lambdaScale: number;
}

/** Those of the coming step: the settings', by schedule, by what monitors have made of them. */
export function stepRates(
  config: TrainConfig,
  position: Position,
  { step, adversarialSince, adaptation }: Pick<RunState, "step" | "adversarialSince" | "adaptation">,
): StepRates {
  const factor = learningRateFactor(config, position);
  const { generatorScale, discriminatorScale, discriminatorRests, lambdaScale } = adaptation;
  const generator = generatorWaits(config, step, adversarialSince) ? 0 : generatorScale;
  const discriminator = discriminatorRests ? 0 : discriminatorScale;
  return {
    generatorLearningRate: config.generatorLearningRate * factor * generator,
    discriminatorLearningRate: config.discriminatorLearningRate * factor * discriminator,
    lambdaScale,
  };
}
