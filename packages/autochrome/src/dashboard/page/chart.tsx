/**
 * One chart: a quantity, with a curve for every run.
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { ChartColumn, ChartSpec } from "./chart-specs.ts";
import { joinCurves, nearestIndex, positive, smooth } from "./curves.ts";
import { formatCount, formatDuration, formatValue } from "./format.ts";
import type { Axis, RunData } from "./run-data.ts";
import { useTheme } from "./theme.ts";

/** A run that is shown. */
export interface ShownRun {
  data: RunData;
  name: string;
  /** Number of its colour. */
  colour: number;
}

export interface ChartView {
  axis: Axis;
  smoothing: number;
  log: boolean;
  /** The step that the slider is at; null follows the newest. */
  step: number | null;
}

interface ChartProps {
  spec: ChartSpec;
  runs: readonly ShownRun[];
  view: ChartView;
  /** Rises when runs have news. */
  version: number;
}

/** A vertical line: the alarm of a monitor, or where the second phase began. */
interface Marker {
  x: number;
  colour: number | null;
  alarm: boolean;
}

interface Line {
  run: ShownRun;
  column: ChartColumn;
  x: (number | null)[];
  raw: (number | null)[];
  smoothed: (number | null)[];
}

const HEIGHT = 190;

export function Chart({ spec, runs, view, version }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const markers = useRef<Marker[]>([]);
  const [cursor, setCursor] = useState<number | null>(null);
  const theme = useTheme();
  const log = view.log && !spec.linear;

  // Runs change in place; `version` tells when.
  const lines = useMemo(() => linesOf(spec, runs, view), [spec, runs, view.axis, view.smoothing, version]);
  // Likewise.
  const drawn = useMemo(() => joinLines(spec, runs, view.axis, lines, log), [lines, log]);
  markers.current = markersOf(runs, view);

  const shape = runs.map(({ data, colour }) => `${data.id}:${colour}`).join("\n");
  // What else it reads comes by setData
  useEffect(() => {
    const options = plotOptions({
      spec,
      runs,
      axis: view.axis,
      log,
      width: box.current!.clientWidth,
      theme,
      markers,
      onCursor: setCursor,
    });
    const created = new uPlot(options, drawn as uPlot.AlignedData, box.current!);
    plot.current = created;
    const observer = new ResizeObserver(([entry]) => {
      created.setSize({ width: Math.floor(entry!.contentRect.width), height: HEIGHT });
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      created.destroy();
      plot.current = null;
    };
  }, [spec, shape, view.axis, log, theme]);
  useEffect(() => {
    plot.current?.setData(drawn as uPlot.AlignedData);
  }, [drawn]);
  useEffect(() => {
    plot.current?.redraw(false);
  }, [view.step]);

  const shown = lines.filter(({ raw }) => raw.some((value) => value !== null));
  const told = shown.map((line) => ({ line, value: valueAt(line, cursor, view) }));
  const summary = told
    .map(({ line, value }) => `${labelOf(line, runs.length)} ${spec.format(value)}`)
    .join(", ");
  return (
    <figure class="chart card">
      <figcaption>
        <h3 title={spec.hint}>{spec.title}</h3>
        <span class="values">
          {told.map(({ line, value }) => (
            <span class={`value run-${line.run.colour}`} key={`${line.run.data.id} ${line.column.name}`}>
              <i class={line.column.dashed ? "dash" : "dot"} aria-hidden="true" />
              {line.column.label !== "" && <small>{line.column.label}</small>}
              <b>{spec.format(value)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div
        class="plot"
        ref={box}
        role="img"
        aria-label={`${spec.title}. ${spec.hint} ${summary || "No values yet"}`}
      />
      {shown.length === 0 && <p class="empty">{emptyText(spec)}</p>}
    </figure>
  );
}

function emptyText(spec: ChartSpec): string {
  if (spec.source === "validation") return "After the first validation";
  const adversarial = ["adversarial", "discriminator", "realAccuracy"];
  return spec.columns.some(({ name }) => adversarial.includes(name))
    ? "From the adversarial phase on"
    : "Not recorded";
}

function labelOf({ run, column }: Line, runs: number): string {
  return [runs > 1 ? run.name : "", column.label].filter((word) => word !== "").join(" ");
}

function linesOf(spec: ChartSpec, runs: readonly ShownRun[], { axis, smoothing }: ChartView): Line[] {
  return runs.flatMap((run) => {
    const series = run.data[spec.source];
    const x = series.mean(axis);
    return spec.columns.map((column) => {
      const raw = series.mean(column.name);
      // Validations are few and far between: every one counts as it is.
      const smoothed = spec.source === "validation" ? raw : smooth(raw, smoothing);
      return { run, column, x, raw, smoothed };
    });
  });
}

/** For each line: the smoothed curve, and the band from the smallest to the largest value around it. */
function joinLines(
  spec: ChartSpec,
  runs: readonly ShownRun[],
  axis: Axis,
  lines: readonly Line[],
  log: boolean,
) {
  const fit = (values: readonly (number | null)[]) => (log ? positive(values) : values);
  return joinCurves(
    runs.map((run) => {
      const series = run.data[spec.source];
      const own = lines.filter((line) => line.run === run);
      return {
        x: series.mean(axis),
        y: own.flatMap(({ smoothed, column }) => [
          fit(smoothed),
          fit(series.low(column.name)),
          fit(series.high(column.name)),
        ]),
      };
    }),
  );
}

/** Under the pointer, at the slider, or the newest. */
function valueAt(line: Line, cursor: number | null, view: ChartView): number | null {
  const values = line.smoothed;
  if (cursor !== null) return values[nearestIndex(line.x, cursor)] ?? null;
  if (view.step !== null) {
    const position = line.run.data.position(view.step, view.axis);
    if (position !== null) return values[nearestIndex(line.x, position)] ?? null;
  }
  return values.findLast((value) => value !== null) ?? null;
}

function markersOf(runs: readonly ShownRun[], { axis, step }: ChartView): Marker[] {
  const markers: Marker[] = [];
  for (const { data, colour } of runs) {
    for (const event of data.events) {
      if (event.step > data.lastStep) continue;
      const alarm = event.kind === "monitor";
      if (!alarm && event.kind !== "adversarial phase") continue;
      const x = data.position(event.step, axis);
      if (x !== null) markers.push({ x, colour, alarm });
    }
  }
  const first = runs[0];
  const scrubbed = step === null || first === undefined ? null : first.data.position(step, axis);
  if (scrubbed !== null) markers.push({ x: scrubbed, colour: null, alarm: false });
  return markers;
}

interface PlotParts {
  spec: ChartSpec;
  runs: readonly ShownRun[];
  axis: Axis;
  log: boolean;
  width: number;
  theme: string;
  markers: { current: Marker[] };
  onCursor: (x: number | null) => void;
}

function plotOptions({ spec, runs, axis, log, width, markers, onCursor }: PlotParts): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily || "system-ui, sans-serif"}`;
  const soft = colour("--soft");
  const grid = { stroke: colour("--grid"), width: 1 };
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { colour: number } of runs) {
    const ink = colour(`--run-${number}`);
    for (const { dashed } of spec.columns) {
      const main: uPlot.Series = { stroke: ink, width: 2, spanGaps: true, points: pointsOf(spec, ink) };
      if (dashed) main.dash = [5, 4];
      const edge: uPlot.Series = { stroke: `${ink}30`, width: 1, spanGaps: true, points: { show: false } };
      series.push(main, edge, { ...edge });
      bands.push({ series: [series.length - 1, series.length - 2], fill: `${ink}1c` });
    }
  }
  return {
    width,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    series,
    bands,
    legend: { show: false },
    scales: {
      x: { time: false },
      y: log ? { distr: 3 } : { range: (_, low, high) => rangeOf(low, high, spec.target) },
    },
    axes: [
      {
        stroke: soft,
        font,
        grid: { show: false },
        ticks: { show: false },
        size: 26,
        gap: 6,
        values: (_, splits) => splits.map((value) => formatPosition(value, axis)),
      },
      {
        stroke: soft,
        font,
        grid,
        ticks: { show: false },
        size: 52,
        gap: 6,
        values: (_, splits) => splits.map((value) => (value === null ? "" : spec.format(value))),
      },
    ],
    cursor: {
      sync: { key: "runs", scales: ["x", null] },
      points: { size: 7 },
      drag: { x: true, y: false },
      y: false,
    },
    hooks: {
      setCursor: [
        (u) => {
          const { left } = u.cursor;
          onCursor(left === undefined || left === null || left < 0 ? null : u.posToVal(left, "x"));
        },
      ],
      draw: [
        (u) => {
          if (spec.target !== undefined) drawTarget(u, spec.target, colour("--line-strong"));
          for (const marker of markers.current) {
            drawMarker(
              u,
              marker,
              marker.colour === null ? colour("--ink") : colour(`--run-${marker.colour}`),
            );
          }
        },
      ],
    },
  };
}

/** Every validation is a point; steps are points only where there are few. */
function pointsOf(spec: ChartSpec, ink: string): uPlot.Series.Points {
  const points: uPlot.Series.Points = { size: 5, fill: ink, stroke: ink };
  if (spec.source === "validation") points.show = (u) => u.data[0].length < 100;
  else points.show = (u) => u.data[0].length === 1;
  return points;
}

/** Some room above and below, and the line to compare with where it is not far off. */
function rangeOf(low: number | null, high: number | null, target: number | undefined): [number, number] {
  if (low === null || high === null) return [0, 1];
  let [bottom, top] = [low, high];
  if (target !== undefined) [bottom, top] = [Math.min(bottom, target), Math.max(top, target)];
  const margin = (top - bottom || Math.abs(top) || 1) * 0.06;
  // Nothing here that is never negative should show room for negative values.
  return [bottom >= 0 ? Math.max(0, bottom - margin) : bottom - margin, top + margin];
}

function formatPosition(value: number, axis: Axis): string {
  if (axis === "seconds") return formatDuration(value);
  if (axis === "epoch") return formatValue(value).replace(/\.?0+$/, "") || "0";
  return value >= 10_000 ? `${value / 1000}k` : formatCount(value);
}

function drawTarget(u: uPlot, target: number, ink: string): void {
  const y = Math.round(u.valToPos(target, "y", true)) + 0.5;
  const { left, top, width, height } = u.bbox;
  if (y < top || y > top + height) return;
  stroke(u, ink, [2, 4], [left, y, left + width, y]);
}

function drawMarker(u: uPlot, { x, colour, alarm }: Marker, ink: string): void {
  const position = Math.round(u.valToPos(x, "x", true)) + 0.5;
  const { left, top, width, height } = u.bbox;
  if (!(position >= left && position <= left + width)) return;
  const dash = colour === null ? [] : alarm ? [4, 3] : [1, 3];
  stroke(u, ink, dash, [position, top, position, top + height]);
  if (!alarm) return;
  const size = 5 * devicePixelRatio;
  u.ctx.save();
  u.ctx.fillStyle = ink;
  u.ctx.beginPath();
  u.ctx.moveTo(position - size, top);
  u.ctx.lineTo(position + size, top);
  u.ctx.lineTo(position, top + 1.6 * size);
  u.ctx.fill();
  u.ctx.restore();
}

function stroke(
  u: uPlot,
  ink: string,
  dash: number[],
  [x1, y1, x2, y2]: [number, number, number, number],
): void {
  const { ctx } = u;
  ctx.save();
  ctx.strokeStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(x1, y1);
  ctx.lineTo(x2, y2);
  ctx.stroke();
  ctx.restore();
}
