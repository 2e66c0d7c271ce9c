/**
 * Before and after of old photographs: makes scans of old prints from the sample photos and colours them.
 *
 *   npm run bench:old-photos [-- <model> [<folder of scans>]]
 *
 * <model> is what `autochrome colorize --model` takes. Writes docs/images/old-photos.jpg (scan, coloured, true) and
 * docs/images/old-photos-tones.jpg (scan, coloured with its tones kept, with its tones restored), and prints how far
 * the results are from the true photos. With a folder of genuine scans, writes old-scans.jpg into it instead.
 *
 * @module
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Colorizer, decodePhoto, loadColorizer, type Photo } from "autochrome";
import sharp from "sharp";
import { colourfulness, deltaE2000, rgbToLab } from "../../packages/autochrome/src/color/index.ts";
import { agePhoto, KINDS, type Picture } from "./age.ts";
import { drawRows } from "./sheet.ts";

const SAMPLES = fileURLToPath(new URL("../../examples/photos/", import.meta.url));
const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
/** Scans are JPEGs. */
const SCAN_QUALITY = 90;

const [model, folder] = process.argv.slice(2);
const colorizer = await loadColorizer(model === undefined ? {} : { model });
if (folder === undefined) await simulate(colorizer);
else await colourScans(colorizer, folder);
await colorizer.dispose();

function pictureOf({ width, height, rgb }: Photo): Picture {
  return { width, height, rgb: rgb as Uint8Array };
}

async function simulate(colorizer: Colorizer): Promise<void> {
  const rows: Picture[][] = [];
  const toneRows: Picture[][] = [];
  const names = (await readdir(SAMPLES)).filter((name) => name.endsWith(".jpg")).sort();
  console.log("| Photo | Print | gray | kept | restored | colourfulness of the true photo, kept, restored |");
  console.log("| --- | --- | ---: | ---: | ---: | --- |");
  for (const [n, name] of names.entries()) {
    const truth = pictureOf(await decodePhoto(join(SAMPLES, name)));
    const kind = KINDS[n % KINDS.length]!;
    const scan = await decodePhoto(await encode(agePhoto(truth, kind, n + 1)));
    const kept = pictureOf(await colorizer.colorize(scan, { tones: "keep" }));
    const restored = pictureOf(await colorizer.colorize(scan));
    const gray = pictureOf(await colorizer.colorize(scan, { saturation: 0, tones: "keep" }));
    rows.push([pictureOf(scan), restored, truth]);
    if (n < KINDS.length) toneRows.push([pictureOf(scan), kept, restored]);
    const differences = [gray, kept, restored].map((picture) => difference(picture, truth).toFixed(1));
    const strengths = [truth, kept, restored].map(({ rgb }) => colourfulness(rgb).toFixed(0));
    console.log(`| ${[name, kind.name, ...differences, strengths.join(", ")].join(" | ")} |`);
  }
  await writeFile(join(IMAGES, "old-photos.jpg"), await drawRows(["scan", "coloured", "true"], rows));
  await writeFile(
    join(IMAGES, "old-photos-tones.jpg"),
    await drawRows(["scan", "kept", "restored"], toneRows),
  );
}

async function colourScans(colorizer: Colorizer, folder: string): Promise<void> {
  const sheet = "old-scans.jpg";
  const rows: Picture[][] = [];
  for (const name of (await readdir(folder)).filter(
    (file) => /\.(jpe?g|png)$/i.test(file) && file !== sheet,
  )) {
    const path = join(folder, name);
    const bytes = await sharp(await readFile(path))
      .resize(720, 720, { fit: "inside" })
      .png()
      .toBuffer();
    const scan = await decodePhoto(bytes);
    const kept = await colorizer.colorize(scan, { tones: "keep" });
    const coloured = await colorizer.colorize(scan);
    console.log(`${name}: ${coloured.tonesRestored ? "tones restored" : "as it is"}`);
    rows.push([scan, kept, coloured].map(pictureOf));
  }
  await writeFile(join(folder, sheet), await drawRows(["scan", "kept", "restored"], rows));
}

function encode({ width, height, rgb }: Picture): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: SCAN_QUALITY })
    .toBuffer();
}

/** Mean CIEDE2000 of two pictures of one size. */
function difference(one: Picture, two: Picture): number {
  const a = rgbToLab(one.rgb);
  const b = rgbToLab(two.rgb);
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) {
    sum += deltaE2000(a[i]!, a[i + 1]!, a[i + 2]!, b[i]!, b[i + 1]!, b[i + 2]!);
  }
  return (sum / a.length) * 3;
}
