import type { Calibration } from "./calibration.ts";
import { coordinate, escapeHtml } from "./html.ts";
import type { RocPoint } from "./roc.ts";

/** A point in data units. */
export type Point = readonly [x: number, y: number];

/** A curve, and the range that its points were averaged over. */
export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
  /** Lowest and highest value at each point. */
  readonly band?: readonly Point[];
  /** Index of one of the report's series colours. */
  readonly colour: number;
}

export interface ChartOptions {
  /** Read aloud, and named in tests. */
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel?: string;
  readonly xRange: Point;
  readonly yRange: Point;
  readonly width?: number;
  readonly height?: number;
  /** Logarithmic y; only where `yRange` is positive. */
  readonly log?: boolean;
  /** x at which the adversarial phase begins; the phase is shaded. */
  readonly phase?: number | null;
  /** Numbered triangles at the top. */
  readonly alarms?: readonly { readonly x: number; readonly title: string }[];
  /** A dashed line between two points. */
  readonly guide?: readonly [Point, Point];
}

const MARGIN = { left: 48, right: 14, top: 14, bottom: 36 };

type Place = (point: Point) => Point;

function scale({ xRange, yRange, width = 380, height = 230, log = false }: ChartOptions): Place {
  const bend = (y: number): number => (log ? Math.log10(y) : y);
  const [x0, x1] = xRange;
  const [y0, y1] = yRange.map(bend);
  const inner = [width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom];
  return ([x, y]) => [
    MARGIN.left + ((x - x0) / (x1 - x0 || 1)) * inner[0],
    MARGIN.top + (1 - (bend(y) - y0) / (y1 - y0 || 1)) * inner[1],
  ];
}

/** Round numbers inside a range, some `count` of them. */
export function ticks([low, high]: Point, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough) ?? 10);
  const found: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9) + 0; k * step <= high + step * 1e-9; k++) found.push(k * step);
  return found;
}

/** 1, 2 and 5 times the powers of ten inside a range; powers alone where these are too many. */
export function logTicks([low, high]: Point): number[] {
  const found = (factors: readonly number[]): number[] => {
    const values: number[] = [];
    for (let k = Math.floor(Math.log10(low)); 10 ** k <= high; k++) {
      for (const factor of factors) {
        const value = factor * 10 ** k;
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) values.push(value);
      }
    }
    return values;
  };
  const fine = found([1, 2, 5]);
  return fine.length <= 7 ? fine : found([1]);
}

function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(0).replace("e+", "e");
  return Number(value.toPrecision(4)).toString();
}

function path(points: readonly Point[], place: Place): string {
  return points.map((point) => place(point).map(coordinate).join(",")).join(" ");
}

/** Axes with round ticks, and the lines inside; `extra` is drawn last. */
export function chart(
  options: ChartOptions,
  lines: readonly Line[],
  extra: (place: Place) => string = () => "",
): string {
  const {
    title,
    xLabel,
    yLabel,
    xRange,
    yRange,
    width = 380,
    height = 230,
    log = false,
    phase,
    guide,
  } = options;
  const place = scale(options);
  const [left, bottom] = place([xRange[0], yRange[0]]);
  const [right, top] = place([xRange[1], yRange[1]]);
  const parts = [`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">`];
  if (phase !== null && phase !== undefined && phase < xRange[1]) {
    const x = place([Math.max(phase, xRange[0]), yRange[0]])[0];
    parts.push(
      `<rect class="shade" x="${coordinate(x)}" y="${top}" width="${coordinate(right - x)}" height="${bottom - top}"/>`,
      `<path class="phase" d="M${coordinate(x)} ${top}V${bottom}"><title>adversarial phase, from step ${phase}</title></path>`,
    );
  }
  for (const y of log ? logTicks(yRange) : ticks(yRange, 4)) {
    const at = coordinate(place([xRange[0], y])[1]);
    parts.push(
      `<path class="rule" d="M${left} ${at}H${right}"/>`,
      `<text x="${left - 7}" y="${Number(at) + 4}" text-anchor="end">${tickLabel(y)}</text>`,
    );
  }
  for (const x of ticks(xRange, 5)) {
    const at = coordinate(place([x, yRange[0]])[0]);
    parts.push(`<text x="${at}" y="${bottom + 15}" text-anchor="middle">${tickLabel(x)}</text>`);
  }
  parts.push(
    `<path class="axis" d="M${left} ${bottom}H${right}"/>`,
    `<text x="${(left + right) / 2}" y="${bottom + 31}" text-anchor="middle">${escapeHtml(xLabel)}</text>`,
  );
  if (yLabel) {
    const y = (top + bottom) / 2;
    parts.push(
      `<text transform="translate(11 ${y}) rotate(-90)" text-anchor="middle">${escapeHtml(yLabel)}</text>`,
    );
  }
  if (guide) parts.push(`<polyline class="chance" points="${path(guide, place)}"/>`);
  for (const { name, points, band, colour } of lines) {
    if (band) {
      const outline = [
        ...points.map(([x], i): Point => [x, band[i][1]]),
        ...points.map(([x], i): Point => [x, band[i][0]]).reverse(),
      ];
      parts.push(`<polygon class="band" fill="var(--s${colour})" points="${path(outline, place)}"/>`);
    }
    parts.push(
      `<polyline class="curve" stroke="var(--s${colour})" points="${path(points, place)}"><title>${escapeHtml(name)}</title></polyline>`,
    );
  }
  options.alarms?.forEach(({ x, title: what }) => {
    const at = coordinate(place([x, yRange[0]])[0]);
    parts.push(
      `<path class="alarm" d="M${at} ${top + 8}l-5 -9h10z"><title>${escapeHtml(what)}</title></path>`,
    );
  });
  parts.push(extra(place), "</svg>");
  return parts.join("");
}

/** What colour stands for what. */
export function legend(entries: readonly { readonly label: string; readonly colour: string }[]): string {
  const keys = entries.map(
    ({ label, colour }) =>
      `<span><i class="key" style="background:var(--${colour})"></i>${escapeHtml(label)}</span>`,
  );
  return `<div class="legend">${keys.join("")}</div>`;
}

const UNIT = { xRange: [0, 1], yRange: [0, 1], width: 380, height: 330 } as const;
const DIAGONAL: readonly [Point, Point] = [
  [0, 0],
  [1, 1],
];

/** ROC curves over the line of chance. */
export function rocChart(
  curves: readonly { readonly name: string; readonly points: readonly RocPoint[]; readonly colour: number }[],
): string {
  const lines = curves.map(({ name, points, colour }) => ({
    name,
    colour,
    points: points.map(
      ({ falsePositiveRate, truePositiveRate }): Point => [falsePositiveRate, truePositiveRate],
    ),
  }));
  return chart(
    {
      ...UNIT,
      title: "ROC curves",
      xLabel: "share of colourized called real",
      yLabel: "share of real called real",
      guide: DIAGONAL,
    },
    lines,
  );
}

/** Share that is real against predicted probability; a dot's area grows with its bin's count. */
export function calibrationChart(
  curves: readonly { readonly name: string; readonly calibration: Calibration; readonly colour: number }[],
): string {
  const dots = (place: Place): string =>
    curves
      .flatMap(({ name, calibration: { bins }, colour }) => {
        const total = bins.reduce((sum, { count }) => sum + count, 0);
        return bins
          .filter(({ count }) => count > 0)
          .map(({ predicted, observed, count }) => {
            const [x, y] = place([predicted, observed]).map(coordinate);
            const radius = coordinate(3 + 10 * Math.sqrt(count / total));
            const what = `${name}: ${count} called ${predicted.toFixed(2)}, ${observed.toFixed(2)} of them real`;
            return `<circle fill="var(--s${colour})" fill-opacity="0.7" cx="${x}" cy="${y}" r="${radius}"><title>${escapeHtml(what)}</title></circle>`;
          });
      })
      .join("");
  return chart(
    {
      ...UNIT,
      title: "Calibration",
      xLabel: "predicted probability of being real",
      yLabel: "share that is real",
      guide: DIAGONAL,
    },
    [],
    dots,
  );
}

/** An interval to be drawn as a whisker with a dot at its mean. */
export interface Whisker {
  readonly name: string;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** A custom property's name without its dashes. */
  readonly colour: string;
}

/** Whiskers one below the other on a common scale; differences are drawn around an upright line, which is none. */
export function whiskers(all: readonly Whisker[], differences = false, width = 180): string {
  const shown = all.filter(({ mean }) => Number.isFinite(mean));
  if (shown.length === 0) return "";
  const ends = shown.flatMap(({ low, high }) => (differences ? [low, -low, high, -high] : [low, high]));
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const x = (value: number): string =>
    coordinate(6 + (most > least ? (value - least) / (most - least) : 0.5) * (width - 12));
  const height = shown.length * 9 + 3;
  const lines = shown.map(({ name, mean, low, high, colour }, i) => {
    const y = 6 + i * 9;
    const colourOf = `var(--${colour})`;
    return (
      `<path class="whisker" stroke="${colourOf}" d="M${x(low)} ${y}H${x(high)}"/>` +
      `<circle fill="${colourOf}" cx="${x(mean)}" cy="${y}" r="3.6"><title>${escapeHtml(name)}</title></circle>`
    );
  });
  const line = differences ? `<path class="chance" d="M${x(0)} 0V${height}"/>` : "";
  return `<svg viewBox="0 0 ${width} ${height}" aria-hidden="true">${line}${lines.join("")}</svg>`;
}
