import { copyFile, mkdir, readFile, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { summarizeScan } from "./left-out.ts";
import { scanPhotos } from "./scan.ts";
import { withFolder, writePhoto } from "./test-photos.ts";

it("keeps what training can use and counts the rest by reason", () =>
  withFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await writePhoto(at("good.jpg"), 300, 200, 1);
    await sharp(await readFile(at("good.jpg")))
      .withMetadata({ orientation: 6 })
      .toFile(at("turned.jpg"));
    await copyFile(at("good.jpg"), at("copy.jpg"));
    await writePhoto(at("small.png"), 300, 63, 2);
    await sharp({ create: { width: 200, height: 200, channels: 3, background: "#808080" } }).toFile(
      at("gray.png"),
    );
    await writePhoto(at("cut.jpg"), 400, 400, 3);
    await truncate(at("cut.jpg"), 2000);
    await writeFile(at("zero.jpg"), "");
    await writeFile(at("text.jpg"), "no picture");
    await mkdir(at("folder.jpg"));
    const names = ["good", "turned", "copy", "cut", "zero", "text", "folder", "missing"].map((n) =>
      at(`${n}.jpg`),
    );
    const progress: number[] = [];
    const report = await scanPhotos([...names, at("small.png"), at("gray.png")], {
      cropSize: 64,
      concurrency: 3,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(report.photos.map(({ path, width, height }) => [path, width, height])).toEqual([
      [at("good.jpg"), 300, 200],
      [at("turned.jpg"), 200, 300],
    ]);
    expect(report.photos[0].hash).toMatch(/^[0-9a-f]{64}$/);
    expect(report.photos[0].colourfulness).toBeGreaterThan(20);
    const counts = Object.entries(report.leftOut).map(([reason, { count }]) => [reason, count]);
    expect(Object.fromEntries(counts)).toEqual({
      unreadable: 2,
      corrupt: 3,
      "too small": 1,
      "near gray": 1,
      duplicate: 1,
    });
    expect(report.leftOut.duplicate.examples).toEqual([
      { path: at("copy.jpg"), detail: `same as ${at("good.jpg")}` },
    ]);
    expect(report.leftOut["too small"].examples[0].detail).toBe("300x63, needs 64");
    expect(report.leftOut.unreadable.examples.map(({ detail }) => detail)).toEqual(["EISDIR", "ENOENT"]);
    expect(progress).toHaveLength(10);
    expect(progress[9]).toBe(1);
    expect(summarizeScan(report)).toBe(
      "2 photos of 10; left out: 2 unreadable, 3 corrupt, 1 too small, 1 near gray, 1 duplicate",
    );
  }));

it("fails when too little remains, with the main reason and its remedy", () =>
  withFolder(async (folder) => {
    const paths = [
      await writePhoto(join(folder, "a.png"), 50, 50, 1),
      await writePhoto(join(folder, "b.png"), 90, 90, 2),
    ];
    const options = { cropSize: 64, minimum: 2 };
    await expect(scanPhotos(paths, options)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        /1 photo of 2; left out: 1 too small, but 2 needed.*smaller --crop-size/,
      ),
    });
    expect((await scanPhotos(paths, { ...options, minimum: 1 })).photos).toHaveLength(1);
    await expect(scanPhotos([], options)).rejects.toThrow(/give more photos/);
  }));

it("remembers photos until they change, whatever the thresholds, and survives a damaged cache", () =>
  withFolder(async (folder) => {
    const cacheFile = join(folder, "scan.json");
    const paths = [
      await writePhoto(join(folder, "a.png"), 50, 50, 1),
      await writePhoto(join(folder, "b.png"), 90, 90, 2),
    ];
    const first = await scanPhotos(paths, { cropSize: 32, cacheFile });
    expect(first.fromCache).toBe(0);
    const second = await scanPhotos(paths, { cropSize: 32, cacheFile });
    expect(second).toEqual({ ...first, fromCache: 2 });
    expect((await scanPhotos(paths, { cropSize: 64, cacheFile })).photos).toHaveLength(1);

    await writePhoto(paths[0], 70, 80, 3);
    await utimes(paths[0], 1, 1);
    const changed = await scanPhotos(paths, { cropSize: 64, cacheFile });
    expect(changed.fromCache).toBe(1);
    expect(changed.photos[0]).toMatchObject({ width: 70, height: 80 });
    expect(Object.keys(JSON.parse(await readFile(cacheFile, "utf8")).files)).toHaveLength(2);

    await writeFile(cacheFile, "{ half");
    expect((await scanPhotos(paths, { cropSize: 64, cacheFile })).fromCache).toBe(0);
    const lost = await scanPhotos(paths, { cropSize: 64, cacheFile: join(folder, "no", "scan.json") });
    expect(lost.photos).toHaveLength(2);
    expect(lost.cacheError).toMatch(/scan\.json/);
  }));
