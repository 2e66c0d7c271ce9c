import type { Interval } from "./bootstrap.ts";
import type { NamedResult } from "./comparison.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import type { MetricSummary } from "./summary.ts";

/** A column of the table of several models: a baseline or a model. */
export interface Column {
  readonly name: string;
  /** Which model it is; null for a baseline. */
  readonly model: number | null;
  readonly summary: MetricSummary;
  /** NaN where not measured. */
  readonly frechet: number;
  readonly distance: Interval | null;
  /** NaN for baselines. */
  readonly score: number;
}

/**
 * The columns of several models' one table: each model; then gray and the first model's `mean`, which stand for all
 * (the others' own are in the JSON); then the further baselines that a model has.
 */
export function comparisonColumns(models: readonly NamedResult[]): Column[] {
  const first = models[0].result;
  const several = models.length > 1;
  const own = models.map(
    ({ name, result: { model: summary, perceptual, score } }, model): Column => ({
      name,
      model,
      summary,
      frechet: perceptual?.frechet?.model ?? Number.NaN,
      distance: perceptual?.distance?.model ?? null,
      score,
    }),
  );
  const extras = models.flatMap(({ name, result }) =>
    Object.keys(result.baselines)
      .filter((key) => key !== "gray" && key !== "mean")
      .map((key) => baselineColumn(several ? `${name}: ${key}` : key, result, key)),
  );
  return [...own, baselineColumn("gray", first, "gray"), baselineColumn("mean", first, "mean"), ...extras];
}

function baselineColumn(name: string, { baselines, perceptual }: EvaluationResult, key: string): Column {
  return {
    name,
    model: null,
    summary: baselines[key],
    frechet: perceptual?.frechet?.baselines[key] ?? Number.NaN,
    distance: perceptual?.distance?.baselines[key] ?? null,
    score: Number.NaN,
  };
}
