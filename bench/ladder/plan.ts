// From rungs to trainings: settings, costs and numbers of steps. Pure, and tested.
import { isDeepStrictEqual } from "node:util";
import {
  CONFIG_KEYS,
  type ConfigKey,
  nearestKey,
  type PartialConfig,
  resolveConfig,
  type TrainConfig,
} from "../../packages/autochrome/src/training/config/index.ts";
import type { Rung } from "./rungs.ts";

/** A rung with all that it inherits. */
export interface PlannedRung {
  name: string;
  question: string;
  against: string | null;
  changes: PartialConfig;
  /** One training each; shares of the budget that make 1. */
  stages: { share: number; settings: PartialConfig }[];
  size: number | null;
}

/** Milliseconds that a step takes. */
export interface StepCost {
  l1: number;
  adversarial: number;
}

/** A mistake in the rungs or on the command line. */
export class LadderError extends Error {}

/**
 * Every rung's settings: the base's, then those of the rung that it is held against, then its own.
 *
 * @throws LadderError naming the rung that is wrong: a name used twice, an unknown rung to be held against, an unknown
 *   setting, shares that do not make 1
 */
export function planRungs(rungs: readonly Rung[], base: PartialConfig): PlannedRung[] {
  const known = new Map<string, { settings: PartialConfig; rung: Rung }>();
  return rungs.map((rung, i) => {
    const { name, question, changes } = rung;
    if (known.has(name)) throw new LadderError(`there are two rungs '${name}'`);
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) {
      throw new LadderError(`'${name}' names folders: lower-case letters, digits and single hyphens only`);
    }
    const against = i === 0 ? null : (rung.against ?? rungs[i - 1]!.name);
    const before = against === null ? { settings: base, rung: null } : known.get(against);
    if (before === undefined)
      throw new LadderError(`${name} is held against '${against}', no rung before it`);
    for (const part of [changes, ...(rung.stages ?? []).map((stage) => stage.changes)]) {
      for (const key of Object.keys(part)) requireSetting(name, key);
    }
    const settings = { ...before.settings, ...changes };
    const inherited: Rung = {
      ...rung,
      stages: rung.stages ?? before.rung?.stages ?? [],
      ...((rung.size ?? before.rung?.size) && { size: rung.size ?? before.rung?.size }),
    };
    known.set(name, { settings, rung: inherited });
    const stages = inherited.stages!.length === 0 ? [{ share: 1, changes: {} }] : inherited.stages!;
    const shares = stages.reduce((sum, { share }) => sum + share, 0);
    if (Math.abs(shares - 1) > 1e-9)
      throw new LadderError(`${name}: the stages' shares make ${shares}, not 1`);
    return {
      name,
      question,
      against,
      changes,
      stages: stages.map((stage) => ({ share: stage.share, settings: { ...settings, ...stage.changes } })),
      size: inherited.size ?? null,
    };
  });
}

function requireSetting(rung: string, key: string): void {
  if (CONFIG_KEYS.includes(key as ConfigKey)) return;
  const guess = nearestKey(key);
  throw new LadderError(
    `${rung}: '${key}' is no setting${guess === null ? "" : `; did you mean '${guess}'?`}`,
  );
}

/**
 * Settings under which steps take the same time: rungs that differ in these alone get the same number of steps.
 */
const FREE: ReadonlySet<ConfigKey> = new Set<ConfigKey>([
  "adversarialLoss",
  "beta1",
  "beta2",
  "chromaWeight",
  "decayRate",
  "decaySteps",
  "discriminatorLearningRate",
  "flip",
  "generatorLearningRate",
  "initialization",
  "labelSmoothing",
  "lambda",
  "onInstability",
  "pretrainFraction",
  "pretrainSteps",
  "samples",
  "schedule",
  "temperature",
  "validateEvery",
  "validationPhotos",
  "validationSize",
  "vividness",
  "warmupSteps",
]);

/** The settings that decide what a step costs, those of the preset left out, in a fixed order. */
export function costSettings(settings: PartialConfig): PartialConfig {
  const own = resolved(settings);
  const preset = resolved({ preset: settings.preset });
  const keys = CONFIG_KEYS.filter(
    (key) => !FREE.has(key) && !isDeepStrictEqual(own[key], preset[key]),
  ).sort();
  return { preset: own.preset, ...Object.fromEntries(keys.map((key) => [key, own[key]])) };
}

function resolved(settings: PartialConfig): TrainConfig {
  return resolveConfig({ flags: { photos: ["-"], ...settings, steps: 1 } });
}

export function costsAlike(one: PartialConfig, other: PartialConfig): boolean {
  return isDeepStrictEqual(costSettings(one), costSettings(other));
}

/**
 * How many steps fit a budget: `share` of the minutes, of which each phase takes its part.
 *
 * @param settings of the stage; its `pretrainFraction` says which part of the steps is L1 alone
 */
export function stepsFor(minutes: number, share: number, settings: PartialConfig, cost: StepCost): number {
  const { pretrainFraction } = resolved(settings);
  const milliseconds = pretrainFraction * cost.l1 + (1 - pretrainFraction) * cost.adversarial;
  return Math.max(1, Math.floor((minutes * share * 60_000) / milliseconds));
}

/** Steps between checkpoints: about 20 seconds of work are what a kill costs. */
export function checkpointEvery({ l1, adversarial }: StepCost): number {
  return Math.max(1, Math.round(20_000 / Math.max(l1, adversarial)));
}

/**
 * The rungs that were asked for, in the ladder's order.
 *
 * @throws LadderError naming the one that does not exist
 */
export function selectRungs(rungs: readonly PlannedRung[], only: readonly string[] | null): PlannedRung[] {
  if (only === null) return [...rungs];
  const names = rungs.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new LadderError(`there is no rung '${unknown}': ${names.join(", ")}`);
  return rungs.filter(({ name }) => only.includes(name));
}
