import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RgbArray, rgbToLab, rgbToLuma } from "../../color/index.ts";
import { evaluateTone, isTinted, measureTones, planTones, restoreTones } from "./index.ts";

type Color = readonly [number, number, number];

const WIDTH = 200;
const HEIGHT = 150;

/** Tones in [0,1] of a scene: a bright gradient over dark, textured ground, from black to white. */
function scene(): Float64Array {
  const tones = new Float64Array(WIDTH * HEIGHT);
  let state = 1;
  for (let i = 0; i < tones.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const x = (i % WIDTH) / WIDTH;
    const y = Math.floor(i / WIDTH) / HEIGHT;
    const tone = y < 0.5 ? 0.96 - 0.6 * x * y * 2 : 0.05 + 0.45 * (1 - x) + 0.04 * Math.sin(40 * x * y);
    tones[i] = Math.min(1, Math.max(0, tone + 0.02 * (state / 2 ** 32 - 0.5)));
  }
  return tones;
}

/** The scene printed in one colour on paper of another; sRGB levels. */
function print(ink: Color, paper: Color, wide = false) {
  const rgb = new (wide ? Uint16Array : Uint8Array)(WIDTH * HEIGHT * 3);
  const scale = wide ? 257 : 1;
  scene().forEach((tone, i) => {
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = Math.round(scale * (ink[c]! + (paper[c]! - ink[c]!) * tone));
  });
  return { width: WIDTH, height: HEIGHT, rgb };
}

function lumaError(one: RgbArray, two: RgbArray): number {
  const a = rgbToLuma(one);
  const b = rgbToLuma(two);
  return Math.sqrt(a.reduce((sum, luma, i) => sum + (luma - b[i]!) ** 2, 0) / a.length);
}

const BLACK: Color = [0, 0, 0];
const WHITE: Color = [255, 255, 255];
const original = print(BLACK, WHITE);

describe("restoreTones", () => {
  // Root mean square errors of L* against the original, before (at least) and after (at most).
  it.each<[string, Color, Color, number, number]>([
    ["sepia", [45, 28, 16], [240, 222, 186], 7, 1],
    ["yellowed and pale", [70, 62, 48], [225, 210, 170], 13, 2],
    ["very faded, without a tint", [75, 75, 75], [195, 195, 195], 16, 6],
    ["slightly yellowed", [20, 19, 17], [235, 230, 215], 5, 0.8],
  ])("gives a %s print its tones back, in neutral gray", (_, ink, paper, before, after) => {
    const scan = print(ink, paper);
    const copy = scan.rgb.slice();
    const restored = restoreTones(scan);
    expect(scan.rgb.every((level, i) => level === copy[i])).toBe(true);
    const lab = rgbToLab(restored.rgb);
    expect(lab.every((value, i) => i % 3 === 0 || Math.abs(value) < 0.01)).toBe(true);
    expect(lumaError(scan.rgb, original.rgb)).toBeGreaterThan(before);
    expect(lumaError(restored.rgb, original.rgb)).toBeLessThan(after);
  });

  it("does at 16 bits what it does at 8", () => {
    const ink: Color = [45, 28, 16];
    const paper: Color = [240, 222, 186];
    const narrow = restoreTones(print(ink, paper));
    const wide = restoreTones(print(ink, paper, true));
    expect(wide.rgb).toBeInstanceOf(Uint16Array);
    // Rounding to 8 bits before and after; in 16 bits itself far less.
    expect(lumaError(narrow.rgb, wide.rgb)).toBeLessThan(0.3);
    const levels = new Set(wide.rgb);
    expect(levels.size).toBeGreaterThan(2000);
  });

  it.each<[string, { width: number; height: number; rgb: RgbArray }]>([
    ["neutral and from black to white", original],
    ["dark", print(BLACK, [110, 110, 110])],
    ["bright, as fog and snow are", print([150, 150, 150], WHITE)],
    ["a cyanotype: blue is no paper's age", print([20, 40, 80], [225, 235, 240])],
    ["full of range, in a warm tint", print([3, 2, 1], [255, 248, 238])],
    ["of more colour than any paper", print([90, 40, 0], [255, 170, 20])],
    ["of one pixel", { width: 1, height: 1, rgb: Uint8Array.of(180, 150, 100) }],
    ["flat", { width: 40, height: 30, rgb: new Uint8Array(3600).fill(90) }],
    [
      "flat, of old paper",
      { width: 30, height: 40, rgb: Uint8Array.from({ length: 3600 }, (_, i) => [222, 200, 150][i % 3]!) },
    ],
    ["a line", { width: 300, height: 1, rgb: new Uint8Array(900).fill(7) }],
  ])("leaves a photo alone that is %s", (_, photo) => {
    expect(restoreTones(photo)).toBe(photo);
  });

  it("leaves a colour photo alone, however warm", () => {
    // Skin and straw at the same L*: chroma is no function of luma.
    const photo = print([60, 45, 30], [225, 205, 170]);
    for (let i = 0; i < photo.rgb.length; i += 3) if ((i / 3) % WIDTH > WIDTH / 2) photo.rgb[i + 2]! *= 0.8;
    expect(isTinted(measureTones(photo))).toBe(false);
    expect(restoreTones(photo)).toBe(photo);
  });

  it("clips nothing: less than 0.5% of the pixels become black or white", () => {
    const { rgb } = restoreTones(print([70, 62, 48], [225, 210, 170]));
    const clipped = rgb.filter((level, i) => i % 3 === 0 && (level === 0 || level === 255));
    expect(clipped.length / (WIDTH * HEIGHT)).toBeLessThan(0.005);
  });
});

describe("measureTones", () => {
  it("finds black, white and the colour of a print", () => {
    const { black, white, tint, hue, spreadTail } = measureTones(print([45, 28, 16], [240, 222, 186]));
    const ends = rgbToLab(Uint8Array.of(45, 28, 16, 240, 222, 186));
    // The scene's tones reach from 0.02 to 0.97.
    expect(Math.abs(black - ends[0]!)).toBeLessThan(6);
    expect(Math.abs(white - ends[3]!)).toBeLessThan(4);
    expect(tint).toBeGreaterThan(8);
    expect(tint).toBeLessThan(25);
    expect(hue).toBeGreaterThan(60);
    expect(hue).toBeLessThan(90);
    expect(spreadTail).toBeLessThan(1);
  });
});

describe("planTones", () => {
  const sepia = { tint: 15, hue: 75, spread: 0.5, spreadTail: 1.5 };

  it("moves black and white by 22 at most, and multiplies contrast by 1.8 at most", () => {
    expect(planTones({ ...sepia, black: 15, white: 86 })).toMatchObject({ newBlack: 5, newWhite: 96 });
    expect(planTones({ ...sepia, black: 2, white: 60 })).toMatchObject({ newBlack: 2, newWhite: 82 });
    const flat = planTones({ ...sepia, black: 50, white: 70 })!;
    expect(flat.newWhite - flat.newBlack).toBeCloseTo(36, 9);
  });

  it("rises everywhere from 0 to 100", () => {
    const value = fc.double({ min: 0, max: 100, noNaN: true });
    fc.assert(
      fc.property(value, value, (one, two) => {
        const curve = planTones({ ...sepia, black: Math.min(one, two), white: Math.max(one, two) });
        if (curve === null) return;
        let last = evaluateTone(curve, 0);
        expect(last).toBeGreaterThanOrEqual(0);
        for (let luma = 0.5; luma <= 100; luma += 0.5) {
          const next = evaluateTone(curve, luma);
          expect(next).toBeGreaterThan(last);
          last = next;
        }
        expect(last).toBeLessThanOrEqual(100);
      }),
    );
  });
});
