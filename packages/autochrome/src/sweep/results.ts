/**
 * What a sweep has found: its points in order of the objective, as JSON, Markdown and a page.
 *
 * @module
 */
import { join } from "node:path";
import { writeFileAtomic } from "../image/index.ts";
import type { PartialConfig } from "../training/index.ts";
import type { TrialRecord } from "./folder.ts";
import { renderPage } from "./page.ts";
import type { Trial } from "./plan.ts";
import type { Point } from "./points.ts";
import type { SweepSettings } from "./settings.ts";

export interface TrialOutcome {
  id: string;
  seed: number;
  /** Null where the trial is not over. */
  record: TrialRecord | null;
}

export interface PointOutcome {
  point: Point;
  trials: TrialOutcome[];
  /** Mean over the point's trials that were trained to their end; null where there is none. */
  objective: number | null;
  /** Standard deviation between its seeds; null for fewer than two. */
  deviation: number | null;
}

export interface SweepResults {
  objective: SweepSettings["objective"];
  /** The best first; points without an objective last, in the order of the plan. */
  points: PointOutcome[];
  counts: { done: number; stopped: number; failed: number; waiting: number };
  /** Settings for `train --config`; null where nothing is done. */
  best: PartialConfig | null;
}

/** Brings plan and records together. Stopped trials never rank: their objective is of fewer steps. */
export function rankPoints(
  settings: SweepSettings,
  trials: readonly Trial[],
  records: ReadonlyMap<string, TrialRecord>,
): SweepResults {
  const counts = { done: 0, stopped: 0, failed: 0, waiting: 0 };
  const byPoint = new Map<Point, TrialOutcome[]>();
  for (const { id, point, seed } of trials) {
    const record = records.get(id) ?? null;
    counts[record?.status ?? "waiting"]++;
    const outcomes = byPoint.get(point) ?? [];
    outcomes.push({ id, seed, record });
    byPoint.set(point, outcomes);
  }
  const points = [...byPoint].map(([point, outcomes]): PointOutcome => {
    const values = outcomes.flatMap(({ record }) =>
      record?.status === "done" && record.objective !== null ? [record.objective] : [],
    );
    return { point, trials: outcomes, objective: mean(values), deviation: deviation(values) };
  });
  const sign = settings.objective.goal === "maximize" ? 1 : -1;
  const rank = ({ objective }: PointOutcome) =>
    objective === null ? Number.NEGATIVE_INFINITY : sign * objective;
  points.sort((a, b) => (rank(a) === rank(b) ? 0 : rank(b) - rank(a)));
  const first = points[0];
  const best =
    first && first.objective !== null ? { ...settings.base, ...(first.point as PartialConfig) } : null;
  return { objective: settings.objective, points, counts, best };
}

/** Writes `results.json`, `results.md`, `report.html` and, where there is a best point, `best.json`. */
export async function writeResults(
  folder: string,
  settings: SweepSettings,
  results: SweepResults,
): Promise<void> {
  await writeFileAtomic(join(folder, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  await writeFileAtomic(join(folder, "results.md"), renderMarkdown(results));
  await writeFileAtomic(join(folder, "report.html"), renderPage(settings, results));
  if (results.best) {
    await writeFileAtomic(join(folder, "best.json"), `${JSON.stringify(results.best, null, 2)}\n`);
  }
}

/** Header and rows of the results' table: parameters, objective, other metrics of the first seed, status. */
export function tableOf({ points, objective }: SweepResults): { header: string[]; rows: string[][] } {
  const parameters = Object.keys(points[0]?.point ?? {});
  const metrics = new Set(
    points.flatMap(({ trials }) => trials.flatMap(({ record }) => Object.keys(record?.metrics ?? {}))),
  );
  metrics.delete(objective.metric);
  const rows = points.map(({ point, trials, objective: value, deviation: spread }) => [
    ...parameters.map((key) => String(point[key])),
    value === null ? "–" : `${number(value)}${spread === null ? "" : ` ± ${number(spread)}`}`,
    ...[...metrics].map((name) => {
      const values = trials.flatMap(({ record }) => {
        const metric = record?.status === "done" ? record.metrics[name] : undefined;
        return metric === undefined ? [] : [metric];
      });
      const average = mean(values);
      return average === null ? "–" : number(average);
    }),
    statusOf(trials),
    trials.map(({ id }) => id).join(" "),
  ]);
  return { header: [...parameters, objective.metric, ...metrics, "status", "trials"], rows };
}

function renderMarkdown(results: SweepResults): string {
  const { header, rows } = tableOf(results);
  const { counts, objective } = results;
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const reasons = results.points.flatMap(({ trials }) =>
    trials.flatMap(({ id, record }) =>
      record?.reason ? [`- ${id}: ${record.status}, ${record.reason}`] : [],
    ),
  );
  const sections = [
    "# Sweep",
    `${objective.metric}, ${objective.goal}d, at each run's best checkpoint. ${summary(counts)}.`,
    [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n"),
  ];
  if (reasons.length > 0) sections.push(reasons.join("\n"));
  if (results.best) {
    sections.push(
      `The best, for \`train --config\`:\n\n\`\`\`json\n${JSON.stringify(results.best, null, 2)}\n\`\`\``,
    );
  }
  return `${sections.join("\n\n")}\n`;
}

/** `5 done, 1 failed` */
export function summary(counts: SweepResults["counts"]): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.map(([status, count]) => `${count} ${status}`).join(", ");
}

function statusOf(trials: readonly TrialOutcome[]): string {
  return [...new Set(trials.map(({ record }) => record?.status ?? "waiting"))].join(", ");
}

export function number(value: number): string {
  return Number(value.toPrecision(4)).toString();
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number | null {
  const middle = mean(values);
  if (middle === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
