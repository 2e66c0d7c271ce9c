import type { Calibration } from "./calibration.ts";
import { coordinate, escapeHtml } from "./html.ts";
import type { RocPoint } from "./roc.ts";

/** A point in data units. */
export type Point = readonly [x: number, y: number];

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly xRange: Point;
  readonly yRange: Point;
}

const MARGIN = { left: 46, right: 12, top: 10, bottom: 30 };

function scale(frame: Frame): (point: Point) => Point {
  const [x0, x1] = frame.xRange;
  const [y0, y1] = frame.yRange;
  const width = frame.width - MARGIN.left - MARGIN.right;
  const height = frame.height - MARGIN.top - MARGIN.bottom;
  return ([x, y]) => [
    MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * width,
    MARGIN.top + (1 - (y - y0) / (y1 - y0 || 1)) * height,
  ];
}

function polyline(points: readonly Point[], place: (point: Point) => Point, className: string): string {
  const path = points.map((point) => place(point).map(coordinate).join(",")).join(" ");
  return `<polyline class="${className}" points="${path}"/>`;
}

/** Axes with their ends labelled, and whatever is drawn inside. */
function chart(frame: Frame, labels: { x: string; y: string; title: string }, inside: string): string {
  const place = scale(frame);
  const [left, bottom] = place([frame.xRange[0], frame.yRange[0]]);
  const [right, top] = place([frame.xRange[1], frame.yRange[1]]);
  const middleX = (left + right) / 2;
  const middleY = (top + bottom) / 2;
  return [
    `<svg viewBox="0 0 ${frame.width} ${frame.height}" role="img" aria-label="${escapeHtml(labels.title)}">`,
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    `<text x="${left}" y="${bottom + 14}">${tick(frame.xRange[0])}</text>`,
    `<text x="${right}" y="${bottom + 14}" text-anchor="end">${tick(frame.xRange[1])}</text>`,
    `<text x="${left - 6}" y="${bottom}" text-anchor="end">${tick(frame.yRange[0])}</text>`,
    `<text x="${left - 6}" y="${top + 8}" text-anchor="end">${tick(frame.yRange[1])}</text>`,
    `<text x="${middleX}" y="${bottom + 22}" text-anchor="middle">${escapeHtml(labels.x)}</text>`,
    `<text transform="translate(12 ${middleY}) rotate(-90)" text-anchor="middle">${escapeHtml(labels.y)}</text>`,
    inside,
    "</svg>",
  ].join("");
}

function tick(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

const UNIT: Frame = { width: 360, height: 320, xRange: [0, 1], yRange: [0, 1] };

/** ROC curves per image and per patch over the line of chance. */
export function rocChart(perImage: readonly RocPoint[], perPatch: readonly RocPoint[]): string {
  const place = scale(UNIT);
  const points = (curve: readonly RocPoint[]): Point[] =>
    curve.map(({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate]);
  const inside =
    polyline([[0, 0], UNIT_CORNER], place, "chance") +
    polyline(points(perPatch), place, "curve second") +
    polyline(points(perImage), place, "curve");
  return chart(UNIT, { x: "colourized called real", y: "real called real", title: "ROC curves" }, inside);
}

const UNIT_CORNER: Point = [1, 1];

/** Share that is real against predicted probability; a dot's area grows with its bin's count. */
export function calibrationChart({ bins }: Calibration, className: string): string {
  const place = scale(UNIT);
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  const dots = bins
    .filter(({ count }) => count > 0)
    .map(({ predicted, observed, count }) => {
      const [x, y] = place([predicted, observed]);
      const radius = 3 + 9 * Math.sqrt(count / total);
      return `<circle class="dot ${className}" cx="${coordinate(x)}" cy="${coordinate(y)}" r="${coordinate(radius)}"/>`;
    });
  const inside = polyline([[0, 0], UNIT_CORNER], place, "chance") + dots.join("");
  return chart(UNIT, { x: "predicted probability", y: "share real", title: "Calibration" }, inside);
}

/** One series over steps, on its own scale. */
export function lineChart(title: string, points: readonly Point[]): string {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const frame: Frame = {
    width: 360,
    height: 180,
    xRange: [Math.min(...xs), Math.max(...xs)],
    yRange: padded(Math.min(...ys), Math.max(...ys)),
  };
  return chart(frame, { x: "step", y: "", title }, polyline(points, scale(frame), "curve"));
}

/** A flat series gets room above and below, so that its line does not lie on the axis. */
function padded(low: number, high: number): Point {
  if (high > low) return [low, high];
  const room = Math.abs(low) * 0.1 || 1;
  return [low - room, high + room];
}

/** A cell of a confusion matrix, tinted by `share` in [0,1]. */
export function heatCell(text: string, share: number, title: string): string {
  const alpha = Number.isFinite(share) ? coordinate(0.06 + 0.62 * share) : "0";
  return `<td style="background:rgba(var(--heat),${alpha})" title="${escapeHtml(title)}">${escapeHtml(text)}</td>`;
}
