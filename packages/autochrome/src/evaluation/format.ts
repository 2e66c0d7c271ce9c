import type { Interval } from "./bootstrap.ts";
import type { DiscriminatorScores, ThresholdReport } from "./discriminator.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
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

export function formatInterval({ mean, low, high }: Interval, digits: number): string {
  if (!Number.isFinite(mean)) return "–";
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** Columns padded to their widest cell; the first is left-aligned, the others right-aligned. */
export function table(rows: readonly (readonly string[])[]): string[] {
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
    ...table([["", "network", ...names, "better"], ...metricRows, ...perceptualRows(result)]),
    "",
    ...discriminatorLines(result),
    "Colours: what the true colour is painted as",
    ...colourLines(result),
  ].join("\n");
}

/** The Fréchet and perceptual distances of a result's model and baselines, where they were measured. */
function perceptualRows({ perceptual }: EvaluationResult): string[][] {
  const { frechet, distance } = perceptual ?? { frechet: null, distance: null };
  const rows: string[][] = [];
  if (frechet) {
    const values = [frechet.model, ...Object.values(frechet.baselines)];
    rows.push([frechet.label, ...values.map((value) => formatNumber(value, 2)), "lower"]);
  }
  if (distance) {
    const values = [distance.model, ...Object.values(distance.baselines)];
    rows.push([distance.label, ...values.map((value) => formatInterval(value, 4)), "lower"]);
  }
  return rows;
}

export const DECISION_HEAD = [
  "",
  "at",
  "tp",
  "fp",
  "fn",
  "tn",
  "accuracy",
  "precision",
  "recall",
  "F1",
  "ROC AUC",
  "ECE",
] as const;

/** A discriminator's decisions at 0.5 and, where labels were smoothed, at alpha / 2. */
export function decisionRows(name: string, scores: DiscriminatorScores): string[][] {
  const { rocAuc, calibration } = scores;
  const row = ({ threshold, confusion, ...shares }: ThresholdReport): string[] => [
    name,
    String(threshold),
    ...[confusion.tp, confusion.fp, confusion.fn, confusion.tn].map(String),
    ...[shares.accuracy, shares.precision, shares.recall, shares.f1, rocAuc, calibration.expectedError].map(
      (value) => formatNumber(value, 3),
    ),
  ];
  const smoothed = scores.balanced.threshold !== scores.threshold;
  return smoothed ? [row(scores), row(scores.balanced)] : [row(scores)];
}

function discriminatorLines({ discriminator }: EvaluationResult): string[] {
  if (!discriminator) return ["Discriminator: none", ""];
  return [
    "Discriminator: real (positive) against colourized",
    ...table([
      DECISION_HEAD,
      ...decisionRows("per image", discriminator.perImage),
      ...decisionRows("per patch", discriminator.perPatch),
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
