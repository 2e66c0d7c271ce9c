import { expect, it } from "vitest";
import { deltaE2000, linearToSrgb, relativeLuminance, rgbToLab } from "../../color/index.ts";
import type { Pixels } from "../pixels.ts";
import { type GeneratorRun, type Prediction, predictChroma } from "../prediction.ts";
import { COMMON_COLORS } from "./common-colors.ts";
import { suggestColors } from "./suggest.ts";
import { predictVariants } from "./variants.ts";

function flat(luma: number, a: number, b: number): Prediction {
  const n = 6 * 4;
  const chroma = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? a : b));
  return { width: 6, height: 4, luma: new Float32Array(n).fill(luma), chroma };
}

function labOf(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  const [L, a, b] = rgbToLab(Uint8Array.of(value >> 16, value >> 8, value));
  return [L!, a!, b!];
}

it("offers the network's answer first, then others apart from it and one another, at the photo's lightness", () => {
  for (const luma of [0, 12, 55, 91, 100]) {
    const suggestions = suggestColors([flat(luma, 8, 10), flat(luma, -20, 30)], 1, 0.5);
    expect(suggestions[0]!.reason).toBe("predicted");
    expect(suggestions.length).toBeLessThanOrEqual(6);
    const labs = suggestions.map(({ color }) => labOf(color));
    for (const [i, [L, a, b]] of labs.entries()) {
      expect(Math.abs(L - luma)).toBeLessThan(0.6);
      for (const [, a2, b2] of labs.slice(0, i))
        expect(deltaE2000(luma, a, b, luma, a2, b2)).toBeGreaterThan(7.5);
    }
  }
  const [first] = suggestColors([flat(55, 8, 10)], 0.5, 0.5);
  expect(labOf(first!.color)[1]).toBeCloseTo(8, 0);
  expect(labOf(first!.color)[2]).toBeCloseTo(10, 0);
});

it("gives one gray for black and for white, where sRGB has no other", () => {
  expect(suggestColors([flat(0, 30, 30)], 0, 0)).toEqual([{ color: "#000000", reason: "predicted" }]);
  expect(suggestColors([flat(100, 30, 30)], 0, 0)).toEqual([{ color: "#ffffff", reason: "predicted" }]);
});

it("offers what the network says of other views of the photo, and paints elsewhere", () => {
  const otherwise = suggestColors([flat(50, 0, 0), flat(50, 45, -45)], 0.5, 0.5);
  const nearest = otherwise.map(({ color }) => {
    const [, a, b] = labOf(color);
    return deltaE2000(50, a, b, 50, 45, -45);
  });
  expect(Math.min(...nearest)).toBeLessThan(10);
  const mixed = flat(50, 0, 0);
  mixed.chroma.fill(-50, 0, 12);
  const elsewhere = suggestColors([mixed], 0.9, 0.9).find(
    ({ reason }) => reason === "elsewhere in the photo",
  )!;
  expect(labOf(elsewhere.color)[2]).toBeLessThan(-10);
});

it("knows common colours for every tenth of lightness", () => {
  expect(COMMON_COLORS).toHaveLength(10);
  for (const bin of COMMON_COLORS) {
    const shares = bin.map(([, , share]) => share);
    expect(shares.every((share) => share > 0)).toBe(true);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(0.9);
  }
});

it("predicts variants upright again: whatever the view, left stays left", async () => {
  // It paints red what is bright, which in the photo lies on the right.
  const generator: GeneratorRun = {
    name: "ramp",
    space: "lab",
    multiple: 2,
    async run(input, height, width) {
      const out = new Float32Array(height * width * 2);
      for (let i = 0; i < input.length; i++) out[2 * i] = input[i]!;
      return out;
    },
  };
  const [width, height] = [40, 30];
  const rgb = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const gray = Math.round(255 * linearToSrgb(relativeLuminance((100 * (i % width)) / width)));
    rgb.fill(gray, 3 * i, 3 * i + 3);
  }
  const photo: Pixels = { width, height, rgb };
  const plain = await predictChroma(generator, photo, 16);
  const variants = await predictVariants(generator, photo, 16);
  expect(variants).toHaveLength(5);
  for (const { width: w, height: h, luma, chroma } of [plain, ...variants]) {
    expect([luma.length, chroma.length]).toEqual([w * h, 2 * w * h]);
    for (let y = 0; y < h; y++) {
      expect(chroma[2 * (y * w + 1)]!).toBeLessThan(chroma[2 * (y * w + w - 2)]!);
      expect(luma[y * w + 1]!).toBeLessThan(luma[y * w + w - 2]!);
    }
  }
  expect(variants.map((variant) => Math.min(variant.width, variant.height))).toEqual([16, 16, 16, 10, 24]);
});
