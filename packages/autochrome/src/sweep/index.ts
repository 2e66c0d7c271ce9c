/**
 * Hyperparameter search: many short runs, and what they say together.
 *
 * @module
 */
export type { TrialRecord } from "./folder.ts";
export { describePoint, planTrials, type Trial } from "./plan.ts";
export type { Point } from "./points.ts";
export {
  type PointOutcome,
  type SweepResults,
  summary as summarizeCounts,
  type TrialOutcome,
  tableOf,
} from "./results.ts";
export { runSweep, type SweepEvents, type SweepOptions, type SweepOutcome } from "./run.ts";
export { parseSweep, readSweepFile, type SweepSettings } from "./settings.ts";
export type { TrialControl, TrialResult, TrialRunner } from "./trial.ts";
