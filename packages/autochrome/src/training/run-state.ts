/**
 * What a run knows of itself beside its tensors.
 *
 * @module
 */
import { type MonitorState, newMonitorState } from "./monitors.ts";

/** `pretrained` is the run as it stood before its first adversarial step, where it had an L1 phase. */
export type CheckpointName = "last" | "best" | "pretrained";

/** What a checkpoint knows beside tensors; plain JSON. */
export interface RunState {
  formatVersion: 1;
  /** Steps done; also the number of the next batch. */
  step: number;
  /** Seconds of training so far, in all sittings. */
  seconds: number;
  /** The step at which the adversarial phase began; null before. */
  adversarialSince: number | null;
  /** Factors that monitors have put on the learning rates. */
  generatorScale: number;
  discriminatorScale: number;
  /** Times that the run fell back to a checkpoint because of non-finite values. */
  rollbacks: number;
  monitors: MonitorState;
  /** The best validation so far. */
  best: { step: number; score: number; metrics: Record<string, number> } | null;
  /** Which photos in which order: `fingerprintPhotos`. */
  photos: string;
}

/** The state of a run that has not made a step; `photos` as `fingerprintPhotos` gives it. */
export function newRunState(photos: string): RunState {
  return {
    formatVersion: 1,
    step: 0,
    seconds: 0,
    adversarialSince: null,
    generatorScale: 1,
    discriminatorScale: 1,
    rollbacks: 0,
    monitors: newMonitorState(),
    best: null,
    photos,
  };
}
