/**
 * What the monitors go by: moving averages of what steps report.
 *
 * @module
 */
import type { ChromaMoments } from "../chroma-moments.ts";
import type { StepLosses } from "../step.ts";

/** Steps that an average remembers: an observation's weight falls by 1/e in as many. */
export const WINDOW = 25;
/** The same of the average that follows quickly. */
const QUICK_WINDOW = 10;

/** Of one side, painted or real, averaged; squares of the network's units. */
export interface ChromaAverages {
  /** Mean squared distance from the photo's own mean chroma. */
  within: number;
  /** Variance of mean chroma between photos, without bias from the batch's size. */
  between: number;
  /** Mean squared chroma. */
  power: number;
  /** Mean chroma's length, in the network's units. */
  level: number;
  /** Mean chroma as a vector. */
  mean: number[];
}

/** Sums of exponentially weighted observations; plain JSON, for checkpoints. Divide by `weight` for averages. */
export interface AverageState {
  observed: number;
  weight: number;
  realAccuracy: number;
  fakeAccuracy: number;
  adversarial: number;
  discriminator: number;
  quickWeight: number;
  quickAccuracy: number;
  painted: ChromaAverages;
  real: ChromaAverages;
  /** Mean chroma of the step before, painted and real: what batches of one photo are compared with. */
  before: { painted: number[]; real: number[] } | null;
}

/** Averages, bias of the start removed. */
export interface Averages {
  realAccuracy: number;
  fakeAccuracy: number;
  adversarial: number;
  discriminator: number;
  painted: ChromaAverages;
  real: ChromaAverages;
}

export function newAverageState(): AverageState {
  const chroma = (): ChromaAverages => ({ within: 0, between: 0, power: 0, level: 0, mean: [] });
  return {
    observed: 0,
    weight: 0,
    realAccuracy: 0,
    fakeAccuracy: 0,
    adversarial: 0,
    discriminator: 0,
    quickWeight: 0,
    quickAccuracy: 0,
    painted: chroma(),
    real: chroma(),
    before: null,
  };
}

/**
 * Takes a step of the adversarial phase in.
 *
 * @param batchSize photos a step. Of 1, the variance between photos is half the mean squared difference between one
 *   step's photo and the next's (von Neumann's estimate), which a slow drift of all colours does not swell
 */
export function follow(state: AverageState, losses: StepLosses, batchSize: number): AverageState {
  const share = 1 / WINDOW;
  const quickShare = 1 / QUICK_WINDOW;
  const sum = (before: number, value: number) => (1 - share) * before + share * value;
  const accuracy = ((losses.realAccuracy ?? 0) + (losses.fakeAccuracy ?? 0)) / 2;
  const { painted, real } = losses.moments;
  const side = (
    before: ChromaAverages,
    moments: ChromaMoments,
    previous: number[] | undefined,
  ): ChromaAverages => ({
    within: sum(before.within, moments.within),
    between: sum(before.between, between(moments, previous, batchSize)),
    power: sum(before.power, moments.within + moments.photos),
    level: sum(before.level, moments.level),
    mean: moments.mean.map((value, i) => sum(before.mean[i] ?? 0, value)),
  });
  return {
    observed: state.observed + 1,
    weight: sum(state.weight, 1),
    realAccuracy: sum(state.realAccuracy, losses.realAccuracy ?? 0),
    fakeAccuracy: sum(state.fakeAccuracy, losses.fakeAccuracy ?? 0),
    adversarial: sum(state.adversarial, losses.adversarial ?? 0),
    discriminator: sum(state.discriminator, losses.discriminator ?? 0),
    quickWeight: (1 - quickShare) * state.quickWeight + quickShare,
    quickAccuracy: (1 - quickShare) * state.quickAccuracy + quickShare * accuracy,
    painted: side(state.painted, painted, state.before?.painted),
    real: side(state.real, real, state.before?.real),
    before: batchSize === 1 ? { painted: painted.mean, real: real.mean } : null,
  };
}

function between(moments: ChromaMoments, previous: number[] | undefined, batchSize: number): number {
  if (batchSize > 1)
    return ((moments.photos - dot(moments.mean, moments.mean)) * batchSize) / (batchSize - 1);
  // The first photo has none to be compared with: as if it were average.
  if (previous === undefined) return 0;
  const difference = moments.mean.map((value, i) => value - previous[i]!);
  return dot(difference, difference) / 2;
}

export function averages(state: AverageState): Averages {
  const of = (value: number) => value / state.weight;
  const side = (sums: ChromaAverages): ChromaAverages => ({
    within: of(sums.within),
    between: Math.max(0, of(sums.between)),
    power: of(sums.power),
    level: of(sums.level),
    mean: sums.mean.map(of),
  });
  return {
    realAccuracy: of(state.realAccuracy),
    fakeAccuracy: of(state.fakeAccuracy),
    adversarial: of(state.adversarial),
    discriminator: of(state.discriminator),
    painted: side(state.painted),
    real: side(state.real),
  };
}

/** |mean chroma| / mean |chroma|: 1 where all colour is one hue, 0 where hues cancel out. */
export function hueConcentration({ mean, level }: ChromaAverages): number {
  return level > 1e-6 ? Math.min(1, Math.sqrt(dot(mean, mean)) / level) : 0;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + value * b[i]!, 0);
}

/** Share of patches judged rightly over about the last ten steps. */
export function quickAccuracy(state: AverageState): number {
  return state.quickWeight > 0 ? state.quickAccuracy / state.quickWeight : 0.5;
}
