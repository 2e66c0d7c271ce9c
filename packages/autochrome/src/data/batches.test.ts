import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { rgbToLuma } from "../color/index.ts";
import { type Batch, PhotoBatches, type PhotoBatchesOptions } from "./batches.ts";
import type { DecodedPhoto } from "./photo-cache.ts";
import { withFolder, writePhoto } from "./test-photos.ts";

/** Ten photos whose red says which they are and whose green and blue say where. */
const photos = Array.from({ length: 10 }, (_, i) => ({ path: `photo ${i}` }));
async function decodePainted(input: string | Buffer): Promise<DecodedPhoto> {
  const path = String(input);
  const [width, height] = [40, 30];
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.set([Number(path.slice(6)) * 20, x * 6, y * 8], (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}

const options: PhotoBatchesOptions = { photos, cropSize: 16, batchSize: 4, seed: 7, decode: decodePainted };

async function take(batches: PhotoBatches, count: number): Promise<Batch[]> {
  const taken: Batch[] = [];
  for (let i = 0; i < count; i++) taken.push(await batches.next());
  await batches.close();
  return taken;
}

it("gives the documented shapes and ranges in both spaces", async () => {
  const [lab] = await take(new PhotoBatches(options), 1);
  expect(lab.input).toHaveLength(4 * 16 * 16);
  expect(lab.target).toHaveLength(4 * 16 * 16 * 2);
  const [rgb] = await take(new PhotoBatches({ ...options, space: "rgb" }), 1);
  expect(rgb.target).toHaveLength(4 * 16 * 16 * 3);
  for (const values of [lab.input, lab.target, rgb.input, rgb.target]) {
    expect(values.every((value) => value >= -1 && value <= 1)).toBe(true);
  }
  // Both spaces see the same crops: the gray has the L* that Lab's input says.
  for (const [i, value] of rgb.input.entries()) {
    const level = Math.round((value + 1) * 127.5);
    const [luma] = rgbToLuma(Uint8Array.of(level, level, level));
    expect(Math.abs(luma - (lab.input[i] + 1) * 50)).toBeLessThan(0.25);
  }
});

it("passes through every photo once an epoch, in another order each time", async () => {
  const paths = (await take(new PhotoBatches(options), 5)).flatMap((batch) => batch.paths);
  const all = photos.map(({ path }) => path);
  expect([...paths.slice(0, 10)].sort()).toEqual(all);
  expect([...paths.slice(10)].sort()).toEqual(all);
  expect(paths.slice(10)).not.toEqual(paths.slice(0, 10));
});

it("resumes at any step with the identical bytes, whatever is cached or read ahead", async () => {
  const aging = {
    share: 0.7,
    orthochromatic: 1,
    blur: 1,
    vignette: 0.4,
    fade: 0.3,
    grain: 0.02,
    grainSize: 1,
  };
  const whole = await take(new PhotoBatches({ ...options, aging }), 8);
  expect(whole.map(({ step, epoch }) => [step, epoch])).toEqual(
    [0, 0, 0, 1, 1, 2, 2, 2].map((epoch, step) => [step, epoch]),
  );
  for (const start of [1, 5]) {
    const resumed = new PhotoBatches({
      ...options,
      aging,
      prefetch: start,
      cacheBytes: 8000,
    });
    await resumed.next();
    resumed.seek(start);
    expect(resumed.step).toBe(start);
    expect(await take(resumed, 3)).toEqual(whole.slice(start, start + 3));
  }
  const [other] = await take(new PhotoBatches({ ...options, seed: 8 }), 1);
  expect(other.paths).not.toEqual(whole[0].paths);
});

it("ages the input of the share of crops asked for and nothing else", async () => {
  for (const space of ["lab", "rgb"] as const) {
    const plain = await take(new PhotoBatches({ ...options, space }), 10);
    const off = {
      share: 1,
      orthochromatic: 0,
      blur: 0,
      vignette: 0,
      fade: 0,
      gamma: 0,
      grain: 0,
      grainSize: 2,
    };
    expect(await take(new PhotoBatches({ ...options, space, aging: off }), 10)).toEqual(plain);
    const aging = {
      share: 0.5,
      orthochromatic: 1,
      blur: 1,
      vignette: 0.4,
      fade: 0.3,
      gamma: 0.3,
      grain: 0.05,
    };
    const aged = await take(new PhotoBatches({ ...options, space, aging }), 10);
    let untouched = 0;
    for (const [i, { input, target, paths }] of aged.entries()) {
      expect(target).toEqual(plain[i].target);
      expect(paths).toEqual(plain[i].paths);
      for (let slot = 0; slot < 4; slot++) {
        const part = (values: Float32Array) => values.subarray(slot * 256, (slot + 1) * 256);
        if (part(input).every((value, k) => value === part(plain[i].input)[k])) untouched++;
        else expect(part(input).every((value) => value >= -1 && value <= 1)).toBe(true);
      }
    }
    expect(untouched).toBeGreaterThan(10);
    expect(untouched).toBeLessThan(30);
  }
});

it("shows the network the gray of another film, and asks for the true colours", async () => {
  const decode = async (): Promise<DecodedPhoto> => {
    const rgb = new Uint8Array(32 * 32 * 3);
    for (let i = 0; i < rgb.length; i += 3) rgb.set([200, 30, 30], i);
    return { width: 32, height: 32, rgb };
  };
  const [trueRed] = rgbToLuma(Uint8Array.of(200, 30, 30));
  const plain = await take(new PhotoBatches({ ...options, decode }), 10);
  const aged = await take(new PhotoBatches({ ...options, decode, aging: { orthochromatic: 1 } }), 10);
  expect(aged.map(({ target }) => target)).toEqual(plain.map(({ target }) => target));
  const lightness = aged.flatMap(({ input }) => [0, 1, 2, 3].map((slot) => (input[slot * 256] + 1) * 50));
  expect(plain[0].input[0]).toBeCloseTo(trueRed / 50 - 1, 5);
  // L* of linear light 0.01298, were no red seen at all, and of 0.9 * 0.5776 + 0.1 * 0.01298, behind a red filter.
  expect(Math.min(...lightness)).toBeGreaterThan(11.3);
  expect(Math.min(...lightness)).toBeLessThan(trueRed - 12);
  expect(Math.max(...lightness)).toBeLessThan(77.4);
  expect(Math.max(...lightness)).toBeGreaterThan(trueRed + 10);
});

it("cuts, scales and mirrors what it says: positions rise evenly over the crop", async () => {
  // In space rgb, green is 6 x and blue 8 y of the photo's pixels.
  const batches = await take(new PhotoBatches({ ...options, space: "rgb" }), 10);
  const spans: number[] = [];
  let mirrored = 0;
  for (const { target, paths } of batches) {
    for (const [slot, path] of paths.entries()) {
      const at = (x: number, y: number, channel: number) =>
        (target[((slot * 16 + y) * 16 + x) * 3 + channel] + 1) * 127.5;
      expect(at(8, 8, 0)).toBeCloseTo(Number(path.slice(6)) * 20, 3);
      const width = (at(12, 8, 1) - at(4, 8, 1)) / 6;
      const height = (at(8, 12, 2) - at(8, 4, 2)) / 8;
      if (width < 0) mirrored++;
      // Square crops: as many pixels wide as high; 8 of 16 pixels here.
      expect(Math.abs(Math.abs(width) - height)).toBeLessThan(0.7);
      spans.push(height * 2);
    }
  }
  expect(mirrored).toBeGreaterThan(8);
  expect(mirrored).toBeLessThan(32);
  expect(Math.min(...spans)).toBeGreaterThan(15);
  expect(Math.max(...spans)).toBeLessThan(31);
  expect(Math.max(...spans) - Math.min(...spans)).toBeGreaterThan(8);
});

it("puts the next photo in the place of one that fails, reports it once and resumes the same", async () => {
  const decode = async (path: string | Buffer) => {
    if (path === "photo 3" || path === "photo 4") throw new Error("damaged");
    return decodePainted(path);
  };
  const skipped: string[] = [];
  const onSkip = ({ path }: { path: string }) => skipped.push(path);
  const whole = await take(new PhotoBatches({ ...options, decode, onSkip }), 5);
  expect(skipped.sort()).toEqual(["photo 3", "photo 4"]);
  const paths = whole.flatMap((batch) => batch.paths);
  expect(paths).not.toContain("photo 3");
  const intact = (await take(new PhotoBatches(options), 5)).flatMap((batch) => batch.paths);
  for (const [i, path] of intact.entries()) {
    if (path !== "photo 3" && path !== "photo 4") expect(paths[i]).toBe(path);
  }
  const resumed = new PhotoBatches({ ...options, decode });
  resumed.seek(3);
  expect(await take(resumed, 2)).toEqual(whole.slice(3));
});

it("says so when no photo decodes any more, or a photo is smaller than the crop", async () => {
  const decode = async () => {
    throw new Error("gone");
  };
  const none = new PhotoBatches({ ...options, decode });
  await expect(none.next()).rejects.toThrow(/None of the 10 photos/);
  await none.close();
  const errors: string[] = [];
  const small = new PhotoBatches({
    ...options,
    cropSize: 31,
    onSkip: ({ error }) => errors.push(error.message),
  });
  await expect(small.next()).rejects.toThrow(/None of/);
  await small.close();
  expect(errors[0]).toMatch(/40x30, smaller than the crop of 31/);
});

it("keeps photos up to the budget and decodes one once even when asked twice at the same time", async () => {
  let decoded = 0;
  const decode = (path: string | Buffer) => {
    decoded++;
    return decodePainted(path);
  };
  await take(new PhotoBatches({ ...options, decode }), 10);
  expect(decoded).toBe(10);
  const tight = new PhotoBatches({ ...options, decode, cacheBytes: 3 * 3600 + 1 });
  for (let i = 0; i < 10; i++) await tight.next();
  expect(tight.cachedBytes).toBe(3 * 3600);
  await tight.close();
  expect(tight.cachedBytes).toBe(0);
});

it("works on files, goes on without one removed in mid-run, and measures the wait", () =>
  withFolder(async (folder) => {
    const files = await Promise.all(
      [0, 1, 2, 3, 4].map(async (i) => ({ path: await writePhoto(join(folder, `${i}.png`), 60, 50, i) })),
    );
    await rm(files[1].path);
    await writeFile(files[2].path, "no picture");
    const skipped: string[] = [];
    const batches = new PhotoBatches({
      photos: files,
      cropSize: 32,
      batchSize: 2,
      seed: 1,
      onSkip: ({ error }) => skipped.push(error.message),
    });
    expect(batches.waitFraction).toBe(0);
    const taken = await take(batches, 6);
    expect(new Set(taken.flatMap((batch) => batch.paths)).size).toBe(3);
    expect(skipped).toHaveLength(2);
    expect(batches.waitFraction).toBeGreaterThan(0);
    expect(batches.waitFraction).toBeLessThanOrEqual(1);
  }));

it("refuses sizes that make no sense and use after close", async () => {
  expect(() => new PhotoBatches({ ...options, photos: [] })).toThrow(/no photos/);
  expect(() => new PhotoBatches({ ...options, batchSize: 0 })).toThrow(/batch size/);
  expect(() => new PhotoBatches({ ...options, cropSize: 1.5 })).toThrow(/crop size/);
  expect(() => new PhotoBatches({ ...options, scaleMax: 0.5 })).toThrow(/Try 2.25/);
  const batches = new PhotoBatches(options);
  expect(() => batches.seek(-1)).toThrow(/step/);
  await batches.close();
  await expect(batches.next()).rejects.toThrow(/closed/);
});
