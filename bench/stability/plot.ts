// Line plots as SVG files that can be read on a light and on a dark page.

export interface Line {
  label: string;
  /** 0, 1 or 2: its colour and dashes. */
  style: number;
  /** Thin lines repeat another's label: other seeds of the same. */
  thin: boolean;
  points: readonly (readonly [x: number, y: number | null])[];
}

export interface Marker {
  x: number;
  /** The line's style that it belongs to. */
  style: number;
  kind: "alarm" | "return";
  title: string;
}

export interface Panel {
  yLabel: string;
  /** Logarithmic from `yRange[0]`. */
  log?: boolean;
  yRange: readonly [number, number];
  ticks: readonly number[];
  /** A dashed level with its words, such as a monitor's threshold. */
  level?: { at: number; label: string };
  lines: readonly Line[];
  markers: readonly Marker[];
}

export interface Figure {
  title: string;
  xLabel: string;
  xRange: readonly [number, number];
  /** A vertical line with its words. */
  begins: { at: number; label: string } | null;
  panels: readonly Panel[];
}

const WIDTH = 760;
const PANEL = 190;
const MARGIN = { left: 74, right: 18, top: 64, gap: 26, bottom: 46 };

// Okabe and Ito's palette, told apart by colour-blind readers too; lighter on dark pages.
const STYLE = `
  svg { font: 12px system-ui, sans-serif; background: #fff }
  text { fill: #24292f } .axis { stroke: #57606a; fill: none } .grid { stroke: #d8dee4 }
  .level { stroke: #57606a; stroke-dasharray: 2 3 } .note { fill: #57606a }
  .l0 { stroke: #b3430a } .l1 { stroke: #0063a3 } .l2 { stroke: #007a56 }
  .m0 { fill: #b3430a } .m1 { fill: #0063a3 } .m2 { fill: #007a56 }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round } .thin { stroke-width: 1; opacity: .55 }
  .l1.line { stroke-dasharray: 7 3 } .l2.line { stroke-dasharray: 2 2 }
  .return { fill: none; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } text { fill: #e6edf3 } .axis { stroke: #8b949e } .grid { stroke: #30363d }
    .level { stroke: #8b949e } .note { fill: #9da7b3 }
    .l0 { stroke: #ff9a5c } .l1 { stroke: #6cb6ff } .l2 { stroke: #3fd6a0 }
    .m0 { fill: #ff9a5c } .m1 { fill: #6cb6ff } .m2 { fill: #3fd6a0 }
  }`;

export function drawFigure(figure: Figure): string {
  const { panels } = figure;
  const height = MARGIN.top + panels.length * PANEL + (panels.length - 1) * MARGIN.gap + MARGIN.bottom;
  const [x0, x1] = figure.xRange;
  const right = WIDTH - MARGIN.right;
  const xOf = (x: number) => MARGIN.left + ((x - x0) / (x1 - x0)) * (right - MARGIN.left);
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, anchor = "start", className = "") =>
    parts.push(
      `<text x="${n(x)}" y="${n(y)}" text-anchor="${anchor}" class="${className}">${escapeXml(words)}</text>`,
    );
  text(MARGIN.left, 20, figure.title);
  legend(figure, parts);
  panels.forEach((panel, index) => {
    const top = MARGIN.top + index * (PANEL + MARGIN.gap);
    const bottom = top + PANEL;
    const yOf = scaleOf(panel, top, bottom);
    for (const tick of panel.ticks) {
      parts.push(`<path class="grid" d="M${MARGIN.left} ${n(yOf(tick))}H${right}"/>`);
      text(MARGIN.left - 8, yOf(tick) + 4, String(tick), "end");
    }
    parts.push(`<path class="axis" d="M${MARGIN.left} ${top}V${bottom}H${right}"/>`);
    const middle = (top + bottom) / 2;
    parts.push(
      `<text transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle">${escapeXml(panel.yLabel)}</text>`,
    );
    if (figure.begins !== null) {
      const x = n(xOf(figure.begins.at));
      parts.push(`<path class="level" d="M${x} ${top}V${bottom}"/>`);
      if (index === 0) text(xOf(figure.begins.at) + 5, top + 12, figure.begins.label, "start", "note");
    }
    if (panel.level) {
      const y = yOf(panel.level.at);
      parts.push(`<path class="level" d="M${MARGIN.left} ${n(y)}H${right}"/>`);
      text(right - 4, y - 4, panel.level.label, "end", "note");
    }
    for (const line of [...panel.lines].sort((a, b) => Number(b.thin) - Number(a.thin))) {
      const d = pathOf(line, xOf, yOf);
      if (d !== "") parts.push(`<path class="line l${line.style}${line.thin ? " thin" : ""}" d="${d}"/>`);
    }
    for (const { x, style, kind, title } of panel.markers) {
      const y = top + 24 + 13 * style;
      const shape =
        kind === "alarm"
          ? `<circle class="m${style}" cx="${n(xOf(x))}" cy="${y}" r="3.5">`
          : `<path class="return l${style}" d="M${n(xOf(x) + 5)} ${y - 5}l-7 5l7 5z">`;
      parts.push(`${shape}<title>${escapeXml(title)}</title>${kind === "alarm" ? "</circle>" : "</path>"}`);
    }
  });
  const last = MARGIN.top + panels.length * PANEL + (panels.length - 1) * MARGIN.gap;
  for (const tick of ticksOf(x0, x1)) text(xOf(tick), last + 17, String(tick), "middle");
  text((MARGIN.left + right) / 2, last + 36, figure.xLabel, "middle");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" ` +
    `aria-label="${escapeXml(figure.title)}"><style>${STYLE}</style>\n${parts.join("\n")}\n</svg>\n`
  );
}

function legend({ panels }: Figure, parts: string[]): void {
  const seen = new Map<string, number>();
  for (const { lines } of panels) for (const { label, style } of lines) seen.set(label, style);
  let x = MARGIN.left;
  for (const [label, style] of seen) {
    parts.push(`<path class="line l${style}" d="M${x} 38h24"/>`);
    parts.push(`<text x="${x + 30}" y="42">${escapeXml(label)}</text>`);
    x += 44 + 6.4 * label.length;
  }
  if (!panels.some(({ markers }) => markers.length > 0)) return;
  parts.push(`<circle class="m0" cx="${x + 6}" cy="38" r="3.5"/><text x="${x + 15}" y="42">alarm</text>`);
  parts.push(`<path class="return l1" d="M${x + 68} 33l-7 5l7 5z"/><text x="${x + 74}" y="42">return</text>`);
}

function scaleOf({ yRange: [low, high], log }: Panel, top: number, bottom: number): (y: number) => number {
  const of = (y: number) => (log ? Math.log(Math.max(low, y)) : y);
  return (y) => {
    const share = (of(Math.min(high, Math.max(low, y))) - of(low)) / (of(high) - of(low));
    return bottom - share * (bottom - top);
  };
}

function pathOf(line: Line, xOf: (x: number) => number, yOf: (y: number) => number): string {
  let pen = "M";
  let d = "";
  for (const [x, y] of line.points) {
    if (y === null) {
      pen = "M";
      continue;
    }
    d += `${pen}${n(xOf(x))} ${n(yOf(y))}`;
    pen = "L";
  }
  return d;
}

function ticksOf(low: number, high: number): number[] {
  const step = [50, 100, 200, 500, 1000].find((size) => (high - low) / size <= 9) ?? 2000;
  const ticks: number[] = [];
  for (let x = Math.ceil(low / step) * step; x <= high; x += step) ticks.push(x);
  return ticks;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);
}
