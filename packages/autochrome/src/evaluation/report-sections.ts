import type { BinaryConfusion } from "./classification.ts";
import type { DiscriminatorReport, ThresholdReport } from "./discriminator.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import { formatNumber, METRIC_LABELS } from "./format.ts";
import { escapeHtml } from "./html.ts";
import { calibrationChart, heatCell, lineChart, rocChart } from "./report-charts.ts";
import { trainingSeries } from "./training-curves.ts";

/** Display colours of the classes, in the order of the confusion matrix. */
const SWATCHES: Readonly<Record<string, string>> = {
  gray: "#8c8c8c",
  red: "#d62828",
  orange: "#f08a24",
  yellow: "#e8c51c",
  green: "#3c9a3f",
  cyan: "#2fb5b8",
  blue: "#3366cc",
  purple: "#7b3fa0",
  pink: "#ee7fae",
  brown: "#7a4a24",
};

const percent = (share: number, digits = 0): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(digits)}%` : "–";

/** The figures that are read together, each over gray's. */
export function headlineTiles({ model, baselines, score }: EvaluationResult): string {
  const keys = ["hueAccuracy", "deltaE2000", "colourfulnessRatio", "psnr", "ssim"] as const;
  const tiles = keys.map((key) => {
    const { label, digits } = METRIC_LABELS.find((metric) => metric.key === key)!;
    const gray = formatNumber(baselines.gray[key].mean, digits);
    return `<div class="card tile">${label}<b>${formatNumber(model[key].mean, digits)}</b><small>gray ${gray}</small></div>`;
  });
  tiles.push(
    `<div class="card tile">Score<b>${formatNumber(score, 2)}</b><small>gray −1, perfect 2</small></div>`,
  );
  return `<div class="tiles">${tiles.join("")}</div>`;
}

/** Every metric of the network beside its baselines, with intervals. */
export function metricsTable({ model, baselines }: EvaluationResult): string {
  const columns = [model, ...Object.values(baselines)];
  const head = ["", "network", ...Object.keys(baselines), "better"]
    .map((name) => `<th scope="col">${escapeHtml(name)}</th>`)
    .join("");
  const rows = METRIC_LABELS.map(({ key, label, digits, better }) => {
    const cells = columns.map((summary) => {
      const { mean, low, high } = summary[key];
      const interval = Number.isFinite(mean)
        ? `<small>${low.toFixed(digits)} to ${high.toFixed(digits)}</small>`
        : "";
      return `<td>${formatNumber(mean, digits)}${interval}</td>`;
    });
    return `<tr><th scope="row">${label}</th>${cells.join("")}<td class="soft">${better}</td></tr>`;
  });
  return `<div class="card scroll"><table class="metrics"><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function binaryMatrix(title: string, { tp, fp, fn, tn }: BinaryConfusion): string {
  const row = (name: string, real: number, painted: number): string => {
    const cell = (count: number, called: string): string =>
      heatCell(
        `${count} (${percent(count / (real + painted))})`,
        count / (real + painted),
        `${name}, called ${called}`,
      );
    return `<tr><th scope="row">${name}</th>${cell(real, "real")}${cell(painted, "colourized")}</tr>`;
  };
  return (
    `<table class="matrix"><caption>${escapeHtml(title)}</caption><thead><tr><td></td>` +
    `<th scope="col">called real</th><th scope="col">called colourized</th></tr></thead><tbody>` +
    `${row("real", tp, fn)}${row("colourized", fp, tn)}</tbody></table>`
  );
}

function decisionRow(name: string, report: ThresholdReport): string {
  const cells = [report.accuracy, report.precision, report.recall, report.f1].map(
    (value) => `<td>${formatNumber(value, 3)}</td>`,
  );
  return `<tr><th scope="row">${name}, at ${report.threshold}</th>${cells.join("")}</tr>`;
}

/** Confusion matrices, scores, ROC and calibration of the discriminator. */
export function discriminatorSection(discriminator: DiscriminatorReport | null): string {
  if (!discriminator) return `<p class="soft">No discriminator was given.</p>`;
  const { perImage, perPatch, verdict } = discriminator;
  const smoothed = perImage.balanced.threshold !== perImage.threshold;
  const rows = [
    decisionRow("per image", perImage),
    smoothed ? decisionRow("per image", perImage.balanced) : "",
    decisionRow("per patch", perPatch),
    smoothed ? decisionRow("per patch", perPatch.balanced) : "",
  ];
  const key = (colour: string, label: string): string =>
    `<span><span class="key" style="background:var(--${colour})"></span>${label}</span>`;
  return [
    `<p>${escapeHtml(verdict.text)}</p>`,
    `<div class="grid photos">`,
    `<div class="card scroll">${binaryMatrix("Per image", perImage.confusion)}</div>`,
    `<div class="card scroll">${binaryMatrix("Per patch", perPatch.confusion)}</div>`,
    `<div class="card scroll wide"><table class="metrics"><thead><tr><th></th><th>accuracy</th><th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`,
    `</div><div class="grid" style="margin-top:14px">`,
    `<div class="card"><h3>ROC</h3>${rocChart(perImage.roc.points, perPatch.roc.points)}`,
    `<small class="legend">${key("accent", `per image, area ${formatNumber(perImage.rocAuc, 3)}`)}${key("second", `per patch, area ${formatNumber(perPatch.rocAuc, 3)}`)}</small></div>`,
    `<div class="card"><h3>Calibration per image</h3>${calibrationChart(perImage.calibration, "")}`,
    `<small>expected error ${formatNumber(perImage.calibration.expectedError, 3)}</small></div>`,
    `<div class="card"><h3>Calibration per patch</h3>${calibrationChart(perPatch.calibration, "second")}`,
    `<small>expected error ${formatNumber(perPatch.calibration.expectedError, 3)}</small></div>`,
    `</div>`,
  ].join("");
}

/** What each true colour is painted as: shares of the row, and scores per class. */
export function coloursSection({ colours }: EvaluationResult): string {
  const swatch = (name: string): string =>
    `<span class="swatch" style="background:${SWATCHES[name] ?? "transparent"}"></span>${escapeHtml(name)}`;
  const total = colours.confusion.flat().reduce((sum, count) => sum + count, 0);
  const head = colours.classes.map((name) => `<th scope="col">${swatch(name)}</th>`).join("");
  const present = colours.confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const rows = colours.confusion.map((row, k) => {
    const cells = row.map((count, column) => {
      const share = count / present[k];
      const title = `true ${colours.classes[k]}, painted ${colours.classes[column]}: ${count} pixels`;
      return heatCell(share >= 0.005 ? percent(share) : "", share, title);
    });
    return `<tr><th scope="row">${swatch(colours.classes[k])}</th>${cells.join("")}</tr>`;
  });
  const scores = colours.classes.map(
    (name, k) =>
      `<tr><th scope="row">${swatch(name)}</th><td>${percent(present[k] / total, 1)}</td>` +
      [colours.precision[k], colours.recall[k], colours.f1[k]]
        .map((value) => `<td>${formatNumber(value, 3)}</td>`)
        .join("") +
      "</tr>",
  );
  return (
    `<p class="soft">Rows are the true colour, columns what it was painted as; shares of the row's pixels.</p>` +
    `<div class="card scroll"><table class="matrix colours"><thead><tr><th>true</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table></div>` +
    `<div class="card scroll" style="margin-top:14px"><table class="metrics"><thead><tr><th></th><th>pixels</th><th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>${scores.join("")}</tbody></table></div>`
  );
}

/** One small chart a column of the run's `metrics.jsonl`. */
export function curvesSection(rows: readonly Readonly<Record<string, unknown>>[]): string {
  const charts = trainingSeries(rows).map(
    ({ name, points }) =>
      `<div class="card"><h3>${escapeHtml(name)}</h3>${lineChart(name, points)}<small>last ${formatNumber(points[points.length - 1][1], 4)}</small></div>`,
  );
  return charts.length === 0
    ? `<p class="soft">Nothing recorded.</p>`
    : `<div class="grid">${charts.join("")}</div>`;
}
