import type { Comparison, NamedResult } from "./comparison.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import { DECISION_HEAD, decisionRows, formatInterval, formatNumber, METRIC_LABELS, table } from "./format.ts";
import type { MetricSummary } from "./summary.ts";

/** A column of the table: a baseline or a model. */
export interface Column {
  readonly name: string;
  readonly summary: MetricSummary;
  readonly frechet: number;
  readonly distance: { readonly mean: number; readonly low: number; readonly high: number } | null;
}

/**
 * The columns of several models' one table: gray and the first model's `mean`, which stand for all (the others' own
 * are in the JSON), then each model, followed by the further baselines it has.
 */
export function comparisonColumns(models: readonly NamedResult[]): Column[] {
  const first = models[0].result;
  const shared = ["gray", "mean"].map((name) => baselineColumn(name, first, name));
  return [
    ...shared,
    ...models.flatMap(({ name, result }) => {
      const { frechet, distance } = result.perceptual ?? { frechet: null, distance: null };
      const own = {
        name,
        summary: result.model,
        frechet: frechet?.model ?? Number.NaN,
        distance: distance?.model ?? null,
      };
      const extras = Object.keys(result.baselines).filter((key) => key !== "gray" && key !== "mean");
      return [own, ...extras.map((key) => baselineColumn(`${name}: ${key}`, result, key))];
    }),
  ];
}

function baselineColumn(name: string, { baselines, perceptual }: EvaluationResult, key: string): Column {
  return {
    name,
    summary: baselines[key],
    frechet: perceptual?.frechet?.baselines[key] ?? Number.NaN,
    distance: perceptual?.distance?.baselines[key] ?? null,
  };
}

/**
 * Several models on the same photos as plain text for a terminal: one table with baselines and intervals, then each
 * model's paired differences to the first, then their discriminators.
 */
export function formatComparison(models: readonly NamedResult[], comparison: Comparison): string {
  const { photos, perceptual } = models[0].result;
  const columns = comparisonColumns(models);
  const rows = METRIC_LABELS.map(({ key, label, digits, better }) => [
    label,
    ...columns.map(({ summary }) => formatInterval(summary[key], digits)),
    better,
  ]);
  if (perceptual?.frechet) {
    rows.push([perceptual.frechet.label, ...columns.map(({ frechet }) => formatNumber(frechet, 2)), "lower"]);
  }
  if (perceptual?.distance) {
    rows.push([
      perceptual.distance.label,
      ...columns.map(({ distance }) => (distance ? formatInterval(distance, 4) : "–")),
      "lower",
    ]);
  }
  const scores = new Map(models.map(({ name, result }) => [name, result.score]));
  rows.push([
    "Score",
    ...columns.map(({ name }) => formatNumber(scores.get(name) ?? Number.NaN, 3)),
    "higher",
  ]);
  const judged = models.filter(({ result }) => result.discriminator !== null);
  return [
    `${photos} ${photos === 1 ? "photo" : "photos"}; mean over photos [bootstrap 95% interval]`,
    "",
    ...table([["", ...columns.map(({ name }) => name), "better"], ...rows]),
    "",
    `Difference to ${comparison.reference} on the same photos [95% interval], and the share of resamples in which it is better`,
    ...table([["", ...comparison.models.map(({ name }) => name)], ...differenceRows(comparison)]),
    ...(judged.length === 0 ? [] : ["", "Discriminators: real (positive) against colourized"]),
    ...(judged.length === 0 ? [] : table([DECISION_HEAD, ...judged.flatMap(discriminatorRows)])),
  ].join("\n");
}

function differenceRows({ models }: Comparison): string[][] {
  return METRIC_LABELS.flatMap(({ key, label, digits }) => {
    if (key === "colourfulness" || key === "aucRebalanced") return [];
    const cells = models.map(({ differences }) => {
      const difference = differences[key];
      if (!Number.isFinite(difference.mean)) return "–";
      return `${formatInterval(difference, digits)} ${Math.round(difference.wins * 100)}%`;
    });
    return [[label, ...cells]];
  });
}

function discriminatorRows({ name, result }: NamedResult): string[][] {
  const { perImage, perPatch } = result.discriminator!;
  return [...decisionRows(`${name}, per image`, perImage), ...decisionRows(`${name}, per patch`, perPatch)];
}
