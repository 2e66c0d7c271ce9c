/**
 * How long the page takes for a photo of 12 megapixels in Chromium, and the command line beside it:
 * `npm run bench:page [-- --runs 3]`.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { decodePhoto, encodePhoto, loadColorizer } from "autochrome";
import sharp from "sharp";
import { ask, browserToTest, EngineBrowser } from "../packages/web/test/engine-browser.ts";

const SAMPLE = fileURLToPath(new URL("../examples/photos/mountain.jpg", import.meta.url));
/** As the page's own. */
const PREVIEW_SIDE = 1600;

/** Milliseconds since the photo was dropped, at the end of each stage, and the longest time between two frames. */
type Times = Record<string, number>;

const { values } = parseArgs({ options: { runs: { type: "string", default: "3" } } });
const runs = Number(values.runs);
const photo = await makePhoto(4000, 3000);
const inPage = await timePage(photo);
const inNode = await timeLibrary(photo);
print(inPage, inNode);

/** A sample photo enlarged, with grain, so that it weighs what a photo of this size does. */
async function makePhoto(width: number, height: number): Promise<Buffer> {
  const noise = { type: "gaussian", mean: 128, sigma: 12 } as const;
  const grain = await sharp({ create: { width, height, channels: 3, background: "#808080", noise } })
    .png({ compressionLevel: 0 })
    .toBuffer();
  return sharp(SAMPLE)
    .resize(width, height, { fit: "cover" })
    .composite([{ input: grain, blend: "soft-light" }])
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function timePage(bytes: Buffer): Promise<Times[]> {
  const executablePath = browserToTest();
  if (executablePath === null) return [];
  const browser = await EngineBrowser.start(executablePath);
  try {
    const { page } = await browser.open({
      answer(path, _, response) {
        if (path !== "/photo.jpg") return false;
        response.writeHead(200, { "Content-Type": "image/jpeg" }).end(bytes);
        return true;
      },
    });
    await ask(page, "(globalThis.engine = testPage.start()).load({ webgpu: false })");
    const times: Times[] = [];
    // The first run warms up the compilers.
    for (let run = 0; run <= runs; run++) {
      const measured = await ask<Times>(page, `testPage.time(engine, "/photo.jpg", side)`, {
        side: PREVIEW_SIDE,
      });
      if (run > 0) times.push(measured);
    }
    return times;
  } finally {
    await browser.close();
  }
}

async function timeLibrary(bytes: Buffer): Promise<Times[]> {
  const folder = await mkdtemp(join(tmpdir(), "autochrome-page-"));
  const colorizer = await loadColorizer();
  try {
    const times: Times[] = [];
    for (let run = 0; run <= runs; run++) {
      const begin = performance.now();
      const decoded = await decodePhoto(bytes);
      const decode = performance.now() - begin;
      const colored = await colorizer.colorize(decoded);
      const paint = performance.now() - begin;
      await writeFile(join(folder, "photo.jpg"), await encodePhoto(colored, { mark: { model: "small" } }));
      if (run > 0) times.push({ decode, paint, encode: performance.now() - begin });
    }
    return times;
  } finally {
    await colorizer.dispose();
    await rm(folder, { recursive: true });
  }
}

function print(page: Times[], library: Times[]): void {
  const { model } = cpus()[0]!;
  console.log(
    `\n4000 x 3000 JPEG of ${(photo.length / 1e6).toFixed(1)} MB, ${cpus().length} cores (${model}), medians of ${runs}\n`,
  );
  const rows = [
    ["decoded, gray shown", "decode", "decode"],
    ["colours predicted", "predict", null],
    ["preview in colour shown", "preview", null],
    ["full size in colour", "paint", "paint"],
    ["file ready", "encode", "encode"],
    ["a new saturation in the preview", "slider", null],
    ["a hint in the preview", "hint", null],
    ["longest time between two frames", "gap", null],
  ] as const;
  console.log("| milliseconds from the drop        | page | library in Node |");
  console.log("| --------------------------------- | ---- | --------------- |");
  const cell = (times: Times[], name: string | null, width: number) =>
    (name === null || times.length === 0 ? "" : median(times.map((time) => time[name]!)).toFixed(0)).padEnd(
      width,
    );
  for (const [label, ofPage, ofLibrary] of rows) {
    console.log(`| ${label.padEnd(33)} | ${cell(page, ofPage, 4)} | ${cell(library, ofLibrary, 15)} |`);
  }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
