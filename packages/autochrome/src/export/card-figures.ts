/**
 * What a card says of an evaluation.
 *
 * @module
 */
import type { EvaluationJson, MetricsJson, ThresholdJson } from "../evaluation/index.ts";

/** The figures of an evaluation that a card quotes, with their names for people. */
const FIGURES: readonly { key: keyof MetricsJson; label: string; digits: number }[] = [
  { key: "deltaE2000", label: "ΔE2000 (lower is better)", digits: 2 },
  { key: "psnr", label: "PSNR, dB (higher)", digits: 2 },
  { key: "ssim", label: "SSIM (higher)", digits: 4 },
  { key: "abMae", label: "ab MAE (lower)", digits: 2 },
  { key: "hueAccuracy", label: "Hue accuracy (higher)", digits: 3 },
  { key: "colourfulnessRatio", label: "Colourfulness ratio (1 is right)", digits: 2 },
  { key: "accuracy2", label: "ε-accuracy 2% (higher)", digits: 3 },
  { key: "accuracy5", label: "ε-accuracy 5% (higher)", digits: 3 },
  { key: "auc", label: "AuC (higher)", digits: 4 },
];

/** The means, for the file's metadata. */
export function quote({ photos, model, baselines }: EvaluationJson): Record<string, unknown> {
  const means = (metrics: MetricsJson) =>
    Object.fromEntries(FIGURES.map(({ key }) => [key, metrics[key].mean]));
  return { photos, model: means(model), gray: means(baselines.gray), mean: means(baselines.mean) };
}

/**
 * The card's section "Measured".
 *
 * @param card see `cardOf`
 * @param metrics `evaluate --json` of the network, where there is one
 */
export function measured(card: Record<string, unknown>, metrics: EvaluationJson | undefined): string[] {
  if (metrics !== undefined) {
    const { photos, model, baselines } = metrics;
    const columns: [string, MetricsJson][] = [["network", model], ...Object.entries(baselines)];
    return [
      `On ${photos} photos kept apart from training; mean over photos with a bootstrap 95% interval. "gray" paints no`,
      `colour, "mean" the training photos' mean colour everywhere${"l1" in baselines ? ', "l1" is the network before its adversarial phase' : ""}.`,
      "",
      `| | ${columns.map(([name]) => name).join(" | ")} |`,
      `| --- | ${columns.map(() => "---").join(" | ")} |`,
      ...FIGURES.map(
        ({ key, label, digits }) =>
          `| ${label} | ${columns.map(([, column]) => interval(column[key], digits)).join(" | ")} |`,
      ),
      "",
      "ΔE2000, hue accuracy and the colourfulness ratio are read together: a timid network beats a vivid one in",
      "ΔE2000, and plain gray may beat both.",
      ...colourTable(metrics.colours),
      ...discriminatorLines(metrics.discriminator),
    ];
  }
  const validation = card.validation as Record<string, number> | null;
  const remedy =
    "Measure it with `autochrome evaluate <photos> --model <this folder> --json > eval.json`, then export again " +
    "with `--metrics eval.json`.";
  if (validation === null) return [`Not measured. ${remedy}`];
  return [
    "Not measured beside baselines. During training, on small squares of the photos that chose this checkpoint:",
    "",
    ...Object.entries(validation).map(([name, value]) => `- ${name}: ${round(value, 4)}`),
    "",
    remedy,
  ];
}

function interval(value: { mean: number | null; low: number | null; high: number | null }, digits: number) {
  const { mean, low, high } = value;
  if (mean === null) return "–";
  if (low === null || high === null) return mean.toFixed(digits);
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** What each true colour is painted as, in percent of its pixels. */
function colourTable(colours: EvaluationJson["colours"] | undefined): string[] {
  if (colours === undefined) return [];
  const { classes, confusion } = colours;
  const total = confusion.flat().reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const rows = confusion.map((row, k) => {
    const present = row.reduce<number>((sum, count) => sum + (count ?? 0), 0);
    const shares = row.map((count) =>
      present === 0 ? "–" : `${Math.round((100 * (count ?? 0)) / present)}`,
    );
    const cells = shares.map((share, i) => (i === k ? `**${share}**` : share));
    return `| ${classes[k]}, ${((100 * present) / total).toFixed(1)}% | ${cells.join(" | ")} |`;
  });
  return [
    "",
    "### Which colour becomes which",
    "",
    "Of the pixels of each true colour (rows, with their share of all pixels), how many percent are painted as what:",
    "",
    `| | ${classes.join(" | ")} |`,
    `| --- | ${classes.map(() => "---:").join(" | ")} |`,
    ...rows,
  ];
}

/** Precision, recall and the confusion of real (positive) with coloured photos. */
function discriminatorLines(discriminator: EvaluationJson["discriminator"] | undefined): string[] {
  if (!discriminator) return [];
  const row = (name: string, { threshold, confusion, ...scores }: ThresholdJson) => {
    const { accuracy, precision, recall, f1, rocAuc } = scores;
    const { tp, fp, fn, tn } = confusion;
    const shares = [accuracy, precision, recall, f1, rocAuc].map((share) => share?.toFixed(3) ?? "–");
    return `| ${name} at ${threshold} | ${[tp, fp, fn, tn, ...shares].join(" | ")} |`;
  };
  return [
    "",
    "### The discriminator",
    "",
    "It tells real photos (positive) from coloured ones:",
    "",
    "| | tp | fp | fn | tn | accuracy | precision | recall | F1 | ROC AUC |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    row("per image", discriminator.perImage),
    row("per patch", discriminator.perPatch),
  ];
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
