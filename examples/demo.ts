/**
 * `npm run demo`: the sample photos are made gray, coloured with the shipped network and measured against the truth.
 * Everything is written under out/demo/. AUTOCHROME_MODEL=<model> shows another network.
 *
 * @module
 */
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import {
  AutochromeError,
  type Colorizer,
  colorizeFiles,
  decodePhoto,
  type Evaluation,
  evaluate,
  loadColorizer,
  writeFileAtomic,
} from "autochrome";
import sharp from "sharp";
import { drawSheet, type Triple } from "./sheet.ts";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const PHOTOS = ["autumn", "cypresses", "dunes", "mountain", "cliff", "tulips"].map((name) =>
  join(ROOT, "examples", "photos", `${name}.jpg`),
);
const OUT = join(ROOT, "out", "demo");

/** Above any photo's sides: they are measured at full size. */
const FULL_SIZE = 16384;

async function demo(): Promise<void> {
  const colorizer = await loadColorizer();
  const { name, version, path: model } = colorizer.info;
  console.log(`${name} ${version} (${shown(model)}) on ${PHOTOS.length} photos that it was not trained on`);
  await rm(OUT, { recursive: true, force: true });
  const triples: Triple[] = [];
  for (const truth of PHOTOS) triples.push(await makeGray(truth, colorizer));
  const started = performance.now();
  const { failed } = await colorizeFiles(
    triples.map(({ gray }) => gray),
    {
      colorizer,
      out: OUT,
      onEvent: (event) => {
        if (event.type === "done") {
          console.log(
            `  ${shown(event.output)}  ${event.width}x${event.height}  ${seconds(event.milliseconds)}`,
          );
        } else if (event.type === "failed") console.error(`  ${event.error.message}`);
      },
    },
  );
  const coloured = performance.now() - started;
  await colorizer.dispose();
  if (failed > 0) throw new AutochromeError(`${failed} of ${PHOTOS.length} photos could not be coloured.`);
  const sheet = join(OUT, "sheet.jpg");
  await writeFileAtomic(sheet, await drawSheet(triples));
  const evaluation = await evaluate({ photos: PHOTOS, model, longSide: FULL_SIZE });
  console.log(`\n${metricsTable(evaluation)}\n`);
  console.log(`coloured  ${PHOTOS.length} photos in ${seconds(coloured)}`);
  console.log(`photos    ${shown(OUT)}/*.color.jpg, made of ${shown(OUT)}/gray/*.jpg`);
  console.log(`sheet     ${shown(sheet)} (gray | colour | true)`);
  console.log(`in all    ${seconds(performance.now())}`);
}

/** Writes the lightness of a photo, L*, as a JPEG of one channel. */
async function makeGray(truth: string, colorizer: Colorizer): Promise<Triple> {
  const photo = await decodePhoto(truth);
  // Without saturation nothing of the network is left: R = G = B at the photo's own L*.
  const { rgb, width, height } = await colorizer.colorize(photo, { saturation: 0, tones: "keep" });
  const gray = join(OUT, "gray", basename(truth));
  await mkdir(dirname(gray), { recursive: true });
  const jpeg = sharp(rgb, { raw: { width, height, channels: 3 } })
    .extractChannel(0)
    .jpeg({ quality: 95 });
  await writeFileAtomic(gray, await jpeg.toBuffer());
  return { gray, colour: join(OUT, `${basename(truth, extname(truth))}.color.jpg`), truth };
}

/** A row a photo, in brackets what plain gray gets. */
function metricsTable({ result }: Evaluation): string {
  const beside = (ours: number, gray: number) => `${figure(ours)} (${figure(gray)})`;
  const rows = result.perPhoto.map(({ name, model, baselines: { gray } }) => [
    basename(name),
    beside(model.psnr, gray.psnr),
    beside(model.deltaE2000, gray.deltaE2000),
    figure(model.hueAccuracy),
    figure(model.colourfulnessRatio),
  ]);
  const { model, baselines } = result;
  rows.push([
    "mean",
    beside(model.psnr.mean, baselines.gray.psnr.mean),
    beside(model.deltaE2000.mean, baselines.gray.deltaE2000.mean),
    figure(model.hueAccuracy.mean),
    figure(model.colourfulnessRatio.mean),
  ]);
  const table = [["(gray's)", "PSNR, dB", "ΔE2000", "hue accuracy", "colourfulness"], ...rows];
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column])).join("   "));
  lines.push("PSNR and hue accuracy: higher is better; ΔE2000: lower; colourfulness: 1 is the true photo's.");
  lines.push("Gray has hue accuracy and colourfulness 0. See docs/evaluation.md.");
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** NaN is a figure that a photo does not have. */
function figure(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : "-";
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}

try {
  await demo();
} catch (error) {
  const missing = error instanceof AutochromeError && error.code === "MODEL_MISSING";
  const hint = missing ? " The demo uses models/best, which comes with the repository." : "";
  console.error(`demo: ${error instanceof AutochromeError ? error.message : (error as Error).stack}${hint}`);
  process.exitCode = 1;
}
