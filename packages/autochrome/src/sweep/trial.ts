/**
 * One trial in this process: a training, and how it ended.
 *
 * @module
 */
import { type StepEvent, type TrainOptions, type TrainResult, train } from "../training/index.ts";
import type { Trial } from "./plan.ts";

/** What a runner is told, and tells. */
export interface TrialControl {
  /** Goes on with the run in the trial's folder. */
  resume: boolean;
  /** Ends the training after the step in hand, with everything saved. */
  signal: AbortSignal;
  onProgress: (event: Pick<StepEvent, "step" | "progress">) => void;
  /** `score` is among the metrics. */
  onValidation: (step: number, metrics: Record<string, number>) => void;
}

export type TrialResult = Pick<TrainResult, "ended" | "best" | "step" | "seconds">;

/** Trains one trial: in this process, or in one of its own. Throws where the training fails. */
export type TrialRunner = (trial: Trial, control: TrialControl) => Promise<TrialResult>;

/** Trains in this process. */
export function inProcess(score: TrainOptions["score"]): TrialRunner {
  return async ({ config }, { resume, signal, onProgress, onValidation }) => {
    const { ended, best, step, seconds, generator, discriminator } = await train(
      config,
      {
        onStep: onProgress,
        onValidation: (event) => onValidation(event.step, { score: event.score, ...event.metrics }),
      },
      { resume, signal, ...(score && { score }) },
    );
    // A sweep would pile them up.
    generator.dispose();
    discriminator.dispose();
    return { ended, best, step, seconds };
  };
}
