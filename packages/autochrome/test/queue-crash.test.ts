import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../src/cli/testing.ts";
import { tinyModel } from "../src/inference/testing.ts";
import { REDIS_SERVER, TestRedis } from "../src/queue/testing.ts";
import { WorkerProcess } from "./worker-process.ts";

const PHOTOS = 500;
const DAMAGED = ["damaged-0.png", "damaged-1.jpg", "damaged-2.png"];

let root: string;
let photos: string;
let model: string;
let redis: TestRedis;

function files(folder: string): string[] {
  // A temporary file may go while the folders are read.
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Waits until so many results stand. */
async function results(folder: string, count: number): Promise<void> {
  for (let n = 0; n < 1000 && files(folder).filter((path) => !path.endsWith(".tmp")).length < count; n++)
    await wait(20);
}

async function queue(...words: string[]) {
  const { code, out, err } = await runCommand(["queue", ...words, "--redis", redis.url, "--json"]);
  return { code, err, json: out === "" ? null : JSON.parse(out) };
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-queue-"));
  photos = join(root, "photos");
  model = join(root, "net.onnx");
  writeFileSync(model, tinyModel());
  const gray = Buffer.from(Array.from({ length: 160 * 120 }, (_, i) => (i * 7 + (i >> 5)) % 256));
  const one = await sharp(gray, { raw: { width: 160, height: 120, channels: 1 } })
    .png()
    .toBuffer();
  for (let n = 0; n < PHOTOS; n++) {
    const folder = join(photos, `box-${n % 7}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${String(n).padStart(3, "0")}.png`), one);
  }
  writeFileSync(join(photos, DAMAGED[0]!), one.subarray(0, one.length >> 1));
  writeFileSync(join(photos, DAMAGED[1]!), "no photo");
  writeFileSync(join(photos, DAMAGED[2]!), "");
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(REDIS_SERVER === null)("three workers", () => {
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.remove());

  it("colour each photo once and whole, though one is killed and Redis dies twice", async () => {
    const out = join(root, "out");
    mkdirSync(out);
    const added = await queue("add", photos, "-o", out, "--model", model);
    expect(added.json).toEqual({
      queue: "autochrome",
      added: PHOTOS + 3,
      already: 0,
      failedBefore: 0,
      problems: 0,
    });
    await queue("pause");
    const flags = ["--redis", redis.url, "--model", model, "--lock", "4", "--exit-when-empty"];
    const workers = [1, 2, 3].map(() => new WorkerProcess(flags));
    const [killed, ...others] = workers as [WorkerProcess, WorkerProcess, WorkerProcess];
    try {
      // None begins before all are there.
      while ((await queue("status")).json.workers.length < 3) await wait(200);
      await queue("resume");
      while (killed.photos.length < 3) await wait(10);
      killed.child.kill("SIGKILL");
      await results(out, 150);
      await redis.stop("SIGKILL");
      await wait(300);
      await redis.start();
      await results(out, 300);
      await redis.stop("SIGTERM");
      await wait(300);
      await redis.start();
      for (const worker of others) {
        const { code } = await worker.ended;
        expect([code, worker.err]).toEqual([expect.any(Number), worker.err]);
        expect(worker.err.match(/Redis is gone/g)).toHaveLength(2);
        expect(worker.err.match(/Redis is back/g)).toHaveLength(2);
      }
    } finally {
      for (const worker of workers) worker.child.kill("SIGKILL");
    }
    expect(files(out)).toHaveLength(PHOTOS);
    expect(files(out).filter((path) => !/\.color\.png$/.test(path))).toEqual([]);

    const embedded = join(root, "embedded");
    await runCommand(["colorize", photos, "-o", embedded, "--model", model, "--quiet"]);
    const [expected, found] = [files(embedded), files(out)];
    expect(found.map((path) => path.slice(out.length))).toEqual(
      expected.map((path) => path.slice(embedded.length)),
    );
    for (let n = 0; n < PHOTOS; n++) {
      const same = readFileSync(found[n]!).equals(readFileSync(expected[n]!));
      expect([found[n], same]).toEqual([found[n], true]);
    }

    const done = workers.flatMap((worker) => worker.with("done"));
    const doubles = done.length - new Set(done.map(({ output }) => output)).size;
    // At least once: what was in hand at a crash may be done again, and nothing else.
    expect(doubles).toBeLessThanOrEqual(3 * 3 * 3);

    const { json } = await queue("failed");
    expect(json.photos.map(({ input }: { input: string }) => input.slice(photos.length + 1)).sort()).toEqual(
      DAMAGED,
    );
  }, 300_000);
});
