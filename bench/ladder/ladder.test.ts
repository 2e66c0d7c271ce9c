import { describe, expect, it } from "vitest";
import type { EvaluationJson } from "../../packages/autochrome/src/evaluation/index.ts";
import { resolveConfig } from "../../packages/autochrome/src/training/config/index.ts";
import { quantileOf } from "./calibrate.ts";
import { checkpointEvery, costsAlike, LadderError, planRungs, selectRungs, stepsFor } from "./plan.ts";
import { BASE, RUNGS, type Rung } from "./rungs.ts";
import { figureTable, insertTable, questionTable, type RungResult, spread } from "./table.ts";

const question = "?";

describe("planRungs", () => {
  it("lays a rung's changes over those of the one before, or of the one that it names", () => {
    const rungs: Rung[] = [
      { name: "a", question, changes: { lambda: 30 } },
      { name: "b", question, changes: { width: 48 } },
      { name: "c", question, against: "a", changes: { lambda: 10, depth: 6 } },
    ];
    const [a, b, c] = planRungs(rungs, { preset: "small" });
    expect(a).toMatchObject({
      against: null,
      stages: [{ share: 1, settings: { preset: "small", lambda: 30 } }],
    });
    expect(b).toMatchObject({ against: "a" });
    expect(b!.stages[0]!.settings).toEqual({ preset: "small", lambda: 30, width: 48 });
    expect(c!.stages[0]!.settings).toEqual({ preset: "small", lambda: 10, depth: 6 });
  });

  it("lets stages be inherited, with changes below them, and taken away again", () => {
    const stages = [
      { share: 0.25, changes: { cropSize: 64 } },
      { share: 0.75, changes: { cropSize: 128 } },
    ];
    const [, b, c] = planRungs(
      [
        { name: "a", question, changes: {}, stages, size: 192 },
        { name: "b", question, changes: { lambda: 10 } },
        { name: "c", question, changes: {}, stages: [] },
      ],
      {},
    );
    expect(b!.stages).toEqual([
      { share: 0.25, settings: { lambda: 10, cropSize: 64 } },
      { share: 0.75, settings: { lambda: 10, cropSize: 128 } },
    ]);
    expect(b!.size).toBe(192);
    expect(c!.stages).toEqual([{ share: 1, settings: { lambda: 10 } }]);
  });

  it("refuses what cannot be meant, by name", () => {
    const rung = (more: Partial<Rung>): Rung => ({ name: "a", question, changes: {}, ...more });
    const refused: [Rung[], RegExp][] = [
      [[rung({}), rung({})], /two rungs 'a'/],
      [[rung({}), rung({ name: "b", against: "c" })], /'c', no rung before it/],
      [[rung({ name: "A b" })], /'A b' names folders/],
      [[rung({ changes: { lamda: 3 } as object })], /a: 'lamda' is no setting; did you mean 'lambda'/],
      [[rung({ stages: [{ share: 0.5, changes: {} }] })], /shares make 0.5, not 1/],
    ];
    for (const [rungs, message] of refused) {
      expect(() => planRungs(rungs, {})).toThrow(LadderError);
      expect(() => planRungs(rungs, {})).toThrow(message);
    }
  });

  it("makes settings that training takes of every rung", () => {
    for (const { name, stages, question: asked } of planRungs(RUNGS, BASE)) {
      expect(asked, name).toMatch(/\?$/);
      for (const { settings } of stages) resolveConfig({ flags: { photos: ["x"], ...settings, steps: 1 } });
    }
  });
});

describe("stepsFor", () => {
  const cost = { l1: 100, adversarial: 300 };

  it("fills the budget with both phases", () => {
    // 0.6 * 100 + 0.4 * 300 = 180 ms a step.
    expect(stepsFor(3, 1, { pretrainFraction: 0.6 }, cost)).toBe(1000);
    expect(stepsFor(3, 0.5, { pretrainFraction: 0.6 }, cost)).toBe(500);
    expect(stepsFor(3, 1, { pretrainFraction: 1 }, cost)).toBe(1800);
    expect(stepsFor(3, 1, { pretrainFraction: 0 }, cost)).toBe(600);
    // The preset's own share, 0.6.
    expect(stepsFor(3, 1, { preset: "small" }, cost)).toBe(1000);
    expect(stepsFor(0.0001, 1, {}, cost)).toBe(1);
  });

  it("saves every 20 seconds or so", () => {
    expect(checkpointEvery(cost)).toBe(67);
    expect(checkpointEvery({ l1: 1, adversarial: 60_000 })).toBe(1);
  });
});

describe("costsAlike", () => {
  it("gives rungs that differ in weights and rates the same number of steps", () => {
    expect(costsAlike({ width: 32, lambda: 10 }, { lambda: 100, width: 32, pretrainFraction: 1 })).toBe(true);
    expect(costsAlike({ width: 32 }, { width: 48 })).toBe(false);
    expect(costsAlike({ cropSize: 64 }, {})).toBe(false);
    // What the preset says anyway.
    expect(costsAlike({ preset: "small", cropSize: 128 }, { preset: "small" })).toBe(true);
  });
});

describe("selectRungs", () => {
  it("keeps the ladder's order, and names what is there", () => {
    const rungs = planRungs(RUNGS, BASE);
    expect(selectRungs(rungs, ["hinge", "unet"]).map(({ name }) => name)).toEqual(["unet", "hinge"]);
    expect(selectRungs(rungs, null)).toHaveLength(RUNGS.length);
    expect(() => selectRungs(rungs, ["hunge"])).toThrow(/no rung 'hunge': unet, /);
  });
});

describe("quantileOf", () => {
  it("interpolates between ranks", () => {
    expect(quantileOf([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantileOf([10, 20, 30, 40, 50], 0.25)).toBe(20);
    expect(quantileOf([7], 0.25)).toBe(7);
  });
});

/** Two photos; gray is at ΔE 10 and 20, PSNR 20, SSIM 0.9. */
function scored(hue: [number, number], deltaE: [number, number]): EvaluationJson {
  const interval = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1 });
  const photo = (i: 0 | 1) => ({
    name: `${i}`,
    model: { hueAccuracy: hue[i], deltaE2000: deltaE[i], psnr: 21.5, ssim: 0.89 },
    baselines: { gray: { hueAccuracy: 0, deltaE2000: 10 * (i + 1), psnr: 20, ssim: 0.9 } },
  });
  return {
    model: { hueAccuracy: interval((hue[0] + hue[1]) / 2), colourfulnessRatio: interval(0.8) },
    score: 0.25,
    perPhoto: [photo(0), photo(1)],
  } as unknown as EvaluationJson;
}

function result(rung: string, seed: number, val: EvaluationJson): RungResult {
  return {
    rung,
    seed,
    minutes: 4,
    settings: [{}],
    steps: [300],
    costs: [{ l1: 101.4, adversarial: 250 }],
    millisecondsPerStep: [180],
    parameters: 4_168_866,
    alarms: 0,
    val,
    test: null,
  };
}

describe("tables", () => {
  const rungs = planRungs(
    [
      { name: "a", question: "One?", changes: {} },
      { name: "b", question: "Two?", changes: { lambda: 10 } },
    ],
    {},
  );
  const row = (table: string, name: string) =>
    table
      .split("\n")
      .find((line) => line.startsWith(`| ${name} `))!
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());

  it("shows one seed with its interval over photos", () => {
    const table = figureTable(rungs, [result("a", 1, scored([0.4, 0.6], [9, 18]))], []);
    // 27 against 30 is 10% less, with either photo; PSNR 1.5 dB more.
    expect(row(table, "a")).toEqual([
      "a",
      "1",
      "4.17",
      "300",
      "101 / 250",
      "0.500 [0.400, 0.600]",
      "-10.0 [-10.0, -10.0]",
      "1.50 [1.50, 1.50]",
      "0.80 [0.70, 0.90]",
      "-0.0100 [-0.0100, -0.0100]",
      "0.25",
      "",
    ]);
    expect(table).not.toContain("| b ");
  });

  it("shows several seeds by their mean and spread, and the gain on the same photos", () => {
    const results = [
      result("a", 1, scored([0.4, 0.6], [9, 18])),
      result("a", 2, scored([0.5, 0.7], [9, 18])),
      result("b", 2, scored([0.6, 0.8], [10, 20])),
      result("b", 1, scored([0.7, 0.9], [8, 16])),
    ];
    const table = figureTable(rungs, results, []);
    // 0.5 and 0.6: deviation sqrt(2 * 0.05^2).
    expect(row(table, "a")[5]).toBe("0.550 ± 0.071");
    // Gains 0.3 and 0.1.
    expect(row(table, "b").at(-1)).toBe("+0.200 ± 0.141");
    expect(row(table, "b")[6]).toBe("-10.0 ± 14.1");
    expect(spread([1, 2, 3])).toEqual({ mean: 2, deviation: 1 });
  });

  it("says why a rung has no figures", () => {
    const table = figureTable(rungs, [], [{ rung: "b", seed: 1, failed: "no | way" }]);
    expect(table).toContain("failed: no \\| way");
  });

  it("lists what each asks", () => {
    expect(questionTable(rungs).split("\n").at(-1)).toBe("| b | a | lambda 10 | Two? |");
  });

  it("go into their places in a document, and nowhere else", () => {
    const document = "x\n<!-- table a -->\nold\n<!-- end -->\ny <!-- table b --> <!-- end -->";
    expect(insertTable(document, "a", "NEW")).toBe(
      "x\n<!-- table a -->\n\nNEW\n\n<!-- end -->\ny <!-- table b --> <!-- end -->",
    );
    expect(insertTable(document, "c", "NEW")).toBeNull();
  });
});
