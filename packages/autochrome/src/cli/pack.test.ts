import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runLine as autochrome, writePhotos } from "./testing.ts";

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-cli-pack-"));
  photos = join(root, "photos");
  await writePhotos(photos);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("packs, says what was left out, and gives the index as JSON on stdout", async () => {
  const out = join(root, "shards");
  const {
    code,
    out: json,
    err,
  } = await autochrome(`pack ${photos} -o ${out} --min-side 8 --min-colourfulness 0 --name p --json`);
  expect(code).toBe(0);
  expect(err).toMatch(/5 photos of 6; left out: 1 corrupt/);
  expect(err).toMatch(/1 shard, [\d.]+ kB. Next: autochrome train/);
  expect(JSON.parse(json)).toMatchObject({ photos: 5, shards: [{ file: "p-000000.tar", photos: 5 }] });
  expect((await readdir(out)).sort()).toEqual(["index.json", "p-000000.index.jsonl", "p-000000.tar"]);
  const again = await autochrome(`pack ${photos} -o ${out} --min-side 8 --min-colourfulness 0 --name p`);
  expect([again.code, again.err]).toEqual([2, expect.stringMatching(/--overwrite/)]);
});

it("trains on what it packed and tells how long it waited for photos", async () => {
  const { code, err } = await autochrome(
    `train ${join(root, "shards")} --backend cpu --preset tiny --width 2 --depth 2 --discriminator-width 2 ` +
      "--discriminatorLayers 1 --crop-size 8 --batch-size 2 --min-colourfulness 0 --validation-size 8 --steps 2 " +
      `--run ${join(root, "run")}`,
  );
  expect(err).toMatch(/4 photos to train on, 1 to validate on/);
  expect(err).toMatch(/waited for photos \d+\.\d% of the time/);
  expect(code).toBe(0);
});

it("ends with 130 when interrupted, and refuses flags that make no sense", async () => {
  const stop = new AbortController();
  stop.abort();
  const out = join(root, "other");
  const line = `pack ${photos} -o ${out} --min-side 8 --min-colourfulness 0`;
  const interrupted = await autochrome(line, stop.signal);
  expect([interrupted.code, interrupted.err]).toEqual([130, expect.stringMatching(/same command goes on/)]);
  for (const [flags, message] of [
    ["--quality 90", /--short-side/],
    ["--short-side 64", /below --min-side 128/],
    ["--shard-megabytes 0", /0.01/],
  ] as const) {
    const { code, err } = await autochrome(`pack ${photos} -o ${out} ${flags}`);
    expect([code, err]).toEqual([2, expect.stringMatching(message)]);
  }
  expect((await autochrome(`pack ${photos}`)).err).toMatch(/name photos and an output/);
  expect((await autochrome(`pack ${photos} -o ${photos}/x`)).err).toMatch(/lies in/);
  expect((await autochrome("pack --help")).out).toMatch(/WebDataset/);
});
