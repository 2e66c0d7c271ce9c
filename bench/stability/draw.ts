// From results to plots, sheets of painted photos and tables.
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { CASES, type Case } from "./cases.ts";
import { drawFigure, type Line, type Marker, type Panel } from "./plot.ts";
import type { ArmResult, Curve } from "./train-arm.ts";

type Results = ReadonlyMap<string, ArmResult>;

/** Writes what there is to draw; returns the tables, Markdown, by the case's name. */
export async function drawAll(
  results: Results,
  paths: { results: string; images: string },
): Promise<Map<string, string>> {
  await mkdir(paths.images, { recursive: true });
  const tables = new Map<string, string>();
  for (const subject of CASES) {
    const known = runsOf(subject, results);
    if (known.length === 0) continue;
    await writeFile(join(paths.images, `${subject.name}.svg`), plotOf(subject, known));
    await writeSheet(subject, paths);
    tables.set(subject.name, tableOf(known));
  }
  return tables;
}

function runsOf(subject: Case, results: Results) {
  return subject.seeds.flatMap((seed) =>
    subject.arms.flatMap((arm, style) => {
      const result = results.get(`${subject.name}-${arm.name}-${seed}`);
      return result ? [{ result, arm, style, seed, first: seed === subject.seeds[0] }] : [];
    }),
  );
}

type Run = ReturnType<typeof runsOf>[number];

function plotOf(subject: Case, runs: readonly Run[]): string {
  const lines = (key: Exclude<keyof Curve, "made">): Line[] =>
    runs.map(({ result, arm, style, first }) => ({
      label: arm.label,
      style,
      thin: !first,
      points: result.curve.made.map((x, i) => [x, result.curve[key][i]!] as const),
    }));
  const markers = runs
    .filter(({ first }) => first)
    .flatMap(({ result, style }): Marker[] =>
      result.alarms.map(({ made, monitor, action, wentBack }) => ({
        x: made,
        style,
        kind: wentBack ? "return" : "alarm",
        title: `${monitor}: ${action}`,
      })),
    );
  const panels: Panel[] = [
    {
      yLabel: "variety / true photos'",
      yRange: [0, 1.2],
      ticks: [0, 0.25, 0.5, 0.75, 1],
      level: { at: 0.1, label: "mode collapse below" },
      lines: lines("variety"),
      markers,
    },
    {
      yLabel: "chroma spread / true",
      log: true,
      yRange: [0.01, 20],
      ticks: [0.01, 0.1, 1, 10],
      level: { at: 0.2, label: "sepia below" },
      lines: lines("spread"),
      markers: [],
    },
    {
      yLabel: "discriminator right",
      yRange: [0.3, 1],
      ticks: [0.4, 0.6, 0.8, 1],
      level: { at: 0.97, label: "won above" },
      lines: lines("accuracy"),
      markers: [],
    },
  ];
  const end = Math.max(...runs.map(({ result }) => result.stepsMade), 100);
  const at = runs.find(({ result }) => result.adversarialAt !== null)?.result.adversarialAt ?? null;
  const seeds =
    subject.seeds.length > 1 ? `, ${subject.seeds.length} seeds (thin lines: the other seeds)` : "";
  return drawFigure({
    title: `${subject.title}, provoked${seeds}`,
    xLabel: "steps made, those after a return counted again",
    xRange: [0, end],
    begins: at === null ? null : { at, label: "adversarial phase" },
    panels,
  });
}

const GAP = 6;
const LABEL = 180;

/** Gray, each arm's painting and the true photos, a row each. */
async function writeSheet(subject: Case, paths: { results: string; images: string }): Promise<void> {
  const truth = join(paths.results, "photos.jpg");
  if (!existsSync(truth)) return;
  const rows: { label: string; picture: Buffer }[] = [
    { label: "input", picture: await sharp(truth).grayscale().toColourspace("srgb").png().toBuffer() },
  ];
  for (const arm of subject.arms) {
    const path = join(paths.results, `${subject.name}-${arm.name}-${subject.seeds[0]}.jpg`);
    if (existsSync(path)) rows.push({ label: arm.label, picture: await sharp(path).png().toBuffer() });
  }
  rows.push({ label: "true photo", picture: await sharp(truth).png().toBuffer() });
  const { width, height } = await sharp(truth).metadata();
  const scale = 1;
  const [rowWidth, rowHeight] = [Math.round(width * scale), Math.round(height * scale)];
  const layers = await Promise.all(
    rows.map(async ({ label, picture }, i) => {
      const top = i * (rowHeight + GAP);
      const words = `<svg width="${LABEL}" height="${rowHeight}"><text x="4" y="${rowHeight / 2 + 5}" font-family="sans-serif" font-size="14">${label}</text></svg>`;
      return [
        { input: Buffer.from(words), left: 0, top },
        { input: await sharp(picture).resize(rowWidth, rowHeight).png().toBuffer(), left: LABEL, top },
      ];
    }),
  );
  const size = { width: LABEL + rowWidth, height: rows.length * (rowHeight + GAP) - GAP };
  await sharp({ create: { ...size, channels: 3, background: "white" } })
    .composite(layers.flat())
    .jpeg({ quality: 88 })
    .toFile(join(paths.images, `${subject.name}.jpg`));
}

function tableOf(runs: readonly Run[]): string {
  const header =
    "| Run | Seed | First alarm | Returns | Variety, last step | Spread, last step | Hue accuracy | ΔE2000 | Colourfulness |\n" +
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |";
  const figure = (value: number | undefined, digits: number) =>
    value === undefined ? "–" : value.toFixed(digits);
  const rows = runs.map(({ result, arm, seed }) => {
    const { final, alarms, adversarialAt } = result;
    const first = alarms[0];
    const after = first && adversarialAt !== null ? first.made - adversarialAt : null;
    const told = first ? `${first.monitor}${after === null ? "" : `, step ${after}`}` : "none";
    const returns = alarms.filter(({ wentBack }) => wentBack).length;
    const name = result.ended === "done" ? arm.label : `${arm.label} (ended at step ${result.stepsMade})`;
    const figures = [
      figure(result.curve.variety.at(-1) ?? undefined, 3),
      figure(result.curve.spread.at(-1) ?? undefined, 2),
      figure(final?.hueAccuracy, 2),
      figure(final?.deltaE2000, 1),
      figure(final?.colourfulnessRatio, 2),
    ];
    return `| ${[name, seed, told, returns, ...figures].join(" | ")} |`;
  });
  return [header, ...rows].join("\n");
}
