/**
 * Where a run stands between its start and its end, and what follows from it.
 *
 * @module
 */
import type { TrainConfig } from "./config/index.ts";
import type { Phase } from "./step.ts";

export interface Position {
  /** Steps done. */
  step: number;
  /** Passes over the photos done, with fraction. */
  epoch: number;
  /** Seconds of training done. */
  seconds: number;
}

type Limits = Pick<TrainConfig, "steps" | "epochs" | "minutes">;

/** Share of the run that is over, by whichever limit comes first; 1 or more at the end. */
export function progress(limits: Limits, position: Position): number {
  const share = (done: number, limit: number | null) => (limit === null ? 0 : done / limit);
  return Math.max(
    share(position.step, limits.steps),
    share(position.epoch, limits.epochs),
    share(position.seconds / 60, limits.minutes),
  );
}

/** The limits of a run as flags: `--steps 40`. */
export function limitFlags(config: Limits): string {
  const limits = (["steps", "epochs", "minutes"] as const).filter((limit) => config[limit] !== null);
  return limits.map((limit) => `--${limit} ${config[limit]}`).join(", ");
}

/** The phase of the coming step. Once adversarial, a run stays so, even when its end is moved away. */
export function phaseAt(
  config: Limits & Pick<TrainConfig, "pretrainSteps" | "pretrainFraction">,
  position: Position,
  adversarialSince: number | null,
): Phase {
  if (adversarialSince !== null) return "adversarial";
  const begins =
    config.pretrainSteps === null
      ? config.pretrainFraction < 1 && progress(config, position) >= config.pretrainFraction
      : position.step >= config.pretrainSteps;
  return begins ? "adversarial" : "l1";
}

/** True while only the discriminator learns: a new one would send a trained generator anywhere. */
export function generatorWaits(
  config: Pick<TrainConfig, "discriminatorWarmup">,
  step: number,
  adversarialSince: number | null,
): boolean {
  return adversarialSince !== null && step < adversarialSince + config.discriminatorWarmup;
}

/**
 * Factor on the learning rates in [0, 1]: a linear rise over `warmupSteps`, then `constant` 1, `linear` 1 for
 * half the run and down to 0 at its end (pix2pix), `cosine` down to 0 from the start (Loshchilov and Hutter
 * 2017, without restarts), or `exponential` decayRate^(step / decaySteps), whenever the run ends. With a limit in
 * minutes the descent of `linear` and `cosine` follows the clock, so only runs that end by steps or epochs repeat
 * themselves exactly under them.
 */
export function learningRateFactor(
  config: Limits & Pick<TrainConfig, "schedule" | "warmupSteps" | "decayRate" | "decaySteps">,
  position: Position,
): number {
  const done = Math.min(1, progress(config, position));
  const warmup = Math.min(1, (position.step + 1) / (config.warmupSteps + 1));
  switch (config.schedule) {
    case "constant":
      return warmup;
    case "linear":
      return warmup * Math.min(1, 2 * (1 - done));
    case "cosine":
      return warmup * 0.5 * (1 + Math.cos(Math.PI * done));
    case "exponential":
      return warmup * config.decayRate ** (position.step / config.decaySteps);
  }
}

/**
 * Standard deviation of the instance noise: from `instanceNoise` at the run's start down to 0 at its end, in a straight
 * line. With a limit in minutes it follows the clock, as learning rates do.
 */
export function instanceNoiseAt(
  config: Limits & Pick<TrainConfig, "instanceNoise">,
  position: Position,
): number {
  return config.instanceNoise * Math.max(0, 1 - progress(config, position));
}
