import { rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Batch, PhotoBatches, type PhotoBatchesOptions } from "../batches.ts";
import { FilePhotos, type PhotoCollection } from "../photo-collection.ts";
import { withFolder } from "../test-photos.ts";
import { openShards } from "./open-shards.ts";
import { jpegs, writeTar } from "./testing.ts";

const limits = { cropSize: 16, minColourfulness: 0 };
const sizes = { cropSize: 16, batchSize: 3, seed: 7 };

/** Five shards of four photos. */
async function writeShards(root: string): Promise<string[]> {
  const tars: string[] = [];
  for (let shard = 0; shard < 5; shard++) {
    const made = await jpegs(root, 4, 4 * shard);
    const members = made.map((bytes, i) => [`${4 * shard + i}.jpg`, bytes] as const);
    tars.push(await writeTar(join(root, `s-${shard}.tar`), members));
  }
  return tars;
}

async function open(tars: string[], shuffleBuffer = 6): Promise<PhotoCollection> {
  const { photos } = await openShards(tars, { ...limits, shuffleBuffer });
  return photos.pick(Uint32Array.from({ length: photos.length }, (_, i) => i));
}

async function take(options: PhotoBatchesOptions, count: number, from = 0): Promise<Batch[]> {
  const batches = new PhotoBatches(options);
  batches.seek(from);
  const taken: Batch[] = [];
  for (let i = 0; i < count; i++) taken.push(await batches.next());
  await batches.close();
  return taken;
}

it("gives the crops that files would give, each photo once an epoch", () =>
  withFolder(async (root) => {
    const photos = await open(await writeShards(root));
    const taken = await take({ photos, ...sizes }, 20);
    const paths = taken.flatMap((batch) => batch.paths);
    for (const epoch of [0, 1, 2]) expect(new Set(paths.slice(20 * epoch, 20 * (epoch + 1))).size).toBe(20);
    // The same photos as files, in the order that the shards' epoch has.
    const order = photos.order(7, 0);
    const files = new FilePhotos(
      Array.from({ length: 20 }, (_, i) => ({ path: join(root, `made-${i}.jpg`) })),
    );
    files.order = () => order;
    const same = await take({ photos: files, ...sizes }, 6);
    for (const [k, batch] of same.entries()) {
      expect(batch.input).toEqual(taken[k]!.input);
      expect(batch.target).toEqual(taken[k]!.target);
    }
  }));

it("goes on at any step with the identical bytes, whatever is cached or read ahead", () =>
  withFolder(async (root) => {
    const tars = await writeShards(root);
    const whole = await take({ photos: await open(tars), ...sizes }, 30);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 26 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(0, 20_000, 2 ** 30),
        async (step, prefetch, cacheBytes) => {
          const resumed = await take({ photos: await open(tars), ...sizes, prefetch, cacheBytes }, 3, step);
          expect(resumed).toEqual(whole.slice(step, step + 3));
        },
      ),
      { seed: 1, numRuns: 12 },
    );
  }));

it("draws from a window of the shuffle buffer: with one photo, shards follow one another", () =>
  withFolder(async (root) => {
    const photos = await open(await writeShards(root), 1);
    const shards = Array.from(photos.order(3, 0), (i) => photos.nameOf(i).match(/s-(\d)\.tar/)![1]);
    expect(new Set(shards).size).toBe(5);
    for (let i = 0; i < 20; i += 4) expect(new Set(shards.slice(i, i + 4)).size).toBe(1);
    expect(Array.from(photos.order(3, 1))).not.toEqual(Array.from(photos.order(3, 0)));
  }));

it("holds no more of the collection than the budgets say, however long it runs", () =>
  withFolder(async (root) => {
    const photos = await open(await writeShards(root));
    const largest = Math.max(...Array.from({ length: 20 }, (_, i) => photos.bytesOf(i)));
    let reading = 0;
    let mostRead = 0;
    const read = photos.read.bind(photos);
    photos.read = async (index) => {
      mostRead = Math.max(mostRead, ++reading);
      return read(index).finally(() => reading--);
    };
    const batches = new PhotoBatches({
      photos,
      ...sizes,
      prefetch: 4,
      cacheBytes: 9000,
      readAheadBytes: 2 * largest,
    });
    for (let step = 0; step < 40; step++) {
      await batches.next();
      expect(batches.cachedBytes).toBeLessThanOrEqual(9000);
      expect(batches.encodedBytes).toBeLessThanOrEqual(2 * largest);
    }
    await batches.close();
    expect(mostRead).toBeGreaterThan(1);
    expect([batches.cachedBytes, batches.encodedBytes, reading]).toEqual([0, 0, 0]);
  }));

it("goes on without a shard that vanishes or is cut off in mid-run, told once each", () =>
  withFolder(async (root) => {
    const tars = await writeShards(root);
    const photos = await open(tars);
    await rm(tars[1]!);
    await truncate(tars[3]!, 600);
    const told: string[] = [];
    const onSkip = ({ error }: { error: Error }) => told.push(error.message);
    const taken = await take({ photos, ...sizes, onSkip }, 20);
    const used = new Set(taken.flatMap((batch) => batch.paths));
    expect(used.size).toBe(12);
    expect(told.map((message) => message.replace(/^.*\/s-/, "s-")).sort()).toEqual([
      expect.stringMatching(/^s-1\.tar: no such file.*its 4 photos are left out/),
      expect.stringMatching(/^s-3\.tar has become shorter; its 4 photos/),
    ]);
    for (const tar of tars) await rm(tar, { force: true });
    await expect(take({ photos, ...sizes, cacheBytes: 0 }, 1)).rejects.toThrow(/None of the 20 photos/);
  }));
