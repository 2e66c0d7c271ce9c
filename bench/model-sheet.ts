/**
 * Draws a network's three best, middle and worst photos by ΔE2000 as one sheet (gray | colour | true) and prints
 * their names and figures, for its model card:
 *
 *   npx tsx --conditions=development bench/model-sheet.ts <model> <photos> <sheet.jpg>
 *
 * <photos> is a folder or a list, as for `autochrome evaluate`.
 *
 * @module
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { evaluate, writeFileAtomic } from "autochrome";
import sharp from "sharp";
import { drawSheet, type Triple } from "../examples/sheet.ts";

const IN_A_GROUP = 3;

const [model, photos, output] = process.argv.slice(2);
if (output === undefined) {
  console.error("usage: model-sheet.ts <model> <photos> <sheet.jpg>");
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "model-sheet-"));
const triples = new Map<string, Triple>();
const drawn: Promise<unknown>[] = [];
const { result } = await evaluate({
  photos,
  model,
  onPhoto: ({ name, width, height, images }) => {
    const stem = join(folder, `${triples.size}`);
    const triple = { gray: `${stem}-gray.png`, colour: `${stem}-colour.png`, truth: `${stem}-true.png` };
    triples.set(name, triple);
    const write = (rgb: Uint8Array, path: string) =>
      drawn.push(sharp(rgb, { raw: { width, height, channels: 3 } }).toFile(path));
    write(images.gray, triple.gray);
    write(images.colourized, triple.colour);
    write(images.truth, triple.truth);
  },
});
await Promise.all(drawn);

const ranked = [...result.perPhoto].sort((a, b) => a.model.deltaE2000 - b.model.deltaE2000);
const middle = Math.floor((ranked.length - IN_A_GROUP) / 2);
const groups = {
  best: ranked.slice(0, IN_A_GROUP),
  median: ranked.slice(middle, middle + IN_A_GROUP),
  worst: ranked.slice(-IN_A_GROUP),
};
const chosen: Triple[] = [];
for (const [group, members] of Object.entries(groups)) {
  for (const { name, model: ours, baselines } of members) {
    const triple = triples.get(name);
    if (triple) chosen.push(triple);
    const hue = Number.isFinite(ours.hueAccuracy) ? ours.hueAccuracy.toFixed(2) : "-";
    const figures = [ours.deltaE2000, baselines.gray.deltaE2000].map((value) => value.toFixed(2));
    console.log(`| ${[group, basename(name), ...figures, hue].join(" | ")} |`);
  }
}
await mkdir(dirname(output), { recursive: true });
await writeFileAtomic(output, await drawSheet(chosen));
await rm(folder, { recursive: true });
