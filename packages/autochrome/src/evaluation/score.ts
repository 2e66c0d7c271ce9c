import type { Interval } from "./bootstrap.ts";

/** The means that {@link scoreForBest} reads: an `EvaluationResult` is one. */
export interface ScoredSummary {
  readonly model: Readonly<Record<"hueAccuracy" | "deltaE2000" | "colourfulnessRatio", Interval>>;
  readonly baselines: { readonly gray: Readonly<Record<"deltaE2000", Interval>> };
}

/**
 * One number to choose the best checkpoint by; higher is better:
 *
 *     hueAccuracy + (1 - deltaE2000 / deltaE2000 of gray) - min(1, |1 - colourfulnessRatio|)
 *
 * The right hue earns up to 1, an error below gray's earns and one above it costs in proportion, and washed-out
 * or garish colour costs up to 1. A perfect network scores 2, plain gray -1. Each part alone can be cheated:
 * deltaE2000 prefers timid colour, the ratio ignores where the colour goes, and a warm tint over everything reaches
 * a hue accuracy of 0.55 on photos that are mostly warm; the ratio at full weight is what keeps such a
 * sepia (0.55 - 0.10 - 0.65 = -0.20) below a network that paints (0.41 - 0.02 - 0.48 = -0.09 for a first
 * probe, 0.53 - 0.06 - 0.19 = 0.28 for a better one). A part that no photo has (NaN) counts 0.
 */
export function scoreForBest({ model, baselines }: ScoredSummary): number {
  const orZero = (value: number): number => (Number.isFinite(value) ? value : 0);
  const hue = orZero(model.hueAccuracy.mean);
  const closeness = orZero(1 - model.deltaE2000.mean / baselines.gray.deltaE2000.mean);
  const gap = orZero(Math.min(1, Math.abs(1 - model.colourfulnessRatio.mean)));
  return hue + closeness - gap;
}
