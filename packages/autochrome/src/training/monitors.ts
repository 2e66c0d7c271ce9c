/**
 * Monitors: they watch the losses for the ways in which a GAN fails.
 *
 * @module
 */
import type { TrainConfig } from "./config/index.ts";
import type { Phase, StepLosses } from "./step.ts";

export type MonitorName = "discriminator wins" | "balance lost" | "sepia" | "mode collapse" | "non-finite";

/** A monitor that tripped: what it saw and what to try. */
export interface MonitorAlarm {
  monitor: MonitorName;
  message: string;
  advice: string;
  /** Whose learning rate to lower, where that helps. */
  winner: "generator" | "discriminator" | null;
}

/** Moving averages over about 50 adversarial steps; plain JSON, for checkpoints. */
export interface MonitorState {
  observed: number;
  accuracy: number;
  discriminatorLoss: number;
  /** Mean absolute distance of the discriminator's loss from its average. */
  restlessness: number;
  spread: number;
  variety: number;
  /** The observation at which each monitor spoke last. */
  spoke: Partial<Record<MonitorName, number>>;
}

const MEMORY = 0.98;
/** Observations before the averages mean anything, and between two alarms of one monitor. */
const SETTLING = 150;
const SILENCE = 300;

export function newMonitorState(): MonitorState {
  return {
    observed: 0,
    accuracy: 0.5,
    discriminatorLoss: 0,
    restlessness: 1,
    spread: 1,
    variety: 1,
    spoke: {},
  };
}

/** True when every loss that the step has is a finite number. */
export function allFinite(losses: StepLosses): boolean {
  return Object.values(losses).every((value) => value === null || Number.isFinite(value));
}

/**
 * Looks at one step. The L1 phase passes unwatched: there is no game to lose, and pale colours are its nature.
 *
 * @returns the next state and the monitors that tripped, each at most once in 300 steps
 */
export function observe(
  state: MonitorState,
  phase: Phase,
  losses: StepLosses,
): { state: MonitorState; alarms: MonitorAlarm[] } {
  if (phase === "l1" || losses.realAccuracy === null || losses.fakeAccuracy === null) {
    return { state, alarms: [] };
  }
  const loss = losses.discriminator ?? 0;
  const first = state.observed === 0;
  const follow = (average: number, value: number) => MEMORY * average + (1 - MEMORY) * value;
  const next: MonitorState = {
    observed: state.observed + 1,
    accuracy: follow(state.accuracy, (losses.realAccuracy + losses.fakeAccuracy) / 2),
    discriminatorLoss: first ? loss : follow(state.discriminatorLoss, loss),
    restlessness: first ? 1 : follow(state.restlessness, Math.abs(loss - state.discriminatorLoss)),
    spread: follow(state.spread, Math.min(2, losses.chromaSpread)),
    variety: follow(state.variety, Math.min(2, losses.chromaVariety)),
    spoke: state.spoke,
  };
  if (next.observed < SETTLING) return { state: next, alarms: [] };
  const alarms = judge(next).filter(({ monitor }) => {
    const last = next.spoke[monitor];
    return last === undefined || next.observed - last >= SILENCE;
  });
  next.spoke = { ...next.spoke };
  for (const { monitor } of alarms) next.spoke[monitor] = next.observed;
  return { state: next, alarms };
}

function judge(state: MonitorState): MonitorAlarm[] {
  const alarms: MonitorAlarm[] = [];
  const percent = (value: number) => `${(100 * value).toFixed(0)}%`;
  if (state.accuracy > 0.98) {
    alarms.push({
      monitor: "discriminator wins",
      message: `the discriminator is right about ${percent(state.accuracy)} of patches: it teaches nothing more`,
      advice:
        "lower discriminatorLearningRate, or set labelSmoothing to 0.9 and spectralNormalization to true",
      winner: "discriminator",
    });
  }
  if (Math.abs(state.accuracy - 0.5) < 0.03 && state.restlessness < 0.003) {
    alarms.push({
      monitor: "balance lost",
      message: `the discriminator guesses (${percent(state.accuracy)} right) and its loss stands still`,
      advice: "raise discriminatorLearningRate, or lower generatorLearningRate",
      winner: "generator",
    });
  }
  if (state.spread < 0.2) {
    alarms.push({
      monitor: "sepia",
      message: `painted chroma spreads ${percent(state.spread)} as far as the true photos'`,
      advice: "lower lambda, raise chromaWeight, or train longer with the adversarial loss",
      winner: null,
    });
  }
  if (state.variety < 0.1) {
    alarms.push({
      monitor: "mode collapse",
      message: `painted photos differ in mean chroma ${percent(state.variety)} as much as the true ones`,
      advice: "raise batchSize or lambda, or lower both learning rates",
      winner: null,
    });
  }
  return alarms;
}

/** A network taught this little is not being taught. */
const SMALLEST_SCALE = 1 / 64;

/** Does about an alarm what `onInstability` asks for; returns it in words. */
export function react(
  alarm: MonitorAlarm,
  onInstability: TrainConfig["onInstability"],
  scales: { generatorScale: number; discriminatorScale: number },
): string {
  if (onInstability === "stop") return "ended the run";
  if (onInstability === "warn" || alarm.winner === null) return "went on";
  const key = alarm.winner === "generator" ? "generatorScale" : "discriminatorScale";
  if (scales[key] / 2 < SMALLEST_SCALE) return "went on: the learning rate is as low as it gets";
  scales[key] /= 2;
  return `halved the ${alarm.winner}'s learning rate`;
}
