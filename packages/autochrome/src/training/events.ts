/**
 * What a training is given, tells while it runs, and returns. The library prints nothing.
 *
 * @module
 */
import type { SkippedPhoto } from "../data/index.ts";
import type { keras } from "../models/index.ts";
import type { CheckpointName, RunState } from "./checkpoint.ts";
import type { TrainConfig } from "./config/index.ts";
import type { MonitorAlarm } from "./monitors/index.ts";
import type { ScanEvents } from "./photo-split.ts";
import type { Phase, StepLosses } from "./step.ts";
import type { ScorePhotos } from "./validation.ts";

export interface StartEvent {
  /** The run's folder. */
  run: string;
  /** Steps done before, 0 in a new run. */
  step: number;
  trainingPhotos: number;
  validationPhotos: number;
  generatorParameters: number;
  discriminatorParameters: number;
}

export interface StepEvent {
  /** Steps done, this one included. */
  step: number;
  /** Passes over the photos, with fraction. */
  epoch: number;
  phase: Phase;
  losses: StepLosses;
  /** Smoothed over about ten steps. */
  imagesPerSecond: number;
  /** Share of the time that the network waited for photos. */
  waitFraction: number;
  /** Share of the run that is over, 0 to 1. */
  progress: number;
  /** Estimated seconds to the run's end, null before the first estimate. */
  secondsLeft: number | null;
}

export interface ValidationEvent {
  step: number;
  score: number;
  metrics: Record<string, number>;
  /** True when this is the best so far. */
  best: boolean;
}

export interface TrainEvents extends ScanEvents {
  onStart?: (event: StartEvent) => void;
  onStep?: (event: StepEvent) => void;
  /** A pass over the photos is complete; `epoch` counts from 1. */
  onEpoch?: (event: { epoch: number; step: number }) => void;
  onValidation?: (event: ValidationEvent) => void;
  /** A sample sheet was written. */
  onSample?: (event: { step: number; path: string }) => void;
  onCheckpoint?: (event: { step: number; name: CheckpointName; path: string }) => void;
  onMonitor?: (event: MonitorAlarm & { step: number; action: string }) => void;
  /** A photo that passed the scan does not decode any more. */
  onSkip?: (skipped: SkippedPhoto) => void;
  /** Something to know that is no failure. */
  onNotice?: (message: string) => void;
}

export interface TrainOptions {
  /** Goes on with the run in `config.run`. */
  resume?: boolean;
  /** Ends the run after the step in hand, with everything saved. */
  signal?: AbortSignal;
  /**
   * Own networks, with the inputs and outputs of `buildGenerator` and `buildDiscriminator`. Their layers are kept in the
   * run's folder, so that it can be resumed, exported and evaluated without them.
   */
  generator?: keras.LayersModel;
  discriminator?: keras.LayersModel;
  /** Judges validations; by default minus the mean distance in a, b. */
  score?: ScorePhotos;
}

export interface TrainResult {
  /** The run's folder. */
  run: string;
  /** `done`: its limit was reached; `interrupted`: by the signal; `unstable`: by a monitor. */
  ended: "done" | "interrupted" | "unstable";
  step: number;
  /** Seconds of training, all sittings together. */
  seconds: number;
  /** Share of the time that the network waited for photos, in this sitting. */
  waitFraction: number;
  best: RunState["best"];
  /** Holding the averaged weights of the last step. */
  generator: keras.LayersModel;
  discriminator: keras.LayersModel;
  config: TrainConfig;
}
