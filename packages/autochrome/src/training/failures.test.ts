import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRunState } from "./checkpoint.ts";
import type { PartialConfig } from "./config/index.ts";
import type { TrainEvents, TrainOptions } from "./events.ts";
import { train } from "./loop.ts";
import { averages } from "./monitors/averages.ts";
import { varietyRatio } from "./monitors/signs.ts";
import { makePhotos, testConfig, withoutClock } from "./testing.ts";

// Networks that really fail while they train: settings chosen to make them, one failure each.
const WINS: PartialConfig = {
  discriminatorLearningRate: 0.05,
  discriminatorWidth: 4,
  spectralNormalization: false,
  labelSmoothing: 1,
  lambda: 100,
};
const LOSES: PartialConfig = { discriminatorLearningRate: 1e-3, generatorLearningRate: 0.1, lambda: 0.1 };
const SEPIA: PartialConfig = {
  lambda: 1000,
  normalization: "none",
  generatorLearningRate: 3e-4,
  discriminatorLearningRate: 2e-3,
};
const COLLAPSE: PartialConfig = {
  lambda: 1,
  normalization: "none",
  spectralNormalization: false,
  labelSmoothing: 1,
  adversarialLoss: "hinge",
  generatorLearningRate: 0.3,
  discriminatorLearningRate: 0.05,
  beta1: 0.9,
};
const EXPLOSION: PartialConfig = {
  lambda: 1,
  normalization: "none",
  spectralNormalization: false,
  adversarialLoss: "lsgan",
  generatorLearningRate: 1,
  discriminatorLearningRate: 1,
  discriminatorLayers: 6,
  discriminatorWidth: 4,
};

let root: string;
let photos: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "autochrome-failures-"));
  photos = await makePhotos(root, 8);
});
afterAll(() => rm(root, { recursive: true, force: true }));

let runs = 0;
/** Trains on `cpu` with batches of 4 at 8 pixels, 10 steps of L1 first. */
async function run(
  flags: PartialConfig,
  events: TrainEvents = {},
  options: TrainOptions = {},
  name?: string,
) {
  const path = join(root, name ?? `run-${++runs}`);
  const result = await train(
    testConfig({
      photos: [photos],
      run: path,
      pretrainSteps: 10,
      batchSize: 4,
      validateEvery: 0,
      samples: 0,
      checkpointEvery: 20,
      onInstability: "warn",
      ...flags,
    }),
    events,
    options,
  );
  const lines = async (file: string) =>
    (await readFile(join(path, file), "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const rows = (await lines("metrics.jsonl")).filter((row) => "l1" in row);
  const recorded = await lines("events.jsonl");
  const alarms = recorded.filter(({ kind }) => kind === "monitor");
  return {
    result,
    rows,
    recorded,
    alarms,
    named: (monitor: string) => alarms.filter((a) => a.monitor === monitor),
  };
}

describe("a game that goes well", () => {
  it("raises no alarm", async () => {
    const { alarms } = await run({
      steps: 150,
      generatorLearningRate: 2e-3,
      discriminatorLearningRate: 2e-3,
      lambda: 10,
    });
    expect(alarms).toEqual([]);
  });
});

describe("a discriminator that wins", () => {
  it("is seen, rests until it errs, and learns again more slowly", async () => {
    const { rows, recorded, named } = await run({ ...WINS, steps: 150, onInstability: "adapt" });
    const [alarm] = named("discriminator wins");
    expect(alarm).toMatchObject({ since: expect.any(Number), action: expect.stringContaining("rest") });
    expect((alarm!.seen as Record<string, number>).limit).toBe(0.97);
    const rates = rows.slice(alarm!.step as number).map((row) => row.discriminatorLearningRate as number);
    expect(rates[0]).toBe(0);
    const again = recorded.find(({ action }) => String(action).includes("learns again"));
    expect(again).toBeDefined();
    expect(rates[(again!.step as number) - (alarm!.step as number)]).toBeLessThanOrEqual(0.025);
  });
});

describe("a discriminator that loses", () => {
  it("is seen, and gets the larger rates", async () => {
    const { rows, named } = await run({ ...LOSES, steps: 130, onInstability: "adapt" });
    const [alarm] = named("discriminator loses");
    expect(alarm!.message).toMatch(/guesses: \d+% right, and its loss of 0\.\d+ is no better/);
    expect(rows.at(-1)).toMatchObject({ discriminatorLearningRate: 2e-3, generatorLearningRate: 0.05 });
  });
});

describe("sepia", () => {
  it("is seen, and takes weight off L1", async () => {
    const { rows, named } = await run({ ...SEPIA, steps: 70, onInstability: "adapt" });
    const [alarm] = named("sepia");
    expect(alarm!.action).toBe("lambda is 1/2 of the configured");
    expect((alarm!.seen as Record<string, number>).spread).toBeLessThan(0.2);
    const lambdas = rows
      .filter(({ phase }) => phase === "adversarial")
      .map((row) => ((row.generator as number) - (row.adversarial as number)) / (row.l1 as number));
    expect(lambdas[0]).toBeCloseTo(1000, 1);
    expect(lambdas.at(-1)).toBeCloseTo(500, 1);
  });
});

describe("mode collapse", () => {
  it("is seen; adapt goes back before it and paints varied photos again, also when interrupted after that", async () => {
    const flags = { ...COLLAPSE, steps: 100, onInstability: "adapt" } as const;
    const whole = await run({ ...flags, steps: 130 });
    const back = whole.named("mode collapse")[0]!;
    expect(back.action).toMatch(/^went back to step 10; learning rates at most 1\/2, lambda \d+ times/);
    expect(back).toMatchObject({ step: 10, from: expect.any(Number), returns: 1 });
    const ruined = (back.seen as Record<string, number>).variety!;
    expect(ruined).toBeLessThan(0.1);
    expect(whole.rows).toHaveLength(130);
    // The way back made another network of the same steps.
    expect(whole.named("mode collapse")).toHaveLength(1);
    const { monitors } = (await readRunState(whole.result.run, "last"))!;
    expect(varietyRatio(averages(monitors.averages))).toBeGreaterThan(0.25);

    const stop = new AbortController();
    let returned = false;
    const interrupt: TrainEvents = {
      onMonitor: ({ action }) => {
        returned ||= action.startsWith("went back");
      },
      onStep: ({ step }) => {
        if (returned && step === 37) stop.abort();
      },
    };
    const first = await run({ ...flags, steps: 130 }, interrupt, { signal: stop.signal }, "parts");
    expect([first.result.ended, first.result.step]).toEqual(["interrupted", 37]);
    const second = await run({ ...flags, steps: 130 }, {}, { resume: true }, "parts");
    expect(second.rows.map(withoutClock)).toEqual(whole.rows.map(withoutClock));
    const told = ({ alarms }: typeof whole) => alarms.map(({ time: _, ...alarm }) => alarm);
    expect(told(second)).toEqual(told(whole));
  });

  it("ends the run on stop, with everything saved", async () => {
    const saved: number[] = [];
    const { result, alarms } = await run(
      { ...COLLAPSE, steps: 130, onInstability: "stop" },
      { onCheckpoint: ({ name, step }) => name === "last" && saved.push(step) },
    );
    expect(result.ended).toBe("unstable");
    expect(alarms.length).toBeGreaterThan(0);
    expect(alarms.every(({ action }) => action === "ended the run")).toBe(true);
    expect(saved.at(-1)).toBe(result.step);
  });
});

describe("values that are not finite", () => {
  it("come of real overflow, and send the run back to before with half the rates, on warn too", async () => {
    const { rows, named } = await run({ ...EXPLOSION, steps: 30 });
    const [alarm] = named("non-finite");
    expect(alarm).toMatchObject({ step: 10, returns: 1 });
    expect(alarm!.message).toMatch(/became infinite or NaN in step \d+$/);
    expect(rows).toHaveLength(30);
    expect(rows[10]!.generatorLearningRate).toBeLessThanOrEqual(0.5);
    expect(rows.every((row) => Number.isFinite(row.generator))).toBe(true);
  });

  it("end the run on stop", async () => {
    await expect(run({ ...EXPLOSION, steps: 30, onInstability: "stop" })).rejects.toThrow(/NaN in step \d+/);
  });
});
