import { type Column, comparisonColumns } from "./columns.ts";
import { COMPARED_METRICS, type Comparison } from "./comparison.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import { formatNumber, METRIC_LABELS, type MetricLabel } from "./format.ts";
import { escapeHtml } from "./html.ts";
import type { ReportModel } from "./report.ts";
import { type Whisker, whiskers } from "./report-charts.ts";
import type { MetricSummary } from "./summary.ts";

const HEADLINES = ["hueAccuracy", "colourfulnessRatio", "deltaE2000", "psnr", "ssim"] as const;

const labelOf = (key: keyof MetricSummary): MetricLabel =>
  METRIC_LABELS.find((metric) => metric.key === key)!;

export const percent = (share: number, digits = 0): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(digits)}%` : "–";

/** What the figures say, in a sentence for people who do not know them. */
export function leadSentence({ model, baselines }: EvaluationResult): string {
  const { hueAccuracy, colourfulnessRatio, deltaE2000 } = model;
  if (!Number.isFinite(hueAccuracy.mean) || !Number.isFinite(colourfulnessRatio.mean)) {
    return "None of these photos has enough colour to judge a colorizer by.";
  }
  const gray = baselines.gray.deltaE2000.mean;
  const side = deltaE2000.mean < gray ? "nearer to" : "further from";
  return (
    `It gives ${percent(hueAccuracy.mean)} of the coloured pixels the right hue, with ` +
    `${percent(colourfulnessRatio.mean)} of the photos' own colourfulness. Pixel by pixel it is ${side} the truth than plain gray ` +
    `(ΔE2000 ${formatNumber(deltaE2000.mean, 1)} against ${formatNumber(gray, 1)}).`
  );
}

/** Which of several models comes first, by the score that reads the headline figures together. */
export function rankingSentence(models: readonly ReportModel[]): string {
  const ranked = models.toSorted((one, other) => other.result.score - one.result.score);
  const named = ranked.map(
    ({ name, result }) => `<b>${escapeHtml(name)}</b> (${formatNumber(result.score, 2).replace("-", "−")})`,
  );
  return (
    `By the score that reads hue accuracy, ΔE2000 and colourfulness together (gray has −1, a perfect network 2), ` +
    `${named[0]} comes first, before ${named.slice(1).join(", ")}.`
  );
}

/** The figures that are read together, each over its baselines. */
export function headlineTiles({ model, baselines, score }: EvaluationResult): string {
  const names = Object.keys(baselines);
  const tiles = HEADLINES.map((key) => {
    const { label, digits, better } = labelOf(key);
    const { mean, low, high } = model[key];
    const beside = names.map(
      (name) => `${escapeHtml(name)} ${formatNumber(baselines[name][key].mean, digits)}`,
    );
    const drawn: Whisker[] = [
      { name: "network", ...model[key], colour: "s0" },
      ...names.map((name) => ({ name, ...baselines[name][key], colour: "gray" })),
    ];
    return [
      `<div class="card tile"><span class="name">${label}</span><b>${formatNumber(mean, digits)}</b>`,
      whiskers(drawn),
      `<small>${formatNumber(low, digits)} to ${formatNumber(high, digits)}</small>`,
      `<small>${beside.join(" · ")}</small><small>${better} is better</small></div>`,
    ].join("");
  });
  tiles.push(
    `<div class="card tile"><span class="name">Score</span><b>${formatNumber(score, 2).replace("-", "−")}</b>` +
      `<small>hue accuracy, ΔE2000 and colourfulness together; gray −1, perfect 2</small></div>`,
  );
  return `<div class="tiles">${tiles.join("")}</div>`;
}

/** Every metric of the networks beside their baselines, with intervals, as numbers and drawn. */
export function metricsTable(models: readonly ReportModel[]): string {
  const columns = comparisonColumns(models);
  const colours = columns.map(({ model }) => (model === null ? "gray" : `s${model % 6}`));
  const head = columns.map(({ name, model }, i) =>
    model === null
      ? `<th scope="col">${escapeHtml(name)}</th>`
      : `<th scope="col" class="model"><i class="key" style="background:var(--${colours[i]})"></i>${escapeHtml(name)}</th>`,
  );
  const row = (
    label: string,
    digits: number,
    better: string,
    pick: (column: Column) => Partial<Whisker> | null,
  ) => {
    const values = columns.map(pick);
    const top = bestOf(values, columns, better);
    const cells = values.map((value, i) => {
      const mean = formatNumber(value?.mean ?? Number.NaN, digits);
      const interval =
        value?.low === undefined || !Number.isFinite(value.low)
          ? ""
          : `<small>${formatNumber(value.low, digits)} to ${formatNumber(value.high!, digits)}</small>`;
      const classes = columns[i].model === null ? "base" : i === top ? "top" : "";
      return `<td class="${classes}"><b>${mean}</b>${interval}</td>`;
    });
    const drawn = values.flatMap((value, i) =>
      value?.low === undefined ? [] : [{ ...value, name: columns[i].name, colour: colours[i] } as Whisker],
    );
    return (
      `<tr><th scope="row">${escapeHtml(label)}<small>${better} is better</small></th>` +
      `${cells.join("")}<td class="strip">${whiskers(drawn)}</td></tr>`
    );
  };
  const rows = METRIC_LABELS.map(({ key, label, digits, better }) =>
    row(label, digits, better, ({ summary }) => summary[key]),
  );
  const { frechet, distance } = models[0].result.perceptual ?? {};
  if (frechet) rows.push(row(frechet.label, 2, "lower", (column) => ({ mean: column.frechet })));
  if (distance) rows.push(row(distance.label, 4, "lower", (column) => column.distance));
  if (models.length > 1) rows.push(row("Score", 2, "higher", ({ score }) => ({ mean: score })));
  const count = frechet
    ? `<p class="soft">${escapeHtml(frechet.label)} of ${frechet.photos} photos and ${frechet.dimensions} features: it falls with the number of photos, so that it compares only with others of these.</p>`
    : "";
  return (
    `<div class="card scroll"><table><thead><tr><th></th>${head.join("")}<th class="left">drawn</th></tr></thead>` +
    `<tbody>${rows.join("")}</tbody></table></div>${count}`
  );
}

/** Index of the best model where there are several; -1 otherwise. */
function bestOf(
  values: readonly (Partial<Whisker> | null)[],
  columns: readonly Column[],
  better: string,
): number {
  const loss = (value: number): number => {
    if (better === "near 1") return Math.abs(1 - value);
    return better === "lower" ? value : -value;
  };
  if (better === "near the truth" || columns.filter(({ model }) => model !== null).length < 2) return -1;
  let best = -1;
  values.forEach((value, i) => {
    const mean = value?.mean ?? Number.NaN;
    if (columns[i].model === null || !Number.isFinite(mean)) return;
    if (best < 0 || loss(mean) < loss(values[best]!.mean!)) best = i;
  });
  return best;
}

/** Each model's paired differences to the first: drawn around zero, with how often it is better. */
export function comparisonSection({ reference, models }: Comparison): string {
  const head = models
    .map(
      ({ name }, i) =>
        `<th scope="col" class="model"><i class="key" style="background:var(--s${(i + 1) % 6})"></i>${escapeHtml(name)}</th><th scope="col">better in</th>`,
    )
    .join("");
  const rows = COMPARED_METRICS.map((key) => {
    const { label, digits, better } = labelOf(key);
    const cells = models.map(({ differences }) => {
      const { mean, low, high, wins } = differences[key];
      if (!Number.isFinite(mean)) return "<td>–</td><td>–</td>";
      const sign = mean > 0 ? "+" : "";
      const tint = Math.abs(wins - 0.5) * 2;
      const colour = `rgba(var(--${wins >= 0.5 ? "good" : "bad"}), ${(0.08 + 0.5 * tint ** 3).toFixed(2)})`;
      return (
        `<td><b>${sign}${formatNumber(mean, digits)}</b><small>${formatNumber(low, digits)} to ${formatNumber(high, digits)}</small></td>` +
        `<td><span class="pill" style="background:${colour}">${percent(wins)}</span></td>`
      );
    });
    const drawn = models.map(({ name, differences }, i) => ({
      name,
      ...differences[key],
      colour: `s${(i + 1) % 6}`,
    }));
    return (
      `<tr><th scope="row">${label}<small>${better} is better</small></th>${cells.join("")}` +
      `<td class="strip">${whiskers(drawn, true)}</td></tr>`
    );
  });
  return (
    `<p class="soft">Mean difference to ${escapeHtml(reference)} on the same photos with its paired bootstrap 95% interval, and the share of resamples in which the model is the better one: near 100% or 0% the order is settled, near 50% these photos cannot tell.</p>` +
    `<div class="card scroll"><table><thead><tr><th></th>${head}<th class="left">no difference is the dashed line</th></tr></thead>` +
    `<tbody>${rows.join("")}</tbody></table></div>`
  );
}
