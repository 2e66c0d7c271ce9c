/**
 * How much nearer to the true colours a photo comes with 1, 5, 10 and 50 hints, beside the same hints without the network
 * and as mere blobs:
 *
 *   npm run bench:hints -- [folder of colour photos] [--out out/hints] [--seeds 2] [--side 192]
 *
 * Writes results.json, hints.svg, hints.png and the photos of `--sheet <names>` before and after; prints the table of
 * docs/hints.md. Without a folder the six sample photos are used.
 *
 * @module
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { decodePhoto } from "autochrome";
import {
  type Hint,
  type Pixels,
  type Prediction,
  paintPhoto,
  predictChroma,
  rgbToLab,
} from "autochrome/browser";
import { Tensor } from "onnxruntime-node";
import sharp from "sharp";
import {
  bootstrapMean,
  type Interval,
  meanDeltaE2000,
  psnr,
} from "../../packages/autochrome/src/evaluation/index.ts";
import { findModel, openSession, readModelFile } from "../../packages/autochrome/src/inference/index.ts";
import { METHODS, type Method } from "./methods.ts";
import { randomHints, worstFirst } from "./places.ts";
import { drawPlot } from "./plot.ts";

const COUNTS = [0, 1, 5, 10, 50];
const MOST = Math.max(...COUNTS);

/** One way to place and to spread hints, measured for each count. */
interface Series {
  name: string;
  method: Method;
  /** Seeds of the random places; null: the worst place first. */
  seeds: number | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: "string", default: "out/hints" },
    seeds: { type: "string", default: "2" },
    side: { type: "string", default: "192" },
  },
});
const folder = positionals[0] ?? "examples/photos";
const [seeds, side] = [Number(values.seeds), Number(values.side)];
if (!Number.isInteger(seeds) || seeds < 1 || !Number.isInteger(side) || side < 32) {
  console.error("usage: npm run bench:hints -- [folder] [--out <folder>] [--seeds 2] [--side 192]");
  process.exit(2);
}
const SERIES: readonly Series[] = [
  { name: "network, random places", method: METHODS.network, seeds },
  { name: "network, worst place first", method: METHODS.network, seeds: null },
  { name: "no network (Levin et al.)", method: METHODS.levin, seeds: 1 },
  { name: "network, blobs", method: METHODS.blobs, seeds },
];

const file = await readModelFile(await findModel());
const session = await openSession(file);
const { name, space, multiple, size } = file.metadata;
const generator = {
  name,
  space,
  multiple,
  async run(input: Float32Array, height: number, width: number) {
    const { output } = await session.run({ input: new Tensor("float32", input, [1, height, width, 1]) });
    return output!.data as Float32Array;
  },
};

const names = (await readdir(folder)).filter((entry) => /\.(jpe?g|png|webp)$/i.test(entry)).sort();
/** By series, count and photo. */
const deltaE = SERIES.map(() => COUNTS.map((): number[] => []));
const decibels = SERIES.map(() => COUNTS.map((): number[] => []));
for (const [index, entry] of names.entries()) {
  const photo = await shrink(await decodePhoto(join(folder, entry)), side);
  const lab = rgbToLab(photo.rgb);
  const prediction = await predictChroma(generator, photo, size);
  const { rgb: smallRgb } = await shrink(photo, 0, prediction.width, prediction.height);
  const worst = worstFirst(photo, lab, prediction, rgbToLab(smallRgb), MOST);
  for (const [s, series] of SERIES.entries()) {
    const places =
      series.seeds === null
        ? [worst]
        : Array.from({ length: series.seeds }, (_, seed) => randomHints(photo, lab, MOST, seed + 1, index));
    for (const [c, count] of COUNTS.entries()) {
      const measured = [];
      for (const hints of count === 0 ? [worst] : places) {
        measured.push(await measure(photo, lab, prediction, series.method, hints.slice(0, count)));
      }
      deltaE[s]![c]!.push(mean(measured.map(({ difference }) => difference)));
      decibels[s]![c]!.push(mean(measured.map(({ ratio }) => ratio)));
    }
  }
  console.error(`${index + 1} of ${names.length}: ${entry}`);
}

const intervals = deltaE.map((counts) => counts.map((photos) => bootstrapMean(photos)));
const ratios = decibels.map((counts) => counts.map((photos) => bootstrapMean(photos)));
await mkdir(values.out, { recursive: true });
const results = SERIES.map((series, s) => ({
  name: series.name,
  deltaE2000: intervals[s],
  psnr: ratios[s],
  perPhoto: names.map((entry, i) => ({ name: entry, deltaE2000: deltaE[s]!.map((photos) => photos[i]) })),
}));
await writeFile(
  join(values.out, "results.json"),
  JSON.stringify({ counts: COUNTS, seeds, side, results }, null, 1),
);
const svg = drawPlot(
  COUNTS,
  SERIES.map((series, s) => ({ name: series.name, points: intervals[s]! })),
);
await writeFile(join(values.out, "hints.svg"), svg);
await sharp(Buffer.from(svg), { density: 144 }).png({ palette: true }).toFile(join(values.out, "hints.png"));
console.log(
  [`ΔE2000 of ${names.length} photos`, ...table(intervals), "", "PSNR, dB", ...table(ratios)].join("\n"),
);
await session.release();

/** The photo at most `shortSide` along its short side, or of a given size. */
async function shrink(
  photo: Pixels,
  shortSide: number,
  width = 0,
  height = 0,
): Promise<Pixels & { rgb: Uint8Array }> {
  const scale = Math.min(1, shortSide / Math.min(photo.width, photo.height));
  const [w, h] =
    width > 0 ? [width, height] : [Math.round(photo.width * scale), Math.round(photo.height * scale)];
  const rgb = await sharp(photo.rgb, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .resize(w, h, { fit: "fill" })
    .toColourspace("srgb")
    .raw()
    .toBuffer();
  return { width: w, height: h, rgb: new Uint8Array(rgb) };
}

async function measure(
  photo: Pixels,
  lab: Float32Array,
  prediction: Prediction,
  method: Method,
  hints: readonly Hint[],
) {
  const painted = (await paintPhoto(photo, method(prediction, hints), { saturation: 1 })) as Uint8Array;
  return {
    difference: meanDeltaE2000(lab, rgbToLab(painted)),
    ratio: psnr(photo.rgb as Uint8Array, painted),
  };
}

function mean(list: readonly number[]): number {
  return list.reduce((sum, value) => sum + value, 0) / list.length;
}

function table(rows: readonly (readonly Interval[])[]): string[] {
  const cell = ({ mean, low, high }: Interval) =>
    `${mean.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return [
    `| hints | ${COUNTS.join(" | ")} |`,
    `| --- | ${COUNTS.map(() => "---").join(" | ")} |`,
    ...SERIES.map((series, s) => `| ${series.name} | ${rows[s]!.map(cell).join(" | ")} |`),
  ];
}
