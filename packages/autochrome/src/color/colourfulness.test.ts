import { describe, expect, it } from "vitest";
import { colourfulness, isNearGray } from "./colourfulness.ts";

describe("colourfulness", () => {
  it("is 0 for gray and for no pixels", () => {
    expect(colourfulness(Uint8Array.of(0, 0, 0, 128, 128, 128, 255, 255, 255))).toBe(0);
    expect(colourfulness(new Uint8Array(0))).toBe(0);
  });

  it("matches the formula by hand for one red and one blue pixel", () => {
    // rg: 255, 0 (mean 127.5, variance 127.5²); yb: 127.5, -255 (mean -63.75, variance 191.25²).
    const expected = Math.hypot(127.5, 191.25) + 0.3 * Math.hypot(127.5, 63.75);
    expect(colourfulness(Uint8Array.of(255, 0, 0, 0, 0, 255))).toBeCloseTo(expected, 10);
  });

  it("keeps the signs: green and red cancel in the mean", () => {
    // rg: 200, -200; yb: 100, 100.
    expect(colourfulness(Uint8Array.of(200, 0, 0, 0, 200, 0))).toBeCloseTo(200 + 0.3 * 100, 10);
  });

  it("measures 16-bit pictures on the 8-bit scale", () => {
    const narrow = Uint8Array.of(10, 90, 200, 250, 3, 77, 8, 8, 9);
    const wide = Uint16Array.from(narrow, (level) => level * 257);
    expect(colourfulness(wide)).toBeCloseTo(colourfulness(narrow), 9);
  });

  it("tells a toned gray picture from a colourful one", () => {
    const sepia = Uint8Array.of(100, 96, 90, 50, 48, 45, 200, 193, 184);
    expect(isNearGray(sepia)).toBe(true);
    expect(isNearGray(Uint8Array.of(255, 0, 0, 0, 0, 255))).toBe(false);
    expect(isNearGray(sepia, 1)).toBe(false);
  });
});
