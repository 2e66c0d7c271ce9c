/**
 * A sweep's results as one self-contained page.
 *
 * @module
 */

import type { PointOutcome, SweepResults } from "./results.ts";
import { number, summary, tableOf } from "./results.ts";
import type { ParameterValue, SweepSettings } from "./settings.ts";

const WIDTH = 340;
const HEIGHT = 240;
const MARGIN = { left: 56, right: 16, top: 12, bottom: 42 };

/** HTML: a plot a parameter (the objective over its values), the table, and the best settings. */
export function renderPage(settings: SweepSettings, results: SweepResults): string {
  const { objective, counts, best } = results;
  const { header, rows } = tableOf(results);
  const known = results.points.filter((point) => point.objective !== null);
  const plots = Object.keys(settings.parameters).map((key) => plot(key, settings, known, objective.metric));
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join("")}</tr>`;
  const reasons = results.points.flatMap(({ trials }) =>
    trials.flatMap(({ id, record }) =>
      record?.reason ? [`<li>${id}: ${record.status}, ${escapeHtml(record.reason)}</li>`] : [],
    ),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sweep</title>
<style>${STYLE}</style>
<main>
<h1>Sweep</h1>
<p>${escapeHtml(objective.metric)}, ${objective.goal}d, at each run's best checkpoint. ${summary(counts)}.</p>
<section class="plots">${plots.join("")}</section>
<div class="wide"><table><thead>${cells("th", header)}</thead><tbody>${rows.map((row) => cells("td", row)).join("")}</tbody></table></div>
${reasons.length > 0 ? `<ul>${reasons.join("")}</ul>` : ""}
${best ? `<h2>The best, for <code>train --config</code></h2><pre>${escapeHtml(JSON.stringify(best, null, 2))}</pre>` : ""}
</main>
</html>
`;
}

interface Axis {
  /** Place from 0 to 1. */
  at: (value: ParameterValue) => number;
  ticks: { at: number; label: string }[];
}

function plot(key: string, settings: SweepSettings, points: readonly PointOutcome[], metric: string): string {
  const values = points.map(({ point }) => point[key]!);
  const axis = axisOf(key, settings, values);
  const heights = points.map(({ objective }) => objective!);
  const [low, high] = heights.length > 0 ? [Math.min(...heights), Math.max(...heights)] : [0, 1];
  const left = MARGIN.left;
  const bottom = HEIGHT - MARGIN.bottom;
  const x = (share: number) => left + 8 + share * (WIDTH - left - MARGIN.right - 16);
  const y = (value: number) => {
    const share = high === low ? 0.5 : (value - low) / (high - low);
    return bottom - 8 - share * (bottom - MARGIN.top - 16);
  };
  const dots = points.map(({ point, objective }, rank) => {
    const title = Object.entries(point)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
    const place = `cx="${x(axis.at(point[key]!)).toFixed(1)}" cy="${y(objective!).toFixed(1)}"`;
    const text = `<title>${escapeHtml(title)}: ${number(objective!)}</title>`;
    return `<circle class="${rank === 0 ? "best" : "dot"}" ${place} r="${rank === 0 ? 6 : 4}">${text}</circle>`;
  });
  const ticks = axis.ticks.map(
    ({ at, label }) =>
      `<text x="${x(at).toFixed(1)}" y="${bottom + 15}" text-anchor="middle">${escapeHtml(label)}</text>`,
  );
  const ends = (high === low ? [low] : [low, high]).map(
    (value) =>
      `<text x="${left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${number(value)}</text>`,
  );
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(metric)} over ${escapeHtml(key)}">`,
    `<path class="axis" d="M${left} ${MARGIN.top}V${bottom}H${WIDTH - MARGIN.right}"/>`,
    ...ticks,
    ...ends,
    `<text x="${(left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeHtml(key)}</text>`,
    `<text transform="translate(12 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeHtml(metric)}</text>`,
    // The best is drawn last, over the others.
    ...dots.reverse(),
    "</svg>",
  ].join("");
}

/** Numbers on their scale, everything else side by side in the order of the settings. */
function axisOf(key: string, settings: SweepSettings, values: readonly ParameterValue[]): Axis {
  const parameter = settings.parameters[key]!;
  const isRange = !Array.isArray(parameter);
  const numeric =
    isRange || (parameter as readonly ParameterValue[]).every((value) => typeof value === "number");
  if (!numeric) {
    const choices = parameter as readonly ParameterValue[];
    const at = (value: ParameterValue) => (choices.indexOf(value) + 0.5) / choices.length;
    return { at, ticks: choices.map((value) => ({ at: at(value), label: String(value) })) };
  }
  const numbers = (isRange ? Object.values({ ...parameter }) : parameter).filter(
    (value): value is number => typeof value === "number",
  );
  const range = parameter as { min: number; max: number; scale: string };
  const low = isRange ? range.min : Math.min(...numbers);
  const high = isRange ? range.max : Math.max(...numbers);
  const log = isRange ? range.scale === "log" : low > 0 && high / low >= 50;
  const scaled = (value: number) => (log ? Math.log(value) : value);
  const at = (value: ParameterValue) =>
    high === low ? 0.5 : (scaled(Number(value)) - scaled(low)) / (scaled(high) - scaled(low));
  const few = [...new Set(values.map(Number))];
  const shown = few.length > 0 && few.length <= 5 ? few : [low, high];
  return { at, ticks: shown.map((value) => ({ at: at(value), label: number(value) })) };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b19; --paper: #fbfaf7; --line: #b9b4a8; --dot: #4a6fa5; --best: #c8501e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ece8df; --paper: #1a1917; --line: #5d594f; --dot: #7fa3d8; --best: #f08a55; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1rem; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 11px; }
.axis { fill: none; stroke: var(--line); }
.dot { fill: var(--dot); fill-opacity: 0.75; }
.best { fill: var(--best); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.75rem; text-align: left; border-bottom: 1px solid var(--line); }
tbody tr:first-child { font-weight: 600; }
pre { padding: 1rem; border: 1px solid var(--line); overflow-x: auto; }
`;
