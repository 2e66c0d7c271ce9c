import { describe, expect, it } from "vitest";
import { Random } from "../random.ts";
import { type Aging, ageLuma, drawAging, isAging } from "./aging.ts";

const ALL: Aging = {
  orthochromatic: 1,
  blur: 2,
  vignette: 0.5,
  fade: 0.4,
  gamma: 0.5,
  grain: 0.05,
  grainSize: 1.5,
};

const ramp = () => Float32Array.from({ length: 201 }, (_, i) => i / 100 - 1);

function aged(luma: Float32Array, seed: number, aging: Aging, width = luma.length): Float32Array {
  ageLuma(luma, width, luma.length / width, drawAging(Random.of(seed), aging)!);
  return luma;
}

describe("isAging", () => {
  it("is true where a strength and a share are above 0", () => {
    expect(isAging({})).toBe(false);
    expect(isAging({ share: 1, fade: 0, grainSize: 1 })).toBe(false);
    expect(isAging({ share: 0, fade: 1 })).toBe(false);
    for (const key of ["orthochromatic", "blur", "vignette", "fade", "gamma", "grain"]) {
      expect(isAging({ [key]: 0.1 })).toBe(true);
    }
  });
});

describe("drawAging", () => {
  it("draws the same again, and each option leaves the others' draws alone", () => {
    const whole = drawAging(Random.of(8), ALL)!;
    expect(drawAging(Random.of(8), ALL)).toEqual(whole);
    expect(drawAging(Random.of(9), ALL)).not.toEqual(whole);
    expect(drawAging(Random.of(8), { ...ALL, orthochromatic: 0 })).toEqual({ ...whole, film: null });
    expect(drawAging(Random.of(8), { ...ALL, blur: 0 })).toEqual({ ...whole, blur: 0 });
    expect(drawAging(Random.of(8), { ...ALL, fade: 0 })).toEqual({ ...whole, black: 0, contrast: 1 });
    expect(drawAging(Random.of(8), { ...ALL, gamma: 0 })).toEqual({ ...whole, gamma: 1 });
    const still = { ...whole.vignette, strength: 0 };
    expect(drawAging(Random.of(8), { ...ALL, vignette: 0 })).toEqual({ ...whole, vignette: still });
    const white = { ...whole.grain, sigma: 0 };
    expect(drawAging(Random.of(8), { ...ALL, grainSize: 0 })).toEqual({ ...whole, grain: white });
  });

  it("ages the share asked for, and those as without it", () => {
    const looks = Array.from({ length: 1000 }, (_, i) => drawAging(Random.of(i), { ...ALL, share: 0.3 }));
    const count = looks.filter((look) => look !== null).length;
    expect(Math.abs(count - 300)).toBeLessThan(60);
    for (const [i, look] of looks.entries()) {
      if (look) expect(look).toEqual(drawAging(Random.of(i), ALL));
    }
    expect(drawAging(Random.of(1), { ...ALL, share: 0 })).toBeNull();
  });
});

describe("ageLuma", () => {
  it("leaves luma alone when all is off", () => {
    for (const [i, value] of aged(ramp(), 1, {}).entries()) expect(value).toBeCloseTo(i / 100 - 1, 6);
  });

  it("fades contrast by at most the share asked for, keeping order", () => {
    for (let i = 0; i < 20; i++) {
      const luma = aged(ramp(), i, { fade: 0.4 });
      const range = luma[200] - luma[0];
      expect(range).toBeGreaterThanOrEqual(1.2 - 1e-6);
      expect(range).toBeLessThanOrEqual(2);
      expect(luma[0]).toBeGreaterThanOrEqual(-1);
      expect(luma[200]).toBeLessThanOrEqual(1);
    }
  });

  it("gamma keeps black and white and bends between", () => {
    const middles = Array.from({ length: 50 }, (_, i) => {
      const luma = aged(ramp(), i, { gamma: 0.5 });
      expect(luma[0]).toBe(-1);
      expect(luma[200]).toBe(1);
      const { gamma } = drawAging(Random.of(i), { gamma: 0.5 })!;
      for (let k = 2; k < 201; k++) expect(luma[k]).toBeCloseTo(2 * (k / 200) ** gamma - 1, 3);
      return luma[100];
    });
    // 0.5 ** 1.5 and 0.5 ** (1 / 1.5), as [-1, 1].
    expect(Math.min(...middles)).toBeGreaterThanOrEqual(2 * 0.5 ** 1.5 - 1 - 1e-6);
    expect(Math.max(...middles)).toBeLessThanOrEqual(2 * 0.5 ** (1 / 1.5) - 1 + 1e-6);
    expect(Math.max(...middles) - Math.min(...middles)).toBeGreaterThan(0.3);
  });

  it("grain has the drawn strength at most and stays in range", () => {
    const luma = aged(new Float32Array(5000), 4, { grain: 0.05 });
    const deviation = Math.sqrt(luma.reduce((sum, x) => sum + x * x, 0) / luma.length);
    expect(deviation).toBeGreaterThan(0);
    // [-1, 1] is twice the full range.
    expect(deviation).toBeLessThan(0.1 * 1.05);
    // What has faded cannot be darker than the print's black nor lighter than its white.
    const dark = aged(new Float32Array(1000).fill(-0.9), 4, { grain: 0.5, fade: 0.5 });
    const { black, contrast } = drawAging(Random.of(4), { fade: 0.5 })!;
    expect(Math.min(...dark)).toBeCloseTo(2 * black - 1, 6);
    expect(Math.max(...dark)).toBeLessThanOrEqual(2 * (black + contrast) - 1 + 1e-6);
  });

  it("blur softens an edge and leaves its mean; a vignette darkens outwards only", () => {
    const edge = () => Float32Array.from({ length: 32 * 32 }, (_, i) => (i % 32 < 16 ? -0.5 : 0.5));
    const soft = aged(edge(), 2, { blur: 2 }, 32);
    expect(soft.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 3);
    expect(soft[16 * 32 + 16]).toBeLessThan(0.49);
    for (let x = 1; x < 32; x++)
      expect(soft[16 * 32 + x]).toBeGreaterThanOrEqual(soft[16 * 32 + x - 1] - 1e-6);
    const dark = aged(new Float32Array(32 * 32).fill(1), 2, { vignette: 0.5 }, 32);
    expect(Math.max(...dark)).toBeGreaterThan(0.99);
    const { strength } = drawAging(Random.of(2), { vignette: 0.5 })!.vignette;
    expect(Math.min(...dark)).toBeCloseTo(1 - 2 * strength, 5);
  });

  it("with everything at its strongest stays in [-1, 1]", () => {
    const strongest = {
      orthochromatic: 1,
      blur: 8,
      vignette: 0.9,
      fade: 1,
      gamma: 4,
      grain: 1,
      grainSize: 4,
    };
    for (let i = 0; i < 20; i++) {
      const random = Random.of(i, 1);
      const luma = Float32Array.from({ length: 24 * 24 }, () => random.between(-1, 1));
      for (const value of aged(luma, i, strongest, 24)) expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }
  });
});
