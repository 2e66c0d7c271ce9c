import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packPhotos, Random } from "../data/index.ts";
import type { PartialConfig } from "./config/index.ts";
import { train } from "./index.ts";
import { splitPhotos } from "./photo-split.ts";
import { makePhotos, testConfig } from "./testing.ts";

let root: string;
let photos: string;
let shards: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-shards-"));
  photos = await makePhotos(root, 12);
  shards = join(root, "shards");
  await packPhotos([photos], shards, { minSide: 8, minColourfulness: 0, shardMegabytes: 0.01 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

const config = (name: string, flags: PartialConfig = {}) =>
  testConfig({ photos: [shards], run: join(root, name), shuffleBuffer: 4, ...flags });

it("goes on after being killed at any step to the losses of an uninterrupted run", async () => {
  const flags: PartialConfig = { steps: 16, validateEvery: 0, checkpointEvery: 3, pretrainSteps: 4 };
  const whole: number[] = [];
  await train(config("whole", flags), { onStep: ({ losses }) => whole.push(losses.generator) });
  const random = Random.of(5);
  const seen = new Map<number, number>();
  let kills = 0;
  for (let ended = false; !ended; ) {
    const lasts = 1 + random.integer(5);
    let steps = 0;
    const result = await train(
      config("killed", flags),
      {
        onStep: ({ step, losses }) => {
          seen.set(step, losses.generator);
          // Throwing is as good as a kill: nothing is saved on the way out.
          if (++steps === lasts + 3) throw new Error("killed");
        },
      },
      { resume: kills > 0 },
    ).catch((error: Error) => error);
    if (result instanceof Error) expect(result.message).toBe("killed");
    ended = !(result instanceof Error);
    kills++;
  }
  expect(kills).toBeGreaterThan(2);
  expect([...seen.values()]).toEqual(whole);
});

it("splits shards as files are split, and takes photos of --val out of them, whichever is packed", async () => {
  const files = await splitPhotos(config("a", { photos: [photos] }), {}, root);
  const packed = await splitPhotos(config("a"), {}, root);
  expect([packed.train.length, packed.validation.length]).toEqual([
    files.train.length,
    files.validation.length,
  ]);
  const bytes = async (set: typeof files.train) => {
    const read = Array.from({ length: set.length }, async (_, i) => {
      const input = await set.read(i);
      return (typeof input === "string" ? await readFile(input) : input).toString("base64");
    });
    const contents = (await Promise.all(read)).sort();
    await set.close();
    return contents;
  };
  expect(await bytes(packed.train)).toEqual(await bytes(files.train));
  expect(await bytes(packed.validation)).toEqual(await bytes(files.validation));
  expect(packed.mean[0]).toBeCloseTo(files.mean[0], 1);
  expect(packed.mean[1]).toBeCloseTo(files.mean[1], 1);

  const some = join(root, "some");
  await packPhotos([join(photos, "photo-3.png"), join(photos, "photo-7.png")], some, {
    minSide: 8,
    minColourfulness: 0,
  });
  for (const [from, val] of [
    [shards, some],
    [photos, some],
    [shards, join(photos, "photo-5.png")],
  ]) {
    const { train: left, validation } = await splitPhotos(
      config("a", { photos: [from!], val: val! }),
      {},
      root,
    );
    expect(left.length + validation.length).toBe(12);
  }
  await expect(splitPhotos(config("a", { photos: [some], val: shards }), {}, root)).rejects.toThrow(
    /every photo/,
  );
});

it("tells of a resumed run whose shards are others, and leaves facts of the photos in the run", async () => {
  const first = config("run", { steps: 2 });
  const result = await train(first);
  expect(result.waitFraction).toBeGreaterThanOrEqual(0);
  expect(result.waitFraction).toBeLessThanOrEqual(1);
  const facts = JSON.parse(await readFile(join(root, "run", "photos.json"), "utf8"));
  expect(facts.train + facts.validation.length).toBe(12);
  expect(facts.validation[0]).toMatch(/shards-00000\d\.tar#\d+$/);
  const row = JSON.parse((await readFile(join(root, "run", "metrics.jsonl"), "utf8")).split("\n")[0]!);
  expect(row).toHaveProperty("waitFraction");
  await packPhotos([photos], shards, { minSide: 8, minColourfulness: 0, overwrite: true, seed: 2 });
  const notices: string[] = [];
  await train(
    config("run", { steps: 3 }),
    { onNotice: (message) => notices.push(message) },
    { resume: true },
  );
  expect(notices.join()).toMatch(/not those that this run began with/);
});
