import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { list } from "tar";
import { expect, it } from "vitest";
import { withFolder } from "../test-photos.ts";
import { type PackOptions, packPhotos } from "./pack.ts";
import { memberBytes } from "./tar.ts";
import { grayJpeg, jpegs, writeTar } from "./testing.ts";

const options: PackOptions = { minSide: 32, shardMegabytes: 0.01 };

/** Twelve good photos in three folders, and one of each kind that is left out. */
async function writeCollection(root: string): Promise<string> {
  const folder = join(root, "photos");
  for (const name of ["a", "b", "c"]) await mkdir(join(folder, name), { recursive: true });
  const good = await jpegs(root, 12);
  for (const [i, bytes] of good.entries()) await writeFile(join(folder, "abc"[i % 3]!, `${i}.jpg`), bytes);
  await writeFile(join(folder, "a", "copy.jpg"), good[0]!);
  await writeFile(join(folder, "b", "gray.jpg"), await grayJpeg(40));
  await writeFile(join(folder, "b", "small.jpg"), await grayJpeg(20));
  await writeFile(join(folder, "c", "cut.jpg"), good[1]!.subarray(0, 400));
  return folder;
}

async function contentsOf(folder: string): Promise<Map<string, string>> {
  const contents = new Map<string, string>();
  for (const name of (await readdir(folder)).sort()) {
    let bytes = await readFile(join(folder, name));
    // libvips keeps one text of errors for all threads, so what it says of a damaged photo varies.
    if (!name.endsWith(".tar")) bytes = Buffer.from(bytes.toString().replace(/damaged \([^)]*\)/, "damaged"));
    contents.set(name, createHash("sha256").update(bytes).digest("hex"));
  }
  return contents;
}

it("packs what is fit, in mixed order, with facts beside each photo and an index", () =>
  withFolder(async (root) => {
    const photos = await writeCollection(root);
    const out = join(root, "shards");
    const progress: number[] = [];
    const packed = await packPhotos([photos], out, {
      ...options,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(packed!.photos).toBe(12);
    const counts = Object.entries(packed!.leftOut).map(([reason, { count }]) => [reason, count]);
    expect(Object.fromEntries(counts)).toEqual({
      unreadable: 0,
      corrupt: 1,
      "too small": 1,
      "near gray": 1,
      duplicate: 1,
    });
    expect(progress).toHaveLength(16);
    expect(progress.at(-1)).toBe(1);
    expect(JSON.parse(await readFile(join(out, "index.json"), "utf8"))).toEqual(packed);

    const hashes = new Set<string>();
    const origins: string[] = [];
    for (const { file, bytes, sha256, photos: count } of packed!.shards) {
      expect(file).toMatch(/^shards-00000\d\.tar$/);
      expect(bytes).toBeLessThan(10_000);
      const whole = await readFile(join(out, file));
      expect(createHash("sha256").update(whole).digest("hex")).toBe(sha256);
      const members = new Map<string, Buffer>();
      const reading: Promise<unknown>[] = [];
      await list({
        file: join(out, file),
        onReadEntry: (entry) => {
          reading.push(entry.concat().then((content) => members.set(entry.path, content)));
        },
      });
      await Promise.all(reading);
      expect(members.size).toBe(2 * count);
      for (const [name, content] of members) {
        if (!name.endsWith(".jpg")) continue;
        const facts = JSON.parse(members.get(name.replace(".jpg", ".json"))!.toString());
        expect(facts).toMatchObject({ width: 64, height: 48, colourfulness: expect.any(Number) });
        expect(facts.sha256).toBe(createHash("sha256").update(content).digest("hex"));
        hashes.add(facts.sha256);
        origins.push(facts.name);
      }
    }
    expect(packed!.shards.length).toBeGreaterThan(1);
    expect(hashes.size).toBe(12);
    // The list goes through the folders; the shards do not.
    const listed = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11].map((i) => `${i}.jpg`);
    expect(origins).not.toEqual(listed.filter((name) => origins.includes(name)));
  }));

it("gives the same bytes again, others for another seed, and refuses to write over without being told", () =>
  withFolder(async (root) => {
    const photos = await writeCollection(root);
    const [one, two] = [join(root, "one"), join(root, "two")];
    await packPhotos([photos], one, { ...options, name: "x" });
    await packPhotos([photos], two, { ...options, name: "x" });
    expect(await contentsOf(two)).toEqual(await contentsOf(one));
    await expect(packPhotos([photos], two, { ...options, name: "x" })).rejects.toThrow(/--overwrite/);
    await writeFile(join(two, "x-000099.tar"), "left from long ago");
    await packPhotos([photos], two, { ...options, name: "x", overwrite: true, seed: 2 });
    const [first, second] = [await contentsOf(one), await contentsOf(two)];
    expect([...second.keys()]).not.toContain("x-000099.tar");
    expect(second.get("x-000000.tar")).not.toBe(first.get("x-000000.tar"));
  }));

it("goes on after an interruption, wherever it was, to the same bytes", () =>
  withFolder(async (root) => {
    const photos = await writeCollection(root);
    const whole = join(root, "whole", "x");
    await mkdir(join(root, "whole"));
    await packPhotos([photos], whole, options);
    const expected = await contentsOf(whole);
    for (const stopAfter of [1, 6, 11, 15]) {
      const out = join(root, `stopped-${stopAfter}`, "x");
      await mkdir(join(root, `stopped-${stopAfter}`));
      const controller = new AbortController();
      const onProgress = (done: number) => {
        if (done === stopAfter) controller.abort();
      };
      expect(
        await packPhotos([photos], out, { ...options, signal: controller.signal, onProgress }),
      ).toBeNull();
      expect((await readdir(out)).filter((name) => name.startsWith("."))).toEqual([]);
      const done: number[] = [];
      await packPhotos([photos], out, { ...options, onProgress: (count) => done.push(count) });
      if (stopAfter > 10) expect(done[0]).toBeGreaterThan(1);
      expect(await contentsOf(out)).toEqual(expected);
    }
  }));

it("takes no shards of other settings for its own", () =>
  withFolder(async (root) => {
    const photos = await writeCollection(root);
    const out = join(root, "x");
    await packPhotos([photos], out, options);
    await rm(join(out, "index.json"));
    await expect(packPhotos([photos], out, { ...options, seed: 2 })).rejects.toThrow(
      /other photos or settings/,
    );
    // A shard whose table is missing was not finished: it is written anew, but none beyond it is.
    await rm(join(out, "x-000000.index.jsonl"));
    await expect(packPhotos([photos], out, options)).rejects.toThrow(/did not write/);
    await truncate(join(out, "x-000000.tar"), 100);
    expect((await packPhotos([photos], out, { ...options, overwrite: true }))!.photos).toBe(12);
  }));

it("scales down what is larger, keeps the rest, and remembers the original's hash", () =>
  withFolder(async (root) => {
    const folder = join(root, "photos");
    await mkdir(folder);
    const [small] = await jpegs(root, 1);
    await writeFile(join(folder, "small.jpg"), small!);
    const large = await sharp(small).resize(480, 640).png().toBuffer();
    await writeFile(join(folder, "large.png"), large);
    const packed = await packPhotos([folder], join(root, "x"), { minSide: 32, shortSide: 48, quality: 80 });
    const table = (await readFile(join(root, "x", "x-000000.index.jsonl"), "utf8"))
      .trim()
      .split("\n")
      .slice(1);
    const records = table.map((line) => JSON.parse(line));
    const bytes = await readFile(join(root, "x", packed!.shards[0]!.file));
    const stored = (record: { offset: number; size: number }) =>
      bytes.subarray(record.offset, record.offset + record.size);
    const scaled = records.find(
      (record) => record.sha256 === createHash("sha256").update(large).digest("hex"),
    );
    expect(scaled).toMatchObject({ width: 48, height: 64, name: expect.stringMatching(/\.jpg$/) });
    const metadata = await sharp(stored(scaled)).metadata();
    expect(metadata).toMatchObject({ format: "jpeg", width: 48, height: 64, chromaSubsampling: "4:4:4" });
    const kept = records.find((record) => record !== scaled);
    expect(stored(kept).equals(small!)).toBe(true);
  }));

it("packs photos out of other archives, damaged ones as far as they go", () =>
  withFolder(async (root) => {
    const photos = await jpegs(root, 4);
    const members = photos.map((bytes, i) => [`deep/folder/${i}.jpg`, bytes] as const);
    await writeTar(join(root, "a.tar"), members.slice(0, 2));
    const b = await writeTar(join(root, "b.tar"), members.slice(2));
    await truncate(b, memberBytes(photos[2]!.length) + 512 + 10);
    const told: string[] = [];
    const good = await packPhotos([join(root, "a.tar"), b], join(root, "out"), {
      minSide: 32,
      onSkip: ({ message }) => told.push(message),
    });
    expect(good!.photos).toBe(3);
    expect(told).toEqual(["cut off within deep/folder/3.jpg"]);
  }));

it("refuses an output in its source, names that make no files, and sources without a fit photo", () =>
  withFolder(async (root) => {
    const photos = await writeCollection(root);
    await expect(packPhotos([photos], join(photos, "shards"))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/lies in/),
    });
    await expect(packPhotos([photos], photos)).rejects.toThrow(/lies in/);
    await expect(packPhotos([photos], join(root, "x"), { name: "a/b" })).rejects.toThrow(/cannot be called/);
    await expect(packPhotos([join(root, "none")], join(root, "x"))).rejects.toThrow(/There is no/);
    await expect(packPhotos([photos], join(root, "x"), { minSide: 1000 })).rejects.toThrow(
      /Too few photos.*too small/,
    );
    await writeFile(join(root, "file"), "");
    await expect(packPhotos([photos], join(root, "file"))).rejects.toThrow(/cannot write/);
  }));
