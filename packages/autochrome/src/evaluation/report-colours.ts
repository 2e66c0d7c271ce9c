import type { ColourReport } from "./colour-classes.ts";
import { formatNumber } from "./format.ts";
import { coordinate, escapeHtml } from "./html.ts";
import { percent } from "./report-figures.ts";

/** Display colours of the classes, in the order of the confusion matrix; none is lost on white or on black. */
const SWATCHES: Readonly<Record<string, string>> = {
  gray: "#8c8c8c",
  red: "#d62828",
  orange: "#f08a24",
  yellow: "#e3bd14",
  green: "#3c9a3f",
  cyan: "#2fb5b8",
  blue: "#3b6fd6",
  purple: "#8a4bb5",
  pink: "#ee7fae",
  brown: "#8a5a30",
};

/** Side in pixels of a square that stands for all of a row. */
const FULL = 34;

const style = (name: string, more = ""): string => `style="--c:${SWATCHES[name] ?? "var(--gray)"}${more}"`;
const swatch = (name: string): string => `<i class="swatch" ${style(name)}></i>${escapeHtml(name)}`;

/**
 * What each true colour is painted as: a square's area is its share of the row's pixels, and its colour the one that
 * was painted; then the scores of each class.
 */
export function coloursSection({ classes, confusion, precision, recall, f1 }: ColourReport): string {
  const total = confusion.flat().reduce((sum, count) => sum + count, 0);
  const head = classes.map((name) => `<th scope="col">${swatch(name)}</th>`).join("");
  const rows = confusion.map((row, k) => {
    const present = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, column) => {
      const share = present === 0 ? 0 : count / present;
      const what = `true ${classes[k]}, painted ${classes[column]}: ${count} pixels`;
      const side = coordinate(Math.max(share > 0 ? 2 : 0, FULL * Math.sqrt(share)));
      const square = `<div class="box"><i ${style(classes[column], `;width:${side}px;height:${side}px`)}></i></div>`;
      const text = share >= 0.005 ? percent(share) : "&nbsp;";
      return `<td class="h${column === k ? " right" : ""}" title="${escapeHtml(what)}">${square}<small>${text}</small></td>`;
    });
    const scores = [precision[k], recall[k], f1[k]].map((value) => `<td>${formatNumber(value, 2)}</td>`);
    return (
      `<tr><th scope="row">${swatch(classes[k])}</th>${cells.join("")}` +
      `<td class="gap">${percent(present / total, 1)}</td>${scores.join("")}</tr>`
    );
  });
  return (
    `<div class="card scroll"><table class="hinton"><thead><tr><th>true</th>${head}` +
    `<th class="gap">pixels</th><th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`
  );
}
