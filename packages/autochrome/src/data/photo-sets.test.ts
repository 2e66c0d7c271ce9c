import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it } from "vitest";
import { rgbToLab } from "../color/index.ts";
import { loadValidationPhotos, meanChroma } from "./photo-sets.ts";
import { withFolder, writePhoto } from "./test-photos.ts";

it("averages chroma over photos, each weighing the same", () =>
  withFolder(async (folder) => {
    const paint = async (name: string, width: number, background: { r: number; g: number; b: number }) => {
      const path = join(folder, name);
      await sharp({ create: { width, height: 80, channels: 3, background } }).toFile(path);
      return { path };
    };
    const photos = [
      await paint("red.png", 400, { r: 200, g: 50, b: 50 }),
      await paint("blue.png", 80, { r: 50, g: 60, b: 200 }),
      { path: join(folder, "missing.png") },
    ];
    const skipped: string[] = [];
    const mean = await meanChroma(photos, { onSkip: ({ path }) => skipped.push(path) });
    const lab = rgbToLab(Uint8Array.of(200, 50, 50, 50, 60, 200));
    expect(mean[0]).toBeCloseTo((lab[1] + lab[4]) / 2, 3);
    expect(mean[1]).toBeCloseTo((lab[2] + lab[5]) / 2, 3);
    expect(skipped).toEqual([photos[2].path]);
    const [a] = await meanChroma(photos, { sample: 1 });
    expect(a).toBeCloseTo(lab[1], 3);
  }));

it("loads validation photos in order, reduced to at most the long side, never enlarged", () =>
  withFolder(async (folder) => {
    const paths = [
      await writePhoto(join(folder, "wide.png"), 300, 100, 1),
      await writePhoto(join(folder, "high.jpg"), 90, 200, 2),
      join(folder, "bad.jpg"),
      await writePhoto(join(folder, "small.png"), 40, 30, 3),
    ];
    await writeFile(paths[2], "no picture");
    const skipped: string[] = [];
    const photos = await loadValidationPhotos(paths, {
      longSide: 100,
      onSkip: ({ error }) => skipped.push(error.message),
    });
    expect(photos.map(({ width, height }) => [width, height])).toEqual([
      [99, 33],
      [45, 100],
      [40, 30],
    ]);
    for (const { rgb, width, height } of photos) expect(rgb).toHaveLength(width * height * 3);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toContain("bad.jpg");
    await expect(loadValidationPhotos([paths[2]])).rejects.toThrow(/None of 1 photos/);
    await expect(meanChroma([])).rejects.toThrow(/no photos/);
  }));
