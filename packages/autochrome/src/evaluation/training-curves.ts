import type { Point } from "./report-charts.ts";

/** A numeric column of a run's `metrics.jsonl`. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
  /** Lowest and highest value that each point stands for. */
  readonly band: readonly Point[];
}

const MAX_POINTS = 200;
/** Columns that count or clock rather than measure. */
const NOT_A_CURVE = /(^|\.)(step|epoch|images|time|timestamp|elapsed\w*|seed)$/i;

/**
 * The numeric columns of a run's rows over their `step` (or over the row's number), nested objects joined with dots.
 * Long ones are thinned by averaging neighbours; values that are not finite are left out.
 *
 * @param rows parsed lines of `metrics.jsonl`, in order
 */
export function trainingSeries(rows: readonly Readonly<Record<string, unknown>>[]): Series[] {
  const columns = new Map<string, Point[]>();
  rows.forEach((row, index) => {
    const step = typeof row.step === "number" ? row.step : index;
    collect(row, "", (name, value) => {
      if (NOT_A_CURVE.test(name)) return;
      const points = columns.get(name) ?? [];
      points.push([step, value]);
      columns.set(name, points);
    });
  });
  return [...columns]
    .filter(([, points]) => points.length > 1)
    .map(([name, points]) => ({ name, ...thin(points) }));
}

function collect(value: unknown, path: string, add: (name: string, value: number) => void): void {
  if (typeof value === "number") {
    if (Number.isFinite(value)) add(path, value);
  } else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    for (const [key, item] of Object.entries(value)) collect(item, path ? `${path}.${key}` : key, add);
  }
}

function thin(points: readonly Point[]): Pick<Series, "points" | "band"> {
  const size = Math.ceil(points.length / MAX_POINTS);
  const thinned: Point[] = [];
  const band: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const group = points.slice(from, from + size);
    const mean = (axis: 0 | 1): number => group.reduce((sum, point) => sum + point[axis], 0) / group.length;
    const values = group.map(([, value]) => value);
    thinned.push([mean(0), mean(1)]);
    band.push([Math.min(...values), Math.max(...values)]);
  }
  return { points: thinned, band };
}
