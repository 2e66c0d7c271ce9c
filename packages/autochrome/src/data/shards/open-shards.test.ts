import { mkdir, readdir, rename, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { meanChroma } from "../photo-sets.ts";
import { scanPhotos } from "../scan.ts";
import { withFolder } from "../test-photos.ts";
import { openShards } from "./open-shards.ts";
import { packPhotos } from "./pack.ts";
import { tableBeside } from "./shard-table.ts";
import { grayJpeg, jpegs, writeTar } from "./testing.ts";

const limits = { cropSize: 32, minColourfulness: 8 };
const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
const counted = (leftOut: Record<string, { count: number }>) =>
  Object.fromEntries(Object.entries(leftOut).map(([reason, { count }]) => [reason, count]));

it("finds in shards what a scan of the files finds, from tables, from texts in the archive, and by looking", () =>
  withFolder(async (root) => {
    const folder = join(root, "photos");
    await mkdir(folder);
    const made = await jpegs(root, 9);
    for (const [i, bytes] of made.entries()) await writeFile(join(folder, `${i}.jpg`), bytes);
    const paths = made.map((_, i) => join(folder, `${i}.jpg`));
    const scanned = (await scanPhotos(paths, limits)).photos;
    const out = join(root, "shards");
    const { shards } = (await packPhotos([folder], out, { minSide: 32, shardMegabytes: 0.01 }))!;
    const tars = shards.map(({ file }) => join(out, file));
    const foreign = await writeTar(
      join(root, "foreign.tar"),
      made.map((bytes, i) => [`./some/${i}.jpg`, bytes] as const),
    );

    const looked: number[] = [];
    const fromTables = await openShards(tars, limits);
    for (const tar of tars) await rm(tableBeside(tar));
    const fromTexts = await openShards(tars, limits);
    const fromPhotos = await openShards([foreign], { ...limits, onProgress: (done) => looked.push(done) });
    expect(looked.at(-1)).toBe(9);
    for (const { photos, outcome } of [fromTables, fromTexts, fromPhotos]) {
      expect(outcome.found).toBe(9);
      const hashes = Array.from(all(9), (i) => photos.hashOf(i)).sort();
      expect(hashes).toEqual(scanned.map(({ hash }) => hash).sort());
      const mean = await photos.meanChroma(all(9));
      const fromFiles = await meanChroma(scanned);
      expect(mean[0]).toBeCloseTo(fromFiles[0], 1);
      expect(mean[1]).toBeCloseTo(fromFiles[1], 1);
      const picked = photos.pick(all(9));
      for (const i of all(9)) {
        const bytes = await picked.read(i);
        const original = made[scanned.findIndex(({ hash }) => hash === photos.hashOf(i))]!;
        expect(bytes.equals(original)).toBe(true);
        expect([picked.shortSideOf(i), picked.bytesOf(i)]).toEqual([48, original.length]);
      }
      await picked.close();
    }
  }));

it("goes by WebDataset's keys: what is no photo of its own is passed over", () =>
  withFolder(async (root) => {
    const [one, two, three] = await jpegs(root, 3);
    const tar = await writeTar(join(root, "x.tar"), [
      ["a/one.cls", "5"],
      ["a/one.JPEG", one!],
      ["a/one.mask.png", two!],
      ["a/one.json", "{ not ours"],
      ["a/._two.jpg", "resource fork"],
      ["a/two.txt", "a caption"],
      ["a/two.jpg", two!],
      ["three.jpg", three!.subarray(0, 300)],
      ["four.jpg", await grayJpeg(40)],
      ["five.jpg", one!],
      ["six.jpg", await grayJpeg(20)],
    ]);
    const { photos, outcome } = await openShards([tar], limits);
    expect(photos.length).toBe(2);
    expect(outcome.found).toBe(6);
    expect(counted(outcome.leftOut)).toEqual({
      unreadable: 0,
      corrupt: 1,
      "too small": 1,
      "near gray": 1,
      duplicate: 1,
    });
    expect(outcome.leftOut.duplicate.examples[0]!.path).toBe(`${tar}/five.jpg`);
  }));

it("counts shards that are cut off, damaged or missing, and fails only where nothing is left", () =>
  withFolder(async (root) => {
    const made = await jpegs(root, 4);
    const members = made.map((bytes, i) => [`${i}.jpg`, bytes] as const);
    const good = await writeTar(join(root, "good.tar"), members.slice(0, 2));
    const cut = await writeTar(join(root, "cut.tar"), members.slice(2));
    await truncate(cut, 512 * 4 + made[2]!.length);
    await writeFile(join(root, "noise.tar"), "noise ".repeat(1000));
    await writeFile(join(root, "empty.tar"), "");
    const names = ["good", "cut", "noise", "empty", "missing"].map((name) => join(root, `${name}.tar`));
    const { photos, outcome } = await openShards([good, ...names.slice(1)], limits);
    expect(photos.length).toBe(3);
    expect(outcome.leftOut.unreadable.count).toBe(4);
    expect(outcome.leftOut.unreadable.examples.map(({ detail }) => detail).join("\n")).toMatch(
      /cut off within 3.jpg\nno valid header at byte 0.*\ncut off after its beginning\n.*no such file/,
    );
    await expect(openShards(names.slice(2), limits)).rejects.toThrow(/Too few photos.*3 unreadable/);
  }));

it("looks at a foreign shard once, again when it has changed, and keeps the table where it can", () =>
  withFolder(async (root) => {
    const [one, two] = await jpegs(root, 2);
    const tar = await writeTar(join(root, "x.tar"), [["1.jpg", one!]]);
    const cacheFolder = join(root, "run");
    const looks = async () => {
      let count = 0;
      // The last call of each shard tells of no photo.
      await openShards([tar], { ...limits, cacheFolder, onProgress: () => count++ });
      return count - 1;
    };
    expect(await looks()).toBe(1);
    expect(await looks()).toBe(0);
    await utimes(tar, new Date(), new Date(Date.now() - 5000));
    expect(await looks()).toBe(1);
    await writeTar(tar, [
      ["1.jpg", one!],
      ["2.jpg", two!],
    ]);
    expect(await looks()).toBe(2);
    await rm(tableBeside(tar));
    // A folder in the way is as good as one that may not be written.
    await mkdir(tableBeside(tar));
    expect(await looks()).toBe(2);
    expect(await readdir(cacheFolder)).toHaveLength(1);
    expect(await looks()).toBe(0);
    await writeFile(join(cacheFolder, (await readdir(cacheFolder))[0]!), "damaged");
    expect(await looks()).toBe(2);
    await rename(tar, join(root, "y.tar"));
    await expect(looks()).rejects.toThrow(/Too few/);
  }));
