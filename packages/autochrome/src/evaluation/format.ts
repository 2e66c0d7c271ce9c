import type { Interval } from "./bootstrap.ts";
import type { DiscriminatorScores, ThresholdReport } from "./discriminator.ts";
import type { EvaluationResult } from "./evaluate-photos.ts";
import type { MetricSummary } from "./summary.ts";

/** How a metric is shown to people: its name, its digits, and which way is better. */
export interface MetricLabel {
  readonly key: keyof MetricSummary;
  readonly label: string;
  readonly digits: number;
  readonly better: "higher" | "lower" | "near 1" | "near the truth";
}

export const METRIC_LABELS: readonly MetricLabel[] = [
  { key: "psnr", label: "PSNR (dB)", digits: 2, better: "higher" },
  { key: "ssim", label: "SSIM", digits: 4, better: "higher" },
  { key: "deltaE2000", label: "ΔE2000", digits: 2, better: "lower" },
  { key: "abMae", label: "ab MAE", digits: 2, better: "lower" },
  { key: "colourfulness", label: "Colourfulness", digits: 1, better: "near the truth" },
  { key: "colourfulnessRatio", label: "Colourfulness ratio", digits: 2, better: "near 1" },
  { key: "hueAccuracy", label: "Hue accuracy", digits: 3, better: "higher" },
  { key: "accuracy2", label: "ε-accuracy 2%", digits: 3, better: "higher" },
  { key: "accuracy5", label: "ε-accuracy 5%", digits: 3, better: "higher" },
  { key: "auc", label: "AuC", digits: 4, better: "higher" },
  { key: "aucRebalanced", label: "AuC, rebalanced", digits: 4, better: "higher" },
];

/** A number for people; an en dash where it does not exist. */
export function formatNumber(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

function formatInterval({ mean, low, high }: Interval, digits: number): string {
  if (!Number.isFinite(mean)) return "–";
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** Columns padded to their widest cell; the first is left-aligned, the others right-aligned. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join("  ")
      .trimEnd(),
  );
}

/**
 * An evaluation as plain text for a terminal: the network beside gray, mean and any extra model, each with its 95%
 * interval; then the discriminator and the colour classes.
 */
export function formatEvaluation(result: EvaluationResult): string {
  const names = Object.keys(result.baselines);
  const photos = `${result.photos} ${result.photos === 1 ? "photo" : "photos"}`;
  const metricRows = METRIC_LABELS.map(({ key, label, digits, better }) => [
    label,
    formatInterval(result.model[key], digits),
    ...names.map((name) => formatInterval(result.baselines[name][key], digits)),
    better,
  ]);
  return [
    `${photos}; mean over photos [bootstrap 95% interval]`,
    "",
    ...table([["", "network", ...names, "better"], ...metricRows]),
    "",
    ...discriminatorLines(result),
    "Colours: what the true colour is painted as",
    ...colourLines(result),
  ].join("\n");
}

function discriminatorLines({ discriminator }: EvaluationResult): string[] {
  if (!discriminator) return ["Discriminator: none", ""];
  const row = (name: string, scores: ThresholdReport, rocAuc: number, error: number): string[] => [
    name,
    String(scores.threshold),
    ...[scores.confusion.tp, scores.confusion.fp, scores.confusion.fn, scores.confusion.tn].map(String),
    ...[scores.accuracy, scores.precision, scores.recall, scores.f1, rocAuc, error].map((value) =>
      formatNumber(value, 3),
    ),
  ];
  const rows = (name: string, scores: DiscriminatorScores): string[][] => {
    const error = scores.calibration.expectedError;
    const main = row(name, scores, scores.rocAuc, error);
    if (scores.balanced.threshold === scores.threshold) return [main];
    return [main, row(name, scores.balanced, scores.rocAuc, error)];
  };
  return [
    "Discriminator: real (positive) against colourized",
    ...table([
      ["", "at", "tp", "fp", "fn", "tn", "accuracy", "precision", "recall", "F1", "ROC AUC", "ECE"],
      ...rows("per image", discriminator.perImage),
      ...rows("per patch", discriminator.perPatch),
    ]),
    discriminator.verdict.text,
    "",
  ];
}

function colourLines({ colours }: EvaluationResult): string[] {
  const total = colours.confusion.flat().reduce((sum, count) => sum + count, 0);
  const rows = colours.classes.map((name, k) => {
    const row = colours.confusion[k];
    const present = row.reduce((sum, count) => sum + count, 0);
    const wrong = row.map((count, other) => (other === k ? -1 : count));
    const most = wrong.indexOf(Math.max(...wrong));
    const mistake =
      wrong[most] > 0 ? `${colours.classes[most]} ${Math.round((100 * wrong[most]) / present)}%` : "–";
    return [
      name,
      `${formatNumber((100 * present) / total, 1)}%`,
      formatNumber(colours.precision[k], 3),
      formatNumber(colours.recall[k], 3),
      formatNumber(colours.f1[k], 3),
      mistake,
    ];
  });
  return table([["", "pixels", "precision", "recall", "F1", "most often mistaken for"], ...rows]);
}
