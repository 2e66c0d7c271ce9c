import { describe, expect, it } from "vitest";
import { LUMINANCE_WEIGHTS, rgbToLuma } from "../../color/index.ts";
import { Random } from "../random.ts";
import { blurPlane, gaussianHalf } from "./blur.ts";
import { drawFilm } from "./film.ts";
import { addGrain } from "./grain.ts";
import { darkenCorners } from "./vignette.ts";

const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

/** What a point of light becomes: the kernel itself. */
function pointSpread(
  side: number,
  sigma: number,
  edges: "repeat" | "wrap",
  at = (side - 1) / 2,
): Float32Array {
  const plane = new Float32Array(side * side);
  plane[at * side + at] = 1;
  blurPlane(plane, side, side, gaussianHalf(sigma), edges);
  return plane;
}

describe("gaussianHalf", () => {
  it("adds up to 1 and has the variance asked for", () => {
    for (const sigma of [0.05, 0.3, 0.7, 1, 2.5, 8]) {
      const half = gaussianHalf(sigma);
      expect(2 * sum(half) - half[0]).toBeCloseTo(1, 12);
    }
    for (const sigma of [0.8, 1, 2.5, 8]) {
      const half = gaussianHalf(sigma);
      const variance = 2 * half.reduce((total, weight, i) => total + weight * i * i, 0);
      // A Gaussian cut off at three sigmas has 0.973 of its variance.
      expect(variance / sigma ** 2).toBeGreaterThan(0.97);
      expect(variance / sigma ** 2).toBeLessThan(1.001);
    }
  });

  it("is the Gaussian: neighbours' ratios are e^(-1/2) and e^(-3/2) at sigma 1", () => {
    const half = gaussianHalf(1);
    expect(half).toHaveLength(4);
    expect(half[1] / half[0]).toBeCloseTo(Math.exp(-0.5), 12);
    expect(half[2] / half[1]).toBeCloseTo(Math.exp(-1.5), 12);
  });
});

describe("blurPlane", () => {
  it("spreads a point alike in both directions, by the kernel's products", () => {
    const half = gaussianHalf(1.5);
    const plane = pointSpread(21, 1.5, "repeat");
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [2, -3],
      [-5, 5],
    ]) {
      const expected = half[Math.abs(dx)] * half[Math.abs(dy)];
      expect(plane[(10 + dy) * 21 + 10 + dx]).toBeCloseTo(expected, 7);
    }
    expect(sum(plane)).toBeCloseTo(1, 5);
  });

  it("keeps what is even, up to every edge, also of a plane narrower than the kernel", () => {
    for (const edges of ["repeat", "wrap"] as const) {
      for (const [width, height] of [
        [9, 5],
        [3, 2],
        [1, 4],
      ]) {
        const plane = new Float32Array(width * height).fill(0.7);
        blurPlane(plane, width, height, gaussianHalf(2), edges);
        for (const value of plane) expect(value).toBeCloseTo(0.7, 6);
      }
    }
  });

  it("blurs an oblong plane as rows and columns lie", () => {
    // Rises along x alone: nothing changes along y, and the middle of a straight rise stays.
    const [width, height] = [16, 3];
    const plane = Float32Array.from({ length: width * height }, (_, i) => i % width);
    blurPlane(plane, width, height, gaussianHalf(1), "repeat");
    for (let y = 0; y < height; y++) {
      for (let x = 3; x < width - 3; x++) expect(plane[y * width + x]).toBeCloseTo(x, 5);
      expect(plane[y * width]).toBeGreaterThan(0.3);
    }
  });

  it("wraps: a corner's point spreads as a middle's does", () => {
    const corner = pointSpread(9, 1, "wrap", 0);
    const middle = pointSpread(9, 1, "wrap");
    const moved = Array.from(corner, (_, i) => {
      const [x, y] = [i % 9, Math.floor(i / 9)];
      return middle[((y + 4) % 9) * 9 + ((x + 4) % 9)];
    });
    for (const [i, value] of moved.entries()) expect(corner[i]).toBeCloseTo(value, 7);
  });
});

describe("darkenCorners", () => {
  it("leaves the centre, takes the share from the corners and cos^4 between", () => {
    const side = 101;
    const plane = new Float32Array(side * side).fill(1);
    darkenCorners(plane, side, side, 0.5, 0.5, 0.5);
    expect(plane[50 * side + 50]).toBe(1);
    for (const corner of [0, side - 1, side * (side - 1), side * side - 1]) {
      expect(plane[corner]).toBeCloseTo(0.5, 6);
    }
    // At the corner cos^4 is 0.5, so tan^2 is sqrt(2) - 1; at an edge's middle, half of that.
    expect(plane[50 * side]).toBeCloseTo(1 / (1 + (Math.SQRT2 - 1) / 2) ** 2, 6);
  });

  it("darkens the corner farthest from a shifted centre most", () => {
    const plane = new Float32Array(40 * 20).fill(1);
    darkenCorners(plane, 40, 20, 0.4, 0.25, 0.25);
    expect(plane[40 * 20 - 1]).toBeCloseTo(0.6, 6);
    expect(Math.min(...plane)).toBeCloseTo(0.6, 6);
    expect(plane[0]).toBeGreaterThan(0.9);
  });
});

describe("drawFilm", () => {
  const films = Array.from({ length: 1000 }, (_, i) => drawFilm(Random.of(i), 1));

  it("has weights that add up to 1, none below 0, so that gray stays as it is", () => {
    for (const weights of films) {
      expect(sum(weights)).toBeCloseTo(1, 12);
      expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
    }
    const gray = Uint8Array.of(90, 90, 90);
    const [luma] = rgbToLuma(gray);
    for (const weights of films.slice(0, 20)) {
      expect(rgbToLuma(gray, new Float32Array(1), weights)[0]).toBeCloseTo(luma, 4);
    }
  });

  it("is luminance at 0, and never farther from it than allowed", () => {
    expect(drawFilm(Random.of(3), 0)).toEqual(LUMINANCE_WEIGHTS);
    for (let i = 0; i < 200; i++) {
      const [red, green, blue] = drawFilm(Random.of(i), 0.3);
      const [r, g, b] = LUMINANCE_WEIGHTS;
      // The farthest films weigh red 0.9, or green 0.1 and blue 0.9.
      expect(red).toBeLessThan(r + 0.3 * (0.9 - r) + 1e-12);
      expect(red).toBeGreaterThanOrEqual(0.7 * r);
      expect(green).toBeGreaterThanOrEqual(g + 0.3 * (0 - g));
      expect(blue).toBeLessThan(b + 0.3 * (0.9 - b) + 1e-12);
    }
  });

  it("reaches films that see no red, nearly blue alone, equal colours and a red filter", () => {
    expect(Math.min(...films.map(([red]) => red))).toBeLessThan(0.01);
    expect(Math.max(...films.map(([, , blue]) => blue))).toBeGreaterThan(0.8);
    expect(Math.max(...films.map(([red]) => red))).toBeGreaterThan(0.8);
    expect(Math.min(...films.map((film) => Math.max(...film) - Math.min(...film)))).toBeLessThan(0.1);
    // Half of them lose red, by half of it in the mean.
    const losing = films.filter(([red, , blue]) => red < LUMINANCE_WEIGHTS[0] && blue > 0.0722);
    expect(losing.length).toBeGreaterThan(430);
    expect(losing.length).toBeLessThan(570);
  });

  it("makes red dark and blue bright where red is not seen", () => {
    const pixels = Uint8Array.of(200, 30, 30, 60, 110, 220);
    const [red, blue] = rgbToLuma(pixels);
    const [darkRed, brightBlue] = rgbToLuma(pixels, new Float32Array(2), [0, 0.4, 0.6]);
    // Linear light of 30 / 255 is 0.01298: L* 11.26. Of the blue pixel 0.4 * 0.1559 + 0.6 * 0.7157: L* 75.56.
    expect(darkRed).toBeCloseTo(11.26, 2);
    expect(brightBlue).toBeCloseTo(75.56, 1);
    expect(darkRed).toBeLessThan(red - 20);
    expect(brightBlue).toBeGreaterThan(blue + 20);
  });
});

describe("addGrain", () => {
  /** Mean, deviation, and correlations with the neighbours to the right and below. */
  function statistics(side: number, deviation: number, sigma: number, level = 0.5) {
    const plane = new Float32Array(side * side).fill(level);
    addGrain(plane, side, side, deviation, sigma, 5);
    const noise = plane.map((value) => value - level);
    const variance = sum(noise.map((value) => value * value)) / noise.length;
    const with_ = (step: number) =>
      sum(noise.subarray(step).map((value, i) => value * noise[i])) / (noise.length - step) / variance;
    return {
      mean: sum(noise) / noise.length,
      deviation: Math.sqrt(variance),
      right: with_(1),
      below: with_(side),
    };
  }

  it("has mean 0, the deviation asked for and no correlation where it is white", () => {
    const { mean, deviation, right, below } = statistics(256, 0.1, 0);
    expect(Math.abs(mean)).toBeLessThan((0.1 * 4) / 256);
    expect(deviation).toBeCloseTo(0.1, 3);
    expect(Math.abs(right)).toBeLessThan(4 / 256);
    expect(Math.abs(below)).toBeLessThan(4 / 256);
  });

  it("keeps its deviation where it is smooth, and is as smooth as its sigma says", () => {
    for (const sigma of [0.7, 1, 1.5]) {
      const { deviation, right, below } = statistics(256, 0.1, sigma);
      expect(deviation / 0.1).toBeGreaterThan(0.96);
      expect(deviation / 0.1).toBeLessThan(1.04);
      // A Gaussian's autocorrelation is a Gaussian of twice the variance.
      const expected = Math.exp(-1 / (4 * sigma * sigma));
      expect(Math.abs(right - expected)).toBeLessThan(0.03);
      expect(Math.abs(below - expected)).toBeLessThan(0.03);
    }
  });

  it("is weaker in dark and light tones by sqrt(4 c (1 - c)), none in black and white", () => {
    // 4 * 0.2 * 0.8 is 0.64.
    expect(statistics(256, 0.04, 0, 0.2).deviation).toBeCloseTo(0.032, 3);
    expect(statistics(256, 0.04, 1, 0.8).deviation).toBeCloseTo(0.032, 2);
    for (const level of [0, 1]) expect(statistics(16, 0.5, 0, level).deviation).toBe(0);
  });

  it("is the same for the same seed and another for another", () => {
    const grainOf = (seed: number) => {
      const plane = new Float32Array(64).fill(0.5);
      addGrain(plane, 8, 8, 0.1, 0, seed);
      return plane.map((value) => (value - 0.5) / 0.1);
    };
    expect(grainOf(1)).toEqual(grainOf(1));
    expect(grainOf(1)).not.toEqual(grainOf(2));
    // Neighbouring seeds are not shifted copies of each other.
    const [one, two] = [grainOf(1), grainOf(2)];
    expect(Math.abs(sum(one.map((value, i) => value * two[i])) / 64)).toBeLessThan(0.5);
  });
});
