/**
 * What a run knows of itself beside its tensors.
 *
 * @module
 */
import {
  type AdaptationState,
  type MonitorState,
  newAdaptationState,
  newMonitorState,
} from "./monitors/index.ts";

/**
 * `last` is where the run stands; `best` the best validation so far; `pretrained` the run as it stood before its first
 * adversarial step, where it had an L1 phase; `good` the latest that the steps after it have shown to be sound, and
 * `candidate` the one that is to be the next good one.
 */
export type CheckpointName = "last" | "best" | "pretrained" | "good" | "candidate";

/** What a checkpoint knows beside tensors; plain JSON. */
export interface RunState {
  formatVersion: 1;
  /** Steps done; also the number of the next batch. */
  step: number;
  /** Seconds of training so far, in all sittings. */
  seconds: number;
  /** The step at which the adversarial phase began; null before. */
  adversarialSince: number | null;
  monitors: MonitorState;
  /** What monitors have changed. */
  adaptation: AdaptationState;
  /** Step of the checkpoint `good`. */
  good: number;
  /** Step of the checkpoint `candidate`; null where none is on probation. */
  candidate: number | null;
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
    monitors: newMonitorState(),
    adaptation: newAdaptationState(),
    good: 0,
    candidate: null,
    best: null,
    photos,
  };
}
