import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rgbToLab } from "../../color/index.ts";
import { loadColorizer } from "../colorizer.ts";
import type { AdapterDeclaration } from "./adapter.ts";
import { type ForeignModelOptions, foreignModel } from "./testing.ts";

let folder: string;
let files = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-foreign-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(options: ForeignModelOptions): string {
  const path = join(folder, `net${files++}.onnx`);
  writeFileSync(path, foreignModel(options));
  return path;
}

/** A gray photo whose left and right halves have one level each. */
function halves(width: number, height: number, left: number, right: number): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? left : right));
}

/** L*, a*, b* at a place of the coloured photo. */
async function colouredAt(
  model: string,
  adapter: string | AdapterDeclaration | undefined,
  gray: Uint8Array,
  width: number,
  places: readonly [x: number, y: number][],
): Promise<number[][]> {
  const colorizer = await loadColorizer({ model, ...(adapter !== undefined && { adapter }) });
  try {
    const height = gray.length / width;
    const { rgb } = await colorizer.colorize({ data: gray, width, height, channels: 1 });
    expect(rgb).toHaveLength(width * height * 3);
    const lab = rgbToLab(rgb);
    return places.map(([x, y]) => [...lab.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]);
  } finally {
    await colorizer.dispose();
  }
}

/** L* of gray levels 90 and 160: 38.2 and 65.9 by the CIE formulas. */
const [DARK, LIGHT] = [90, 160];
const L = (level: number) => rgbToLab(Uint8Array.of(level, level, level))[0]!;

describe("ECCV16's contract", () => {
  it("takes L* in [0,100], gives a*, b* as they are, whatever the photo's proportion", async () => {
    expect([L(DARK), L(LIGHT)]).toEqual([expect.closeTo(38.2, 0), expect.closeTo(65.9, 0)]);
    // a* = 0.4 L* - 5, b* = 20 - 0.3 L*.
    const model = write({ weights: [[0.4], [-0.3]], bias: [-5, 20], height: 256, width: 256 });
    for (const [width, height] of [
      [256, 256],
      [701, 303],
      [90, 400],
      [31, 17],
    ] as const) {
      const places: [number, number][] = [
        [Math.floor(width / 8), Math.floor(height / 2)],
        [width - 1, height - 1],
      ];
      const seen = await colouredAt(model, "eccv16", halves(width, height, DARK, LIGHT), width, places);
      [DARK, LIGHT].forEach((level, i) => {
        const [luma, a, b] = seen[i]!;
        expect(Math.abs(luma! - L(level))).toBeLessThan(0.5);
        expect(Math.abs(a! - (0.4 * L(level) - 5))).toBeLessThan(0.7);
        expect(Math.abs(b! - (20 - 0.3 * L(level)))).toBeLessThan(0.7);
      });
    }
  });
});
