import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RgbArray, rgbToLab, rgbToLuma } from "../color/index.ts";
import { type Colorizer, loadColorizer } from "./colorizer.ts";
import { tinyModel } from "./testing.ts";

let folder: string;
let colorizer: Colorizer;

async function load(name: string, bytes: Uint8Array): Promise<Colorizer> {
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, bytes);
  return loadColorizer({ model: path });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "autochrome-colorizer-"));
  // Strong chroma that varies with luma: much of it lies outside sRGB and has to be mapped.
  colorizer = await load("strong", tinyModel({ slope: [0.5, -0.6], bias: [0.3, 0.1] }));
});
afterAll(async () => {
  await colorizer.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** Noise over a gradient, gray or coloured, from a small linear congruential generator. */
function picture(width: number, height: number, channels: number, levels: 256 | 65536): RgbArray {
  const data = new (levels === 256 ? Uint8Array : Uint16Array)(width * height * channels);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const gradient = ((i / channels) % width) / width;
    data[i] = Math.floor((0.6 * gradient + 0.4 * (state / 2 ** 32)) * levels);
  }
  return data;
}

function worstLumaError(before: RgbArray, after: RgbArray): number {
  const one = rgbToLuma(before);
  const two = rgbToLuma(after);
  return one.reduce((worst, luma, i) => Math.max(worst, Math.abs(luma - two[i])), 0);
}

describe("Colorizer.colorize", () => {
  it.each([
    [1, 1],
    [2, 3],
    [97, 61],
    [64, 64],
    [3000, 7],
    [5, 2111],
  ])("keeps the size and L* within 1 of a %i x %i photo", async (width, height) => {
    const data = picture(width, height, 3, 256);
    const result = await colorizer.colorize({ data, width, height, channels: 3 });
    expect([result.width, result.height, result.channels, result.bitDepth]).toEqual([width, height, 3, 8]);
    expect(result.data).toHaveLength(width * height * 3);
    expect(worstLumaError(data, result.rgb)).toBeLessThan(1);
  });

  it("colours gray pixels and leaves the input alone", async () => {
    const data = picture(50, 40, 1, 256);
    const before = data.slice();
    const result = await colorizer.colorize({ data, width: 50, height: 40 });
    expect(data).toEqual(before);
    const lab = rgbToLab(result.rgb);
    const coloured = result.rgb.filter((_, i) => i % 3 === 0 && Math.hypot(lab[i + 1], lab[i + 2]) > 10);
    expect(coloured.length).toBeGreaterThan(1000);
    const levels = Uint8Array.from({ length: 6000 }, (_, i) => data[Math.floor(i / 3)]);
    expect(worstLumaError(levels, result.rgb)).toBeLessThan(1);
  });

  it("gives each pixel the network's chroma", async () => {
    // a = 110 * 0.1, b = 110 * -0.15 everywhere, well inside sRGB at L* 53.4 (gray 127).
    const flat = await load("flat", tinyModel({ slope: [0, 0], bias: [0.1, -0.15] }));
    const data = new Uint8Array(30 * 20).fill(127);
    const lab = rgbToLab((await flat.colorize({ data, width: 30, height: 20 })).rgb);
    const half = rgbToLab((await flat.colorize({ data, width: 30, height: 20 }, { saturation: 0.5 })).rgb);
    for (let i = 0; i < lab.length; i += 3) {
      expect(Math.abs(lab[i + 1] - 11)).toBeLessThan(0.6);
      expect(Math.abs(lab[i + 2] + 16.5)).toBeLessThan(0.6);
      expect(Math.abs(half[i + 1] - 5.5)).toBeLessThan(0.6);
    }
    await flat.dispose();
  });

  it("takes the chroma of a network that predicts R, G, B", async () => {
    // Output in [-1,1] is sRGB (204, 102, 51): L* 54.9, a* 36.8, b* 46.6 by the CIE formulas.
    const levels = [204, 102, 51].map((level) => level / 127.5 - 1);
    const rgb = await load("rgb", tinyModel({ slope: [0, 0, 0], bias: levels }));
    const data = new Uint8Array(16).fill(131);
    const expected = rgbToLab(Uint8Array.of(204, 102, 51));
    const lab = rgbToLab((await rgb.colorize({ data, width: 4, height: 4 })).rgb);
    expect(Math.abs(lab[1] - expected[1])).toBeLessThan(0.8);
    expect(Math.abs(lab[2] - expected[2])).toBeLessThan(0.8);
    await rgb.dispose();
  });

  it("feeds R, G, B networks gray / 127.5 - 1 of the same L*", async () => {
    // Output = input: gray in, the same gray out, so no chroma.
    const identity = await load("identity", tinyModel({ slope: [1, 1, 1], bias: [0, 0, 0] }));
    const data = Uint8Array.from({ length: 256 }, (_, i) => i);
    const result = await identity.colorize({ data, width: 16, height: 16 });
    expect([...result.rgb]).toEqual([...Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3))]);
    await identity.dispose();
  });

  it("keeps 16 bits, with L* far finer than 8 bits could", async () => {
    const data = picture(80, 50, 3, 65536) as Uint16Array;
    const result = await colorizer.colorize({ data, width: 80, height: 50, channels: 3 });
    expect(result.bitDepth).toBe(16);
    expect(result.rgb).toBeInstanceOf(Uint16Array);
    expect(worstLumaError(data, result.rgb)).toBeLessThan(0.02);
  });

  it("passes alpha through", async () => {
    const data = picture(31, 17, 4, 256);
    const result = await colorizer.colorize({ data, width: 31, height: 17, channels: 4 });
    expect(result.channels).toBe(4);
    const alphaIn = data.filter((_, i) => i % 4 === 3);
    expect(result.alpha).toEqual(alphaIn);
    expect(result.data.filter((_, i) => i % 4 === 3)).toEqual(alphaIn);
    expect(result.data.filter((_, i) => i % 4 !== 3)).toEqual(result.rgb);
  });

  it("keeps L* over a photo painted in several strips", async () => {
    const data = picture(700, 500, 3, 256);
    const result = await colorizer.colorize({ data, width: 700, height: 500 });
    expect(worstLumaError(data, result.rgb)).toBeLessThan(1);
  });

  it("names what is wrong with an image or an option", async () => {
    const image = { data: new Uint8Array(12), width: 2, height: 2 };
    await expect(colorizer.colorize({ ...image, width: 0 })).rejects.toThrow(/0 x 2 pixels/);
    await expect(colorizer.colorize({ ...image, channels: 4 })).rejects.toThrow(/holds 12 samples/);
    await expect(colorizer.colorize({ ...image, width: 5 })).rejects.toThrow(/holds 12 samples/);
    await expect(colorizer.colorize(image, { saturation: -1 })).rejects.toThrow(/from 0 to 10/);
    await expect(colorizer.colorize(image, { size: 1.5 })).rejects.toThrow(/whole number/);
  });
});
