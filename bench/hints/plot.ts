/** A line of the plot: a mean with its interval for each count. */
export interface PlotLine {
  name: string;
  points: readonly { mean: number; low: number; high: number }[];
}

const WIDTH = 720;
const HEIGHT = 400;
const PLACE = { left: 62, right: 20, top: 20, bottom: 54 };

// Okabe and Ito's palette, told apart by colour-blind readers too; lighter on dark pages.
const STYLE = `
  svg { font: 13px system-ui, sans-serif; background: #fff }
  text { fill: #24292f } .axis { stroke: #57606a; fill: none } .grid { stroke: #d8dee4 }
  .l { fill: none; stroke-width: 2.2; stroke-linejoin: round } .w { stroke-width: 1.2; fill: none } .d { stroke: none }
  .c0 { stroke: #b3430a; fill: #b3430a } .c1 { stroke: #0063a3; fill: #0063a3 }
  .c2 { stroke: #007a56; fill: #007a56 } .c3 { stroke: #8a4f7d; fill: #8a4f7d }
  .l.c0, .l.c1, .l.c2, .l.c3 { fill: none } .l.c1 { stroke-dasharray: 8 4 } .l.c2 { stroke-dasharray: 2 3 } .l.c3 { stroke-dasharray: 10 3 2 3 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } text { fill: #e6edf3 } .axis { stroke: #8b949e } .grid { stroke: #30363d }
    .c0 { stroke: #ff9a5c; fill: #ff9a5c } .c1 { stroke: #6cb6ff; fill: #6cb6ff }
    .c2 { stroke: #3fd6a0; fill: #3fd6a0 } .c3 { stroke: #d8a0cc; fill: #d8a0cc }
  }`;

/** ΔE2000 over the number of hints, as an SVG that can be read on a light and on a dark page. */
export function drawPlot(counts: readonly number[], lines: readonly PlotLine[]): string {
  const highest = Math.ceil(Math.max(...lines.flatMap(({ points }) => points.map(({ high }) => high))));
  const right = WIDTH - PLACE.right;
  const bottom = HEIGHT - PLACE.bottom;
  // Logarithmic, with room for none.
  const last = Math.log1p(counts.at(-1)!);
  const xOf = (count: number, line: number) =>
    PLACE.left +
    14 +
    (Math.log1p(count) / last) * (right - PLACE.left - 28) +
    (line - (lines.length - 1) / 2) * 4;
  const yOf = (value: number) => bottom - (value / highest) * (bottom - PLACE.top);
  const parts: string[] = [];
  const centre = (lines.length - 1) / 2;
  for (let value = 0; value <= highest; value += 2) {
    parts.push(`<path class="grid" d="M${PLACE.left} ${n(yOf(value))}H${right}"/>`);
    parts.push(`<text x="${PLACE.left - 8}" y="${n(yOf(value) + 4)}" text-anchor="end">${value}</text>`);
  }
  for (const count of counts) {
    parts.push(`<text x="${n(xOf(count, centre))}" y="${bottom + 20}" text-anchor="middle">${count}</text>`);
  }
  parts.push(`<path class="axis" d="M${PLACE.left} ${PLACE.top}V${bottom}H${right}"/>`);
  parts.push(`<text x="${(PLACE.left + right) / 2}" y="${bottom + 44}" text-anchor="middle">hints</text>`);
  const middle = (PLACE.top + bottom) / 2;
  parts.push(
    `<text transform="translate(20 ${middle}) rotate(-90)" text-anchor="middle">mean ΔE2000 to the true colours</text>`,
  );
  lines.forEach(({ name, points }, line) => {
    const at = points.map(({ mean }, i) => `${n(xOf(counts[i]!, line))} ${n(yOf(mean))}`);
    parts.push(`<path class="l c${line}" d="M${at.join("L")}"><title>${name}</title></path>`);
    points.forEach(({ mean, low, high }, i) => {
      const x = n(xOf(counts[i]!, line));
      parts.push(`<path class="w c${line}" d="M${x} ${n(yOf(low))}V${n(yOf(high))}"/>`);
      parts.push(
        `<circle class="d c${line}" cx="${x}" cy="${n(yOf(mean))}" r="3.2"><title>${name}, ${counts[i]} hints: ${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]</title></circle>`,
      );
    });
    const y = bottom - 18 - 20 * (lines.length - 1 - line);
    parts.push(`<path class="l c${line}" d="M${PLACE.left + 20} ${y}h30"/>`);
    parts.push(`<text x="${PLACE.left + 58}" y="${y + 4}">${name}</text>`);
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" ` +
    `aria-label="Mean colour difference over the number of hints"><style>${STYLE}</style>\n${parts.join("\n")}\n</svg>\n`
  );
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
