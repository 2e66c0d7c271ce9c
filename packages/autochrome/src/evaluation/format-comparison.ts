import type { Interval } from "./bootstrap.ts";
import { comparisonColumns } from "./columns.ts";
import type { Comparison, NamedResult } from "./comparison.ts";
import { DECISION_HEAD, decisionRows, formatInterval, formatNumber, METRIC_LABELS, table } from "./format.ts";

/** With more columns than these, each gets a row of its own, and no intervals. */
const MOST_COLUMNS = 6;

/**
 * Several models on the same photos as plain text for a terminal: one table with baselines and intervals, then each
 * model's paired differences to the first, then their discriminators.
 */
export function formatComparison(models: readonly NamedResult[], comparison: Comparison): string {
  const { photos, perceptual } = models[0].result;
  const columns = comparisonColumns(models);
  const many = columns.length > MOST_COLUMNS;
  const format = (interval: Interval | null, digits: number): string =>
    many || interval === null
      ? formatNumber(interval?.mean ?? Number.NaN, digits)
      : formatInterval(interval, digits);
  const rows = [
    ["", ...columns.map(({ name }) => name), "better"],
    ...METRIC_LABELS.map(({ key, label, digits, better }) => [
      label,
      ...columns.map(({ summary }) => format(summary[key], digits)),
      better,
    ]),
  ];
  if (perceptual?.frechet) {
    rows.push([perceptual.frechet.label, ...columns.map(({ frechet }) => formatNumber(frechet, 2)), "lower"]);
  }
  if (perceptual?.distance) {
    rows.push([perceptual.distance.label, ...columns.map(({ distance }) => format(distance, 4)), "lower"]);
  }
  rows.push(["Score", ...columns.map(({ score }) => formatNumber(score, 3)), "higher"]);
  const differences = differenceRows(comparison, format);
  const judged = models.filter(({ result }) => result.discriminator !== null);
  const interval = many ? "" : " [bootstrap 95% interval]";
  return [
    `${photos} ${photos === 1 ? "photo" : "photos"}; mean over photos${interval}`,
    "",
    ...table(many ? transpose(rows) : rows),
    "",
    `Difference to ${comparison.reference} on the same photos${interval}, and the share of resamples in which it is better`,
    ...table(many ? transpose(differences) : differences),
    ...(judged.length === 0 ? [] : ["", "Discriminators: real (positive) against colourized"]),
    ...(judged.length === 0 ? [] : table([DECISION_HEAD, ...judged.flatMap(discriminatorRows)])),
  ].join("\n");
}

function differenceRows(
  { models }: Comparison,
  format: (interval: Interval, digits: number) => string,
): string[][] {
  const rows = METRIC_LABELS.flatMap(({ key, label, digits }) => {
    if (key === "colourfulness" || key === "aucRebalanced") return [];
    const cells = models.map(({ differences }) => {
      const difference = differences[key];
      if (!Number.isFinite(difference.mean)) return "–";
      return `${format(difference, digits)} ${Math.round(difference.wins * 100)}%`;
    });
    return [[label, ...cells]];
  });
  return [["", ...models.map(({ name }) => name)], ...rows];
}

function discriminatorRows({ name, result }: NamedResult): string[][] {
  const { perImage, perPatch } = result.discriminator!;
  return [...decisionRows(`${name}, per image`, perImage), ...decisionRows(`${name}, per patch`, perPatch)];
}

function transpose(rows: readonly (readonly string[])[]): string[][] {
  return rows[0].map((_, column) => rows.map((row) => row[column]));
}
