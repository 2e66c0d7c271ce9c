/**
 * Training on more photos than memory holds: makes such a collection, packs it, trains on it under a limit, and
 * measures what a photo costs to decode and to read. Figures in docs/data-at-scale.md. Linux only.
 *
 *   npx tsx --conditions=development bench/data-at-scale.ts make photos/ /big/photos 60
 *   npm run autochrome -- pack /big/photos -o /big/shards
 *   npx tsx --conditions=development bench/data-at-scale.ts memory /big/shards --preset tiny --steps 3000
 *   npx tsx --conditions=development bench/data-at-scale.ts decode /big/shards
 */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { listPhotos } from "../packages/autochrome/src/data/index.ts";
import { findShards, openShards } from "../packages/autochrome/src/data/shards/index.ts";
import { decodeForTraining } from "../packages/autochrome/src/image/index.ts";

const [what, ...rest] = process.argv.slice(2);
if (what === "make") await make(rest[0]!, rest[1]!, Number(rest[2]));
else if (what === "memory") await memory(rest);
else if (what === "decode") await decode(rest[0]!);
else console.error("make <photos> <folder> <copies> | memory <train's arguments> | decode <shards>");

/** Copies of JPEGs that differ by a comment, so that no two have one content. */
async function make(photos: string, folder: string, copies: number): Promise<void> {
  const paths = (await listPhotos(photos)).filter((path) => /\.jpe?g$/i.test(path));
  for (let copy = 0; copy < copies; copy++) {
    const into = join(folder, String(copy).padStart(3, "0"));
    await mkdir(into, { recursive: true });
    for (const [i, path] of paths.entries()) {
      const bytes = await readFile(path);
      const comment = Buffer.from(`copy ${copy}`.padEnd(12));
      const segment = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
      await writeFile(
        join(into, `${i}.jpg`),
        Buffer.concat([bytes.subarray(0, 2), segment, comment, bytes.subarray(2)]),
      );
    }
  }
}

/** Trains in a process of its own and tells its memory every few seconds. */
async function memory(args: string[]): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      "--max-old-space-size=256",
      "--import",
      "tsx",
      "--conditions=development",
      "packages/autochrome/src/cli/main.ts",
      "train",
      ...args,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  const started = performance.now();
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
    const seconds = Math.round((performance.now() - started) / 1000);
    if (status !== "") console.log(`${seconds} s\trss ${Math.round(kilobytes("RssAnon") / 1000)} MB`);
  }, 5000);
  await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
}

/**
 * Milliseconds a photo, one at a time: decoding it reduced, decoding a copy that `pack --short-side` reduced, and
 * reading the same pixels raw from a file.
 */
async function decode(source: string): Promise<void> {
  sharp.concurrency(1);
  const { photos } = await openShards((await findShards([source]))!, { cropSize: 128, minColourfulness: 0 });
  const count = Math.min(300, photos.length);
  const picked = photos.pick(
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * photos.length) / count)),
  );
  const folder = await mkdtemp(join(tmpdir(), "autochrome-decode-"));
  const time = async (label: string, work: (i: number) => Promise<unknown>): Promise<void> => {
    const started = performance.now();
    for (let i = 0; i < count; i++) await work(i);
    console.log(`${((performance.now() - started) / count).toFixed(2)} ms  ${label}`);
  };
  try {
    await time("read from the shard", (i) => picked.read(i));
    for (const shortSide of [288, 576]) {
      let [rawBytes, jpegBytes] = [0, 0];
      const raw = await open(join(folder, `${shortSide}.raw`), "w+");
      const starts: number[] = [];
      for (let i = 0; i < count; i++) {
        const { width, height, rgb } = await decodeForTraining(await picked.read(i), { shortSide });
        await raw.write(rgb, 0, rgb.length, rawBytes);
        starts.push(rawBytes);
        rawBytes += rgb.length;
        const jpeg = await sharp(rgb, { raw: { width, height, channels: 3 } })
          .jpeg({ quality: 92, chromaSubsampling: "4:4:4" })
          .toFile(join(folder, `${i}.jpg`));
        jpegBytes += jpeg.size;
      }
      const kilobytes = (bytes: number): string => `${Math.round(bytes / count / 1000)} kB a photo`;
      await time(`read and decode to ${shortSide} px`, async (i) =>
        decodeForTraining(await picked.read(i), { shortSide }),
      );
      await time(`the same of a copy packed at ${shortSide} px (${kilobytes(jpegBytes)})`, async (i) =>
        decodeForTraining(await readFile(join(folder, `${i}.jpg`)), { shortSide }),
      );
      await time(`read ${shortSide} px raw (${kilobytes(rawBytes)})`, async (i) => {
        const end = starts[i + 1] ?? rawBytes;
        const pixels = Buffer.allocUnsafeSlow(end - starts[i]!);
        await raw.read(pixels, 0, pixels.length, starts[i]);
      });
      await raw.close();
    }
  } finally {
    await picked.close();
    await rm(folder, { recursive: true, force: true });
  }
}
