/**
 * Workers on one machine beside `colorize`: photos a second, and what the queue costs a photo.
 *
 *   npx tsx --conditions=development bench/queue/run.ts [copies]
 *
 * Needs redis-server, which it starts by itself. The sample photos are copied so many times (default 10).
 *
 * @module
 */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { runCommand } from "../../packages/autochrome/src/cli/testing.ts";
import { colorizeFiles, loadColorizer } from "../../packages/autochrome/src/inference/index.ts";
import { tinyModel } from "../../packages/autochrome/src/inference/testing.ts";
import { TestRedis } from "../../packages/autochrome/src/queue/testing.ts";
import { WorkerProcess } from "../../packages/autochrome/test/worker-process.ts";

const SAMPLES = fileURLToPath(new URL("../../examples/photos", import.meta.url));
const TINY_PHOTOS = 600;

const root = mkdtempSync(join(tmpdir(), "autochrome-bench-queue-"));
const redis = await TestRedis.start();
let queues = 0;

/** Photos a second of `colorize` in this process, the network loaded before. */
async function embedded(photos: string, model: string): Promise<number> {
  const colorizer = await loadColorizer({ model });
  const out = join(root, "embedded");
  const started = performance.now();
  const { done } = await colorizeFiles([photos], { colorizer, out });
  const seconds = (performance.now() - started) / 1000;
  await colorizer.dispose();
  rmSync(out, { recursive: true });
  return done / seconds;
}

/** Photos a second of so many workers, in their second round: the first loads and compiles what is needed. */
async function workers(count: number, photos: string, model: string): Promise<number> {
  const queue = ["--redis", redis.url, "--queue", `bench-${++queues}`];
  const json = async (...words: string[]) => {
    const { code, out: text, err } = await runCommand(["queue", ...words, ...queue, "--json"]);
    if (code !== 0) throw new Error(err);
    return JSON.parse(text);
  };
  const running = Array.from({ length: count }, () => new WorkerProcess([...queue, "--model", model]));
  while ((await json("status")).workers.length < count) await wait(200);
  const done = () => running.reduce((sum, worker) => sum + worker.with("done").length, 0);
  let rate = 0;
  for (const round of [1, 2]) {
    await json("pause");
    const out = join(root, `out-${queues}-${round}`);
    const { added } = await json("add", photos, "-o", out, "--model", model);
    const before = done();
    const started = performance.now();
    await json("resume");
    while (done() < before + added) await wait(20);
    rate = (added * 1000) / (performance.now() - started);
  }
  for (const worker of running) worker.child.kill("SIGTERM");
  await Promise.all(running.map(({ ended }) => ended));
  return rate;
}

async function measure(name: string, photos: string, model: string): Promise<void> {
  // Once for what is loaded at first use.
  await embedded(photos, model);
  const alone = await embedded(photos, model);
  console.log(`${name}: colorize ${alone.toFixed(1)} photos/s`);
  for (const count of [1, 2]) {
    const rate = await workers(count, photos, model);
    const overhead = count === 1 ? `, ${(1000 / rate - 1000 / alone).toFixed(1)} ms a photo more` : "";
    console.log(
      `${name}: ${count} worker(s) ${rate.toFixed(1)} photos/s, ${(rate / alone).toFixed(2)} of it${overhead}`,
    );
  }
}

try {
  const tiny = join(root, "tiny");
  mkdirSync(tiny);
  const png = await sharp({ create: { width: 48, height: 32, channels: 3, background: "#888" } })
    .png()
    .toBuffer();
  for (let n = 0; n < TINY_PHOTOS; n++) writeFileSync(join(tiny, `${n}.png`), png);
  const network = join(root, "net.onnx");
  writeFileSync(network, tinyModel());
  await measure(`${TINY_PHOTOS} tiny photos, tiny network`, tiny, network);

  const samples = join(root, "samples");
  mkdirSync(samples);
  const copies = Number(process.argv[2] ?? 10);
  const names = readdirSync(SAMPLES).filter((name) => name.endsWith(".jpg"));
  for (let n = 0; n < copies; n++) {
    for (const name of names) copyFileSync(join(SAMPLES, name), join(samples, `${n}-${name}`));
  }
  await measure(`${copies * names.length} sample photos, network 'small'`, samples, "small");
} finally {
  await redis.remove();
  rmSync(root, { recursive: true, force: true });
}
