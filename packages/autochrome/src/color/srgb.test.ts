import { describe, expect, it } from "vitest";
import { encodeLevel8, encodeLevel16, linearLevels, linearToSrgb, srgbToLinear } from "./srgb.ts";

describe("sRGB transfer", () => {
  it("matches IEC 61966-2-1 at hand-computed points", () => {
    expect(srgbToLinear(0)).toBe(0);
    expect(srgbToLinear(1)).toBeCloseTo(1, 12);
    expect(srgbToLinear(0.04)).toBeCloseTo(0.04 / 12.92, 12);
    expect(srgbToLinear(0.5)).toBeCloseTo(0.21404114, 8);
    expect(linearToSrgb(0.18)).toBeCloseTo(0.46135613, 8);
  });

  it("tabulates both depths", () => {
    const levels8 = linearLevels(new Uint8Array(0));
    const levels16 = linearLevels(new Uint16Array(0));
    expect(levels8.length).toBe(256);
    expect(levels16.length).toBe(65536);
    expect(levels8[188]).toBeCloseTo(srgbToLinear(188 / 255), 14);
    expect(levels16[188 * 257]).toBeCloseTo(levels8[188], 14);
  });

  it("encodes linear light to exactly the nearest 8-bit level", () => {
    let wrong = 0;
    for (let k = 0; k <= 100_000; k++) {
      const linear = k / 100_000;
      const exact = 255 * linearToSrgb(linear);
      // Between two levels either is nearest.
      if (Math.abs((exact % 1) - 0.5) > 1e-9 && encodeLevel8(linear) !== Math.round(exact)) wrong++;
    }
    expect(wrong).toBe(0);
  });

  it("encodes linear light within one 16-bit level and inverts every level exactly", () => {
    const levels = linearLevels(new Uint16Array(0));
    let wrong = 0;
    for (let level = 0; level < 65536; level++) if (encodeLevel16(levels[level]) !== level) wrong++;
    expect(wrong).toBe(0);
    let worst = 0;
    for (let k = 0; k <= 100_000; k++) {
      worst = Math.max(worst, Math.abs(encodeLevel16(k / 100_000) - 65535 * linearToSrgb(k / 100_000)));
    }
    expect(worst).toBeLessThan(0.8);
  });

  it("clips what lies outside and what is not a number", () => {
    for (const encode of [encodeLevel8, encodeLevel16]) {
      expect(encode(-0.1)).toBe(0);
      expect(encode(Number.NaN)).toBe(0);
    }
    expect(encodeLevel8(1.5)).toBe(255);
    expect(encodeLevel16(1.5)).toBe(65535);
  });
});
