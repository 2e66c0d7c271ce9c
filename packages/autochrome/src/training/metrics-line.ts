/**
 * What a step leaves in `metrics.jsonl`.
 *
 * @module
 */
import type { StepEvent } from "./events.ts";
import type { StepRates } from "./rates.ts";
import type { RecordLine } from "./run-folder.ts";

/**
 * @param ownRate images a second of this step alone
 * @param seconds of training so far
 */
export function metricsLine(
  { step, epoch, phase, losses, waitFraction, progress, secondsLeft }: StepEvent,
  { generatorLearningRate, discriminatorLearningRate }: StepRates,
  ownRate: number,
  seconds: number,
): RecordLine {
  return {
    step,
    epoch: round(epoch),
    phase,
    ...Object.fromEntries(Object.entries(losses).filter(([, value]) => typeof value === "number")),
    generatorLearningRate,
    ...(phase === "adversarial" ? { discriminatorLearningRate } : {}),
    imagesPerSecond: round(ownRate),
    waitFraction: round(waitFraction),
    seconds: round(seconds),
    progress: round(progress),
    ...(secondsLeft === null ? {} : { secondsLeft: round(secondsLeft) }),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
