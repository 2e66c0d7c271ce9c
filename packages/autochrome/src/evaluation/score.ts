import type { Interval } from "./bootstrap.ts";

/** The means that {@link scoreForBest} reads: an `EvaluationResult` is one. */
export interface ScoredSummary {
  readonly model: Readonly<Record<"hueAccuracy" | "deltaE2000" | "colourfulnessRatio", Interval>>;
  readonly baselines: { readonly gray: Readonly<Record<"deltaE2000", Interval>> };
}

/** How far the colourfulness ratio may be from 1 at no cost: photos differ by as much between two cameras. */
const FREE_GAP = 0.2;

/**
 * One number to choose the best checkpoint by; higher is better:
 *
 *     hueAccuracy + (1 - deltaE2000 / deltaE2000 of gray) - max(0, min(1, |1 - colourfulnessRatio|) - 0.2)
 *
 * The right hue earns up to 1, an error below gray's earns and one above it costs in proportion, and washed-out
 * or garish colour costs up to 0.8. A perfect network scores 2, plain gray -0.8. Each part alone can be cheated:
 * deltaE2000 prefers timid colour, the ratio ignores where the colour goes, and a warm tint over everything reaches
 * a hue accuracy of 0.55 on photos that are mostly warm; the ratio at full weight is what keeps such a
 * sepia (0.55 - 0.10 - 0.45 = 0.00) below a network that paints (0.41 - 0.02 - 0.28 = 0.11 for a first
 * probe, 0.53 - 0.06 - 0 = 0.47 for a better one). Within a fifth of 1 the ratio is free: to ask for exactly 1 made
 * training choose garish checkpoints over truer ones. A part that no photo has (NaN) counts 0.
 */
export function scoreForBest({ model, baselines }: ScoredSummary): number {
  const orZero = (value: number): number => (Number.isFinite(value) ? value : 0);
  const hue = orZero(model.hueAccuracy.mean);
  const closeness = orZero(1 - model.deltaE2000.mean / baselines.gray.deltaE2000.mean);
  const gap = orZero(Math.min(1, Math.abs(1 - model.colourfulnessRatio.mean)));
  return hue + closeness - Math.max(0, gap - FREE_GAP);
}
