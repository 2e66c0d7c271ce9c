/**
 * The watch: signs of failure become alarms when they last, and are called off when they are gone.
 *
 * @module
 */
import type { TrainConfig } from "../config/index.ts";
import type { Phase, StepLosses } from "../step.ts";
import { type AverageState, averages, follow, newAverageState } from "./averages.ts";
import { type SignName, signsOf } from "./signs.ts";

export type MonitorName = SignName | "non-finite";

/** A monitor that tripped: what it saw, since when, and what to try. */
export interface MonitorAlarm {
  monitor: MonitorName;
  message: string;
  advice: string;
  /** The step at which it began to show. */
  since: number;
  /** The numbers behind the message. */
  seen: Record<string, number>;
  /** How often this has been told since then, this time included. */
  times: number;
}

/** Plain JSON, for checkpoints. */
export interface MonitorState {
  averages: AverageState;
  /** Signs that show at present: since which step, in how many steps, and how often they were told. */
  showing: Partial<Record<SignName, { since: number; steps: number; told: number }>>;
}

/** Observations before averages are judged. */
export const SETTLING = 30;
/** Observations before a discriminator that guesses is taken for lost: at first each has to guess. */
export const LEARNING = 100;
/** Steps in a row that a sign has to show. */
export const HOLD = 15;
/** Steps from one alarm of a lasting sign to the next. */
export const REPEAT = 50;

export function newMonitorState(): MonitorState {
  return { averages: newAverageState(), showing: {} };
}

export interface Watched {
  state: MonitorState;
  /** Signs that have lasted and are due to be told. */
  alarms: MonitorAlarm[];
  /** Signs that were told and show no more. */
  over: SignName[];
}

/**
 * Looks at a step. The L1 phase passes unwatched: there is no game to lose, and pale colours are its nature.
 *
 * @param step steps done, this one included
 */
export function observe(
  state: MonitorState,
  step: number,
  phase: Phase,
  losses: StepLosses,
  config: Pick<TrainConfig, "adversarialLoss" | "labelSmoothing" | "batchSize">,
): Watched {
  // What is not finite has its own way back, and would stay in the averages for good.
  if (phase === "l1" || !allFinite(losses)) return { state, alarms: [], over: [] };
  const followed = follow(state.averages, losses, config.batchSize);
  const next: MonitorState = { averages: followed, showing: {} };
  if (followed.observed < SETTLING) return { state: next, alarms: [], over: [] };
  const alarms: MonitorAlarm[] = [];
  for (const { name, ...sign } of signsOf(averages(followed), config)) {
    if (name === "discriminator loses" && followed.observed < LEARNING) continue;
    const before = state.showing[name] ?? { since: step, steps: 0, told: 0 };
    const steps = before.steps + 1;
    const due = steps === HOLD + before.told * REPEAT;
    const told = before.told + (due ? 1 : 0);
    next.showing[name] = { since: before.since, steps, told };
    if (due) alarms.push({ monitor: name, ...sign, since: before.since, times: told });
  }
  const over = (Object.keys(state.showing) as SignName[]).filter(
    (name) => state.showing[name]!.told > 0 && next.showing[name] === undefined,
  );
  return { state: next, alarms, over };
}

/** True when every loss, gradient norm and moment that the step has is a finite number. */
export function allFinite(losses: StepLosses): boolean {
  return nonFinite(losses).length === 0;
}

/** Names of what is infinite or NaN. */
export function nonFinite({ moments, ...scalars }: StepLosses): string[] {
  const bad = Object.entries(scalars).filter(([, value]) => value !== null && !Number.isFinite(value));
  const chroma = [moments.painted, moments.real].flatMap(({ mean, within }) => [within, ...mean]);
  return [...bad.map(([name]) => name), ...(chroma.every(Number.isFinite) ? [] : ["chroma"])];
}
