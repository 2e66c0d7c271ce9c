import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
// The tiny network is the inference tests' own; nothing but tests may use it.
import { tinyModel } from "../inference/testing.ts";
import { train } from "../training/index.ts";
// A run of a second, the training tests' own.
import { makePhotos, testConfig } from "../training/testing.ts";
import { compareStorage, evaluate, measureStorage, type StoredFile } from "./index.ts";

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-storage-test-"));
  photos = await makePhotos(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function linear(name: string, slope: readonly number[]): Promise<string> {
  const path = join(root, `${name}.onnx`);
  await writeFile(path, tinyModel({ slope }));
  return path;
}

describe("compareStorage", () => {
  it("gives the differences of what evaluate measures", async () => {
    const [first, other] = [await linear("first", [0.1, -0.2]), await linear("other", [0.1, -0.25])];
    const files: StoredFile[] = [
      { weights: "float32", path: first },
      { weights: "float16", path: first },
      { weights: "int8", path: other },
    ];
    const seen: string[] = [];
    const [same, changed] = await compareStorage(files, {
      photos,
      limit: 5,
      onPhoto: ({ index, total }) => seen.push(`${index} of ${total}`),
    });
    expect(seen).toEqual([0, 1, 2, 3, 4].map((index) => `${index} of 5`));
    expect(same).toMatchObject({ weights: "float16", photos: 5 });
    expect([same!.deltaE2000.mean, same!.apart.mean]).toEqual([0, 0]);
    const [before, after] = await Promise.all(
      [first, other].map(async (model) => (await evaluate({ photos, model, limit: 5 })).result.model),
    );
    expect(changed!.weights).toBe("int8");
    for (const key of ["deltaE2000", "psnr", "hueAccuracy"] as const) {
      expect(changed![key].mean).toBeCloseTo(after![key].mean - before![key].mean, 6);
      expect(changed![key].low).toBeLessThanOrEqual(changed![key].mean);
    }
    expect(changed!.apart.mean).toBeGreaterThan(0.5);
  });

  it("says when there is nothing to measure on", async () => {
    const broken = join(root, "broken.png");
    await writeFile(broken, "no photo");
    const files: StoredFile[] = [{ weights: "float32", path: await linear("alone", [0.1, 0.1]) }];
    await expect(compareStorage(files, { photos: broken })).rejects.toThrow(/none of 1 photos can be read/);
  });
});

it("measures a run, and leaves nothing behind", async () => {
  const run = join(root, "run");
  await train(testConfig({ photos: [photos], run, steps: 2 }));
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("autochrome-storage-"));
  const loss = await measureStorage(run, "int8", { photos, limit: 3, exported: { checkpoint: "last" } });
  expect(loss).toMatchObject({ weights: "int8", photos: 3 });
  expect(Number.isFinite(loss.apart.mean)).toBe(true);
  expect(Math.abs(loss.deltaE2000.mean)).toBeLessThan(0.1);
  const after = (await readdir(tmpdir())).filter((name) => name.startsWith("autochrome-storage-"));
  expect(after).toEqual(before);
});
