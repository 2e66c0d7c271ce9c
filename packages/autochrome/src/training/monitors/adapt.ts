/**
 * What is done about alarms: the winning side is held back, the balance of the losses shifted, the run sent back to
 * where it was well; and what was held back is let go again.
 *
 * @module
 */
import type { TrainConfig } from "../config/index.ts";
import { quickAccuracy } from "./averages.ts";
import type { MonitorAlarm, MonitorState } from "./watch.ts";

/** Plain JSON, for checkpoints. */
export interface AdaptationState {
  /** Factors that monitors have put on the learning rates. */
  generatorScale: number;
  discriminatorScale: number;
  /** What the scales may rise to again: less than 1 after a rollback. */
  ceiling: number;
  /** Factor on the weight of L1. */
  lambdaScale: number;
  /** The discriminator makes no updates until it errs again. */
  discriminatorRests: boolean;
  /** Steps in a row without a sign of failure since something was last changed. */
  calm: number;
  /** Returns to a good checkpoint, by reason. */
  rollbacks: { nonFinite: number; collapse: number };
}

/** A network taught less than this is not being taught. */
export const SMALLEST_SCALE = 1 / 64;
/** The discriminator's rate is raised to at most this many times the configured one. */
export const LARGEST_BOOST = 4;
const LAMBDA_SCALES = { min: 1 / 16, max: 64 };
/** Returns for each reason; beyond, going back has shown not to help. */
export const MAX_ROLLBACKS = 3;
/** Share of patches judged rightly, over about ten steps, below which a resting discriminator learns again. */
export const RESTED = 0.85;
/** Calm steps after which rates rise by half the way that is left, in doublings. */
export const CALM = 100;

export function newAdaptationState(): AdaptationState {
  return {
    generatorScale: 1,
    discriminatorScale: 1,
    ceiling: 1,
    lambdaScale: 1,
    discriminatorRests: false,
    calm: 0,
    rollbacks: { nonFinite: 0, collapse: 0 },
  };
}

export interface Reaction {
  /** In words, for the alarm's record. */
  action: string;
  state: AdaptationState;
  /** Whether the run is to go back to its last good checkpoint, keeping `state`. */
  goBack: boolean;
}

/** Does about an alarm what `onInstability` asks for. */
export function react(
  alarm: MonitorAlarm,
  onInstability: TrainConfig["onInstability"],
  state: AdaptationState,
): Reaction {
  if (onInstability === "stop") return { action: "ended the run", state, goBack: false };
  if (onInstability === "warn") return { action: "went on", state, goBack: false };
  const changed: AdaptationState = { ...state, rollbacks: { ...state.rollbacks }, calm: 0 };
  const done = (action: string, goBack = false): Reaction => ({ action, state: changed, goBack });
  const lower = (key: "generatorScale" | "discriminatorScale") => {
    const possible = changed[key] / 2 >= SMALLEST_SCALE;
    if (possible) changed[key] /= 2;
    return possible;
  };
  switch (alarm.monitor) {
    case "discriminator wins": {
      const lowered = lower("discriminatorScale");
      changed.discriminatorRests = true;
      const rate = lowered
        ? `, its learning rate then ${shown(changed.discriminatorScale)} of the configured`
        : "";
      return done(
        `lets the discriminator rest until it errs on ${Math.round(100 * (1 - RESTED))}% again${rate}`,
      );
    }
    case "discriminator loses": {
      // After a return, no more than what the return has left.
      const most = changed.ceiling < 1 ? changed.ceiling : LARGEST_BOOST;
      changed.discriminatorScale = Math.min(most, changed.discriminatorScale * 2);
      changed.discriminatorRests = false;
      lower("generatorScale");
      return done(
        `learning rates: generator ${shown(changed.generatorScale)}, discriminator ` +
          `${shown(changed.discriminatorScale)} of the configured`,
      );
    }
    case "sepia": {
      if (changed.lambdaScale / 2 < LAMBDA_SCALES.min) return done("went on: lambda is as low as it gets");
      changed.lambdaScale /= 2;
      return done(`lambda is ${shown(changed.lambdaScale)} of the configured`);
    }
    case "garish": {
      if (changed.lambdaScale * 2 > LAMBDA_SCALES.max) return done("went on: lambda is as high as it gets");
      changed.lambdaScale *= 2;
      return done(`lambda is ${shown(changed.lambdaScale)} of the configured`);
    }
    case "mode collapse": {
      if (changed.rollbacks.collapse >= MAX_ROLLBACKS) {
        const any = [lower("generatorScale"), lower("discriminatorScale")].some(Boolean);
        return done(any ? "halved both learning rates: going back has not helped" : "went on");
      }
      changed.rollbacks.collapse++;
      changed.lambdaScale = Math.min(LAMBDA_SCALES.max, changed.lambdaScale * 4);
      slowDown(changed);
      return done(
        `learning rates at most ${shown(changed.ceiling)}, lambda ${shown(changed.lambdaScale)} of the configured`,
        true,
      );
    }
    case "non-finite": {
      changed.rollbacks.nonFinite++;
      slowDown(changed);
      return done(`learning rates at most ${shown(changed.ceiling)} of the configured`, true);
    }
  }
}

/** After a return the rates that failed are not tried again. */
function slowDown(state: AdaptationState): void {
  state.ceiling /= 2;
  state.generatorScale = Math.min(state.generatorScale / 2, state.ceiling);
  state.discriminatorScale = Math.min(state.discriminatorScale / 2, state.ceiling);
  state.discriminatorRests = false;
}

/**
 * Lets go, step by step: the discriminator's rest ends when it errs again, and after every 100 steps without a sign
 * of failure each learning rate that was lowered doubles, up to the ceiling, and one that was raised halves.
 *
 * @returns what was let go, in words, or null
 */
export function relax(
  state: AdaptationState,
  monitors: MonitorState,
): { state: AdaptationState; action: string | null } {
  const next = { ...state };
  const actions: string[] = [];
  if (next.discriminatorRests && quickAccuracy(monitors.averages) < RESTED) {
    next.discriminatorRests = false;
    actions.push("the discriminator learns again");
  }
  next.calm = Object.keys(monitors.showing).length === 0 ? next.calm + 1 : 0;
  if (next.calm >= CALM) {
    next.calm = 0;
    for (const key of ["generatorScale", "discriminatorScale"] as const) {
      const before = next[key];
      if (before < next.ceiling) next[key] = Math.min(next.ceiling, before * 2);
      if (before > 1) next[key] = Math.max(1, before / 2);
      if (next[key] !== before) {
        const role = key === "generatorScale" ? "generator" : "discriminator";
        actions.push(`the ${role}'s learning rate is ${shown(next[key])} of the configured`);
      }
    }
  }
  return { state: next, action: actions.length > 0 ? actions.join("; ") : null };
}

/** `1/8`, `4x`, `all`: scales are powers of two. */
function shown(scale: number): string {
  if (scale === 1) return "all";
  return scale < 1 ? `1/${Math.round(1 / scale)}` : `${scale} times`;
}
