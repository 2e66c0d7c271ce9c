import { escapeHtml } from "./html.ts";
import { chart, legend, type Point } from "./report-charts.ts";
import { type Series, trainingSeries } from "./training-curves.ts";

type Rows = readonly Readonly<Record<string, unknown>>[];

interface Group {
  readonly title: string;
  /** Column to what it is called. */
  readonly columns: Readonly<Record<string, string>>;
  readonly note: string;
  readonly log?: boolean;
  /** The range to show at least. */
  readonly range?: Point;
}

/** Columns of `metrics.jsonl` that belong on one scale, in the order of interest. Others get a chart each. */
const GROUPS: readonly Group[] = [
  {
    title: "Validation: score",
    columns: { "validation.score": "score" },
    note: "chooses the best checkpoint; gray −1, perfect 2",
  },
  {
    title: "Validation: colour",
    columns: {
      "validation.hueAccuracy": "hue accuracy",
      "validation.colourfulnessRatio": "colourfulness ratio",
    },
    note: "both are right at 1",
    range: [0, 1],
  },
  { title: "Validation: ΔE2000", columns: { "validation.deltaE2000": "ΔE2000" }, note: "lower is better" },
  { title: "Validation: PSNR", columns: { "validation.psnr": "PSNR" }, note: "dB; higher is better" },
  { title: "L1", columns: { l1: "L1 of the colour" }, note: "what the first phase lowers", log: true },
  {
    title: "Adversarial losses",
    columns: { adversarial: "generator's", discriminator: "discriminator's" },
    note: "a game: neither should run to 0",
  },
  {
    title: "The discriminator is right about",
    columns: { realAccuracy: "real patches", fakeAccuracy: "painted patches" },
    note: "share of patches; pinned at 1, it has won",
    range: [0, 1],
  },
  {
    title: "Painted chroma against the true",
    columns: { chromaSpread: "spread", chromaVariety: "variety between photos" },
    note: "as much as in the photos at 1; near 0, sepia or mode collapse",
    range: [0, 1],
  },
  {
    title: "Generator's whole loss",
    columns: { generator: "λ · L1 + adversarial" },
    note: "jumps where the phase changes what it sums",
    log: true,
  },
  {
    title: "Learning rates",
    columns: { generatorLearningRate: "generator", discriminatorLearningRate: "discriminator" },
    note: "lowered by the schedule, and by monitors",
    log: true,
  },
  { title: "Speed", columns: { imagesPerSecond: "images a second" }, note: "images a second", range: [0, 0] },
];

/** A run's curves, with the adversarial phase shaded and the monitors' alarms marked and listed. */
export function trainingSection(metrics: Rows, events: Rows = []): string {
  const series = new Map(trainingSeries(metrics).map((one) => [one.name, one]));
  if (series.size === 0) return `<p class="soft">Nothing recorded.</p>`;
  const steps = [...series.values()].flatMap(({ points }) => [points[0][0], points[points.length - 1][0]]);
  const xRange: Point = [Math.min(0, ...steps), Math.max(...steps)];
  const phase = phaseStart(metrics, events);
  const alarms = events.filter(({ kind, step }) => kind === "monitor" && typeof step === "number");
  const marks = alarms.map(({ step, monitor }) => ({ x: step as number, title: `step ${step}: ${monitor}` }));
  const grouped = new Set(GROUPS.flatMap(({ columns }) => Object.keys(columns)));
  const others: Group[] = [...series.keys()]
    .filter((name) => !grouped.has(name))
    .map((name) => ({ title: name, columns: { [name]: name }, note: "" }));
  const cards = [...GROUPS, ...others].flatMap((group) => {
    const held = Object.keys(group.columns).flatMap((name) => series.get(name) ?? []);
    return held.length === 0 ? [] : [groupCard(group, held, { xRange, phase, alarms: marks })];
  });
  const shaded =
    phase === null
      ? ""
      : `Shaded: the adversarial phase${phase > xRange[0] ? `, from step ${phase} on` : ""}. `;
  const marked =
    marks.length > 0
      ? `Triangles: ${marks.length === 1 ? "an alarm" : "alarms"} of the monitors, below. `
      : "";
  return (
    `<p class="soft">${shaded}${marked}Lines are running averages, bands the range of the values around them.</p>` +
    `<div class="grid">${cards.join("")}</div>${alarmTable(alarms)}`
  );
}

function groupCard(
  { title, columns, note, log = false, range }: Group,
  series: readonly Series[],
  shared: { xRange: Point; phase: number | null; alarms: readonly { x: number; title: string }[] },
): string {
  const values = series.flatMap(({ points, band }) => [...points.map(([, y]) => y), ...band.flat()]);
  const bent = log && values.every((value) => value > 0);
  const colours = Object.keys(columns).map((name, i) => [name, i * 2] as const);
  const colourOf = new Map(colours);
  const lines = series.map(({ name, points, band }) => ({
    name: columns[name],
    points: smooth(points),
    band,
    colour: colourOf.get(name)!,
  }));
  const drawn = chart(
    { ...shared, title, xLabel: "step", yRange: yRange(values, range, bent), log: bent },
    lines,
  );
  const entries = series.map(({ name, points }) => ({
    label: `${columns[name]}: ${Number(points[points.length - 1][1].toPrecision(3))}`,
    colour: `s${colourOf.get(name)}`,
  }));
  const small = note === "" ? "" : `<small>${escapeHtml(note)}${bent ? "; logarithmic" : ""}</small>`;
  return `<div class="card"><h4>${escapeHtml(title)}</h4>${drawn}${legend(entries)}${small}</div>`;
}

/** Gaussian average over some 3% of the curve; short ones stay as they are. The ends lean on what is there. */
function smooth(points: readonly Point[]): Point[] {
  const sigma = points.length / 60;
  if (sigma < 1) return [...points];
  const reach = Math.ceil(3 * sigma);
  return points.map(([x], i) => {
    let sum = 0;
    let weights = 0;
    for (let k = Math.max(0, i - reach); k <= Math.min(points.length - 1, i + reach); k++) {
      const weight = Math.exp(-((k - i) ** 2) / (2 * sigma ** 2));
      sum += weight * points[k][1];
      weights += weight;
    }
    return [x, sum / weights];
  });
}

/** The values' range with some air, so that a flat line does not lie on the axis. */
function yRange(values: readonly number[], range: Point | undefined, log: boolean): Point {
  const least = Math.min(...values, ...(range ? [range[0]] : []));
  const most = Math.max(...values, ...(range ? [range[1]] : []));
  if (log) return [least / 1.12, most * 1.12];
  const air = most > least ? 0.04 * (most - least) : Math.abs(least) * 0.1 || 1;
  return [range && least >= range[0] ? range[0] : least - air, most + air];
}

/** The first adversarial step: as the events say, else as the rows do; null where there was none. */
function phaseStart(metrics: Rows, events: Rows): number | null {
  const event = events.find(({ kind }) => kind === "adversarial phase");
  if (typeof event?.step === "number") return event.step;
  const row = metrics.find(({ phase }) => phase === "adversarial");
  return typeof row?.step === "number" ? row.step : null;
}

function alarmTable(alarms: Rows): string {
  if (alarms.length === 0) return "";
  const text = (value: unknown): string => escapeHtml(typeof value === "string" ? value : "");
  const rows = alarms.map(
    ({ step, monitor, message, action }) =>
      `<tr><th scope="row">${step}</th><td class="left">${text(monitor)}</td><td class="left">${text(message)}</td><td class="left">${text(action)}</td></tr>`,
  );
  return (
    `<div class="card scroll below"><h3>What the monitors saw</h3><table><thead><tr><th>step</th><th class="left">monitor</th>` +
    `<th class="left">what it saw</th><th class="left">what was done</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`
  );
}
