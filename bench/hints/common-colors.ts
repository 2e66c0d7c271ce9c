/**
 * Which colours photos have at each lightness, for the suggestions beside a hint. Prints the module that holds them:
 *
 *   npx tsx --conditions=development bench/hints/common-colors.ts <folder> > packages/autochrome/src/chroma/hints/common-colors.ts
 *
 * Every photo counts equally. Within each tenth of L*, colours are picked one by one, each the one around which the most
 * pixels lie that no earlier one stands for (within ΔE2000 of 10).
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodePhoto } from "autochrome";
import { deltaE2000, rgbToLab } from "autochrome/browser";

const BINS = 10;
const IN_A_BIN = 10;
/** Side of a cell of the a*, b* histogram. */
const CELL = 5;
const NEAR = 10;
/** Pixels looked at of a photo, about. */
const PIXELS = 4000;

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: common-colors.ts <folder of photos>");
  process.exit(2);
}
const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp)$/i.test(name)).sort();
const cells = Array.from({ length: BINS }, () => new Map<string, { a: number; b: number; share: number }>());
for (const name of names) {
  const { rgb } = await decodePhoto(join(folder, name));
  const lab = rgbToLab(rgb);
  const step = Math.max(1, Math.floor(lab.length / 3 / PIXELS));
  for (let i = 0; i < lab.length; i += 3 * step) {
    const [L, a, b] = lab.subarray(i, i + 3) as unknown as [number, number, number];
    const bin = cells[Math.min(BINS - 1, Math.floor((L / 100) * BINS))]!;
    const at = [Math.round(a / CELL) * CELL, Math.round(b / CELL) * CELL] as const;
    const cell = bin.get(at.join()) ?? { a: at[0], b: at[1], share: 0 };
    cell.share += step / (lab.length / 3);
    bin.set(at.join(), cell);
  }
}

const rows = cells.map((bin, index) => {
  const L = (index + 0.5) * (100 / BINS);
  let left = [...bin.values()];
  const all = left.reduce((sum, { share }) => sum + share, 0);
  const picked: string[] = [];
  while (picked.length < IN_A_BIN && left.length > 0) {
    const near = (c: { a: number; b: number }) =>
      left.filter(({ a, b }) => deltaE2000(L, a, b, L, c.a, c.b) < NEAR);
    const mass = (c: { a: number; b: number }) => near(c).reduce((sum, { share }) => sum + share, 0);
    const best = left.reduce((one, other) => (mass(other) > mass(one) ? other : one));
    const share = mass(best) / all;
    if (share < 0.002) break;
    picked.push(`[${best.a}, ${best.b}, ${share.toFixed(3)}]`);
    const covered = new Set(near(best));
    left = left.filter((cell) => !covered.has(cell));
  }
  return `  [${picked.join(", ")}],`;
});
console.log(`/**
 * Colours of ${names.length} photos by tenths of L*, from 0 to 100: a*, b* and the share of the pixels of that lightness that they
 * stand for, the most common first. Written by bench/hints/common-colors.ts from the photos that docs/data.md lists.
 */
export const COMMON_COLORS: readonly (readonly (readonly [a: number, b: number, share: number])[])[] = [
${rows.join("\n")}
];`);
