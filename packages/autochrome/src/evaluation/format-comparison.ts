import { comparisonColumns } from "./columns.ts";
import type { Comparison, NamedResult } from "./comparison.ts";
import { DECISION_HEAD, decisionRows, formatInterval, formatNumber, METRIC_LABELS, table } from "./format.ts";

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
  rows.push(["Score", ...columns.map(({ score }) => formatNumber(score, 3)), "higher"]);
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
