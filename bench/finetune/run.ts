/**
 * Fine-tunes the shipped network on 30 photos of one subject and measures it on 12 others, beside the shipped network and
 * one trained from scratch with the same steps:
 *
 *   npm run bench:finetune -- <root of the unpacked package> [--out <folder>] [--steps 1500]
 *
 * Stages that are done in `--out` are kept, a training that was interrupted goes on: run it as often as it takes.
 *
 * @module
 */
import { copyFile, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type EvaluationJson, evaluate, exportRun, type PartialConfig, train } from "autochrome";
import sharp from "sharp";
import photos from "./photos.json" with { type: "json" };

/** Short side in pixels that every network sees: the size of the crops. */
const SIZE = 128;
const SHOWN = ["deltaE2000", "psnr", "abMae", "hueAccuracy", "colourfulnessRatio"] as const;
const SHEET_SIDE = 220;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: "out/finetune" }, steps: { type: "string", default: "1500" } },
});
const [root] = positionals;
const steps = Number(values.steps);
if (root === undefined || !Number.isInteger(steps) || steps < 1) {
  console.error(
    "usage: npm run bench:finetune -- <root of the unpacked package> [--out <folder>] [--steps 1500]",
  );
  process.exit(2);
}
const out = values.out;
const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());

for (const [folder, names] of [
  ["train", photos.train],
  ["held-out", photos.heldOut],
] as const) {
  await mkdir(join(out, folder), { recursive: true });
  for (const name of names) {
    await copyFile(join(root, photos.folder, `${name}.png`), join(out, folder, `${name}.png`));
  }
}

const common = {
  photos: [join(out, "train")],
  valFraction: 0,
  validateEvery: 0,
  steps,
  checkpointEvery: 100,
};
const measured = {
  shipped: await measure("shipped", "small"),
  fineTuned: await measure("fine-tuned", await trained("fine-tuned", { init: "small", ...common })),
  fromScratch: await measure("from-scratch", await trained("from-scratch", { preset: "small", ...common })),
};
await drawSheet();
console.log(table());
console.log(`\nPictures, gray | shipped | fine-tuned | true: ${join(out, "sheet.jpg")}`);

/** The model folder of a training that is run to its end. */
async function trained(name: string, config: PartialConfig): Promise<string> {
  const run = join(out, name);
  const model = join(out, "models", name);
  if (await exists(join(model, "generator.onnx"))) return model;
  const begun = performance.now();
  const resume = await exists(join(run, "config.json"));
  const { ended, step, seconds } = await train(
    { ...config, run },
    {
      onStep: ({ step: at, losses }) => {
        if (at % 50 === 0) console.error(`${name}: step ${at} of ${steps}, L1 ${losses.l1.toFixed(4)}`);
      },
    },
    { resume, signal: interrupt.signal },
  );
  if (ended === "interrupted") {
    console.error(`saved at step ${step}: run the same command to go on.`);
    process.exit(130);
  }
  console.error(
    `${name}: ${step} steps, ${Math.round(seconds)} s of training, ` +
      `${Math.round((performance.now() - begun) / 1000)} s in this sitting.`,
  );
  // The last checkpoint: nothing is chosen on the held-out photos.
  await exportRun(run, model, { checkpoint: "last", size: SIZE, weights: "float16", name });
  return model;
}

/** Figures on the held-out photos, with each photo's picture for the sheet. */
async function measure(name: string, model: string): Promise<EvaluationJson> {
  const file = join(out, `${name}.json`);
  if (await exists(file)) return JSON.parse(await readFile(file, "utf8")) as EvaluationJson;
  const pictures = join(out, "pictures");
  await mkdir(pictures, { recursive: true });
  const drawn: Promise<unknown>[] = [];
  const { json } = await evaluate({
    photos: join(out, "held-out"),
    model,
    size: SIZE,
    onPhoto: ({ name: photo, width, height, images }) => {
      for (const [kind, rgb] of [
        ["gray", images.gray],
        [name, images.colourized],
        ["true", images.truth],
      ] as const) {
        const path = join(pictures, `${photo.replace(/^.*[\\/]/, "")}-${kind}.png`);
        drawn.push(sharp(rgb, { raw: { width, height, channels: 3 } }).toFile(path));
      }
    },
  });
  await Promise.all(drawn);
  await writeFile(file, JSON.stringify(json, null, 2));
  return json;
}

/** Two photos a row, each gray | shipped | fine-tuned | true. */
async function drawSheet(): Promise<void> {
  const kinds = ["gray", "shipped", "fine-tuned", "true"];
  const [gap, wide] = [6, 2];
  const across = kinds.length * (SHEET_SIDE + gap) + 4 * gap;
  const layers = await Promise.all(
    photos.heldOut.flatMap((name, index) =>
      kinds.map(async (kind, i) => ({
        input: await sharp(join(out, "pictures", `${name}.png-${kind}.png`))
          .resize(SHEET_SIDE, SHEET_SIDE, { fit: "cover" })
          .png()
          .toBuffer(),
        left: (index % wide) * across + i * (SHEET_SIDE + gap),
        top: Math.floor(index / wide) * (SHEET_SIDE + gap),
      })),
    ),
  );
  const height = Math.ceil(photos.heldOut.length / wide) * (SHEET_SIDE + gap);
  await sharp({ create: { width: wide * across, height, channels: 3, background: "#fff" } })
    .composite(layers)
    .jpeg({ quality: 88 })
    .toFile(join(out, "sheet.jpg"));
}

/** Markdown: the metrics with their intervals, then ΔE2000 photo by photo. */
function table(): string {
  const { shipped, fineTuned, fromScratch } = measured;
  // The 30 photos' mean colour everywhere: all that the subject's tint alone can give.
  const { gray, mean } = fineTuned.baselines;
  const columns = [gray, mean, shipped.model, fineTuned.model, fromScratch.model];
  const line = (cells: readonly (string | undefined)[]) => `| ${cells.join(" | ")} |`;
  const rows = SHOWN.map((metric) =>
    line([
      metric,
      ...columns.map((column) => {
        const { mean, low, high } = column[metric];
        const digits = metric === "hueAccuracy" || metric === "colourfulnessRatio" ? 3 : 2;
        return `${mean?.toFixed(digits)} [${low?.toFixed(digits)}, ${high?.toFixed(digits)}]`;
      }),
    ]),
  );
  const perPhoto = fineTuned.perPhoto.map(({ name, baselines, model }, i) => {
    const others = [shipped, fromScratch].map(({ perPhoto: photo }) => photo[i]?.model);
    const figures = [baselines.gray, baselines.mean, others[0], model, others[1]];
    return line([
      name.replace(/^.*[\\/]|\.png$/g, ""),
      ...figures.map((metrics) => metrics?.deltaE2000?.toFixed(2)),
    ]);
  });
  const heads = ["gray", "mean colour", "shipped", "fine-tuned", "from scratch"];
  const ruler = line(["---", ...heads.map(() => "---")]);
  return [
    ...[line(["", ...heads]), ruler, ...rows],
    ...["", line(["ΔE2000 of", ...heads]), ruler, ...perPhoto],
  ].join("\n");
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
