import { describe, expect, it } from "vitest";
import { pointsOf } from "./points.ts";
import { parseSweep } from "./settings.ts";

const sweep = (settings: Record<string, unknown>) => parseSweep({ base: { photos: ["x"] }, ...settings });

describe("pointsOf", () => {
  it("walks a grid with the last parameter fastest", () => {
    const points = pointsOf(sweep({ parameters: { lambda: [10, 50], normalization: ["batch", "none"] } }));
    expect(points).toEqual([
      { lambda: 10, normalization: "batch" },
      { lambda: 10, normalization: "none" },
      { lambda: 50, normalization: "batch" },
      { lambda: 50, normalization: "none" },
    ]);
  });

  it("divides ranges evenly on their scale, ends included", () => {
    const points = pointsOf(
      sweep({
        parameters: {
          generatorLearningRate: { min: 1e-5, max: 1e-3, scale: "log", points: 3 },
          width: { min: 2, max: 4, integer: true, points: 5 },
        },
      }),
    );
    expect([...new Set(points.map((point) => point.generatorLearningRate))]).toEqual([1e-5, 1e-4, 1e-3]);
    expect([...new Set(points.map((point) => point.width))]).toEqual([2, 3, 4]);
  });

  it("draws the same points for the same seed, keeps the first when there are more, and stays in range", () => {
    const random = (trials: number, seed: number) =>
      pointsOf(
        sweep({
          ...{ search: "random", trials, seed },
          parameters: {
            generatorLearningRate: { min: 1e-5, max: 1e-1, scale: "log" },
            depth: { min: 2, max: 4, integer: true },
            upsampling: ["nearest", "transposed"],
          },
        }),
      );
    const many = random(300, 7);
    expect(random(5, 7)).toEqual(many.slice(0, 5));
    expect(random(5, 8)).not.toEqual(many.slice(0, 5));
    const rates = many.map((point) => Number(point.generatorLearningRate));
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-5);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1e-1);
    // Log-uniform: half of them below the geometric mean.
    expect(rates.filter((rate) => rate < 1e-3).length / 300).toBeCloseTo(0.5, 1);
    for (const depth of [2, 3, 4]) {
      expect(many.filter((point) => point.depth === depth).length / 300).toBeCloseTo(1 / 3, 1);
    }
    expect(new Set(many.map((point) => point.upsampling)).size).toBe(2);
  });
});

describe("parseSweep", () => {
  it("names what is wrong", () => {
    const parameters = { lambda: [1, 2] };
    const refused: [Record<string, unknown>, RegExp][] = [
      [{ parameters: {} }, /'parameters' is empty/],
      [{ parameters: { lambda: [] } }, /'parameters.lambda' is wrong/],
      [{ parameters: { lamda: [1] } }, /parameters: 'lamda' is no setting. Did you mean 'lambda'/],
      [{ parameters, extra: 1 }, /\(extra\)/],
      [{ parameters: { run: ["a"] } }, /'run' cannot be varied: each trial has a folder/],
      [{ parameters: { seed: [1] } }, /'seed' cannot be varied: use 'seeds'/],
      [{ parameters, base: { photos: ["x"], lambda: 3 } }, /'lambda' is in both/],
      [{ parameters, base: { photos: ["x"], run: "r" } }, /base: 'run' does not belong/],
      [{ parameters, search: "random" }, /needs 'trials'/],
      [{ parameters, trials: 3 }, /'trials' belongs to a random search/],
      [{ parameters: { lambda: { min: 1, max: 2 } } }, /range of 'lambda' needs 'points'/],
      [{ parameters: { lambda: { min: 2, max: 1, points: 2 } } }, /'parameters.lambda' is wrong/],
      [{ parameters, seeds: [] }, /'seeds' is wrong/],
      [{ parameters, search: "bayes" }, /'search' is wrong/],
    ];
    for (const [settings, message] of refused) expect(() => sweep(settings)).toThrow(message);
    expect(() => parseSweep({ parameters })).toThrow(/has no 'base': it needs "base"/);
    expect(() => parseSweep({ parameters, bse: {} })).toThrow(/\(bse\)/);
    expect(() => parseSweep([])).toThrow(/the sweep's file is wrong/);
  });

  it("knows of which metrics less is better", () => {
    const goal = (metric: string) =>
      sweep({ parameters: { lambda: [1] }, objective: { metric } }).objective.goal;
    expect([goal("score"), goal("deltaE2000"), goal("psnr")]).toEqual(["maximize", "minimize", "maximize"]);
  });
});
