import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromaOfColor, type Hint } from "../chroma/index.ts";
import { Colorizer, loadColorizer } from "./colorizer.ts";
import { readModelFile } from "./model-file.ts";
import { openNetwork } from "./network.ts";
import { tinyModel } from "./testing.ts";

const HINTS: Hint[] = [{ x: 0.5, y: 0.5, color: "#3a6ea5" }];
const PHOTO = { width: 16, height: 16, rgb: new Uint8Array(16 * 16 * 3).fill(120) };

let folder: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-hinted-"));
  model = join(folder, "hinted.onnx");
  // Gives back the a and b that it is shown.
  const slope = [0, 0, 1, 0, 0, 1, 0, 0];
  writeFileSync(model, tinyModel({ slope, bias: [0, 0], metadata: { hints: true, formatVersion: 2 } }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("shows hints to a network whose file says that it takes them, zeros where there are none", async () => {
  const network = await openNetwork(await readModelFile(model));
  const { chroma } = await network.predict(PHOTO, 16, HINTS);
  const { a, b } = chromaOfColor(HINTS[0]!.color);
  for (const [x, y, inside] of [
    [8, 8, 1],
    [6, 10, 1],
    [5, 8, 0],
    [8, 11, 0],
  ] as const) {
    expect(chroma[2 * (y * 16 + x)]).toBeCloseTo(inside * a, 3);
    expect(chroma[2 * (y * 16 + x) + 1]).toBeCloseTo(inside * b, 3);
  }
  expect((await network.predict(PHOTO, 16)).chroma.every((value) => value === 0)).toBe(true);
  await network.dispose();
});

it("hands the colorizer's hints to the network and spreads them too", async () => {
  const opened = await loadColorizer({ model });
  const { info } = opened;
  await opened.dispose();
  expect(info.hints).toBe(true);
  const seen: (readonly Hint[] | undefined)[] = [];
  const gray = { width: 16, height: 16, luma: new Float32Array(256).fill(50), chroma: new Float32Array(512) };
  const network = {
    predict: async (_photo: unknown, _size: number, hints?: readonly Hint[]) => {
      seen.push(hints);
      return gray;
    },
    dispose: async () => {},
  };
  const painted = await new Colorizer(network, info, 16).colorize(
    { width: 16, height: 16, data: PHOTO.rgb },
    { hints: HINTS },
  );
  expect(seen).toEqual([HINTS]);
  // Flat lightness: the hint reaches the corner.
  const [red, , blue] = painted.rgb;
  expect(blue! - red!).toBeGreaterThan(20);
});
