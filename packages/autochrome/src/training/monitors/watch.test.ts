import { describe, expect, it } from "vitest";
import { Random } from "../../data/index.ts";
import type { StepLosses } from "../step.ts";
import { averages, follow, hueConcentration, newAverageState } from "./averages.ts";
import { spreadRatio, uninformedLoss, varietyRatio } from "./signs.ts";
import { healthyStep, momentsOf } from "./testing.ts";
import {
  allFinite,
  HOLD,
  LEARNING,
  type MonitorAlarm,
  newMonitorState,
  nonFinite,
  observe,
  REPEAT,
  SETTLING,
} from "./watch.ts";

const config = { adversarialLoss: "bce", labelSmoothing: 0.9, batchSize: 4 } as const;

/** Alarms and recoveries of `count` steps, each with its step. */
function watch(losses: (step: number) => Partial<StepLosses>, count = 300, changed = {}) {
  let state = newMonitorState();
  const alarms: [number, MonitorAlarm][] = [];
  const over: [number, string][] = [];
  for (let step = 1; step <= count; step++) {
    const seen = observe(state, step, "adversarial", healthyStep(losses(step)), { ...config, ...changed });
    // As a checkpoint would carry it.
    state = JSON.parse(JSON.stringify(seen.state));
    alarms.push(...seen.alarms.map((alarm): [number, MonitorAlarm] => [step, alarm]));
    over.push(...seen.over.map((name): [number, string] => [step, name]));
  }
  return { alarms, over };
}

const names = ({ alarms }: ReturnType<typeof watch>) => alarms.map(([, { monitor }]) => monitor);

describe("averages", () => {
  it("are those of a constant after any number of steps", () => {
    let state = newAverageState();
    for (let step = 0; step < 3; step++) state = follow(state, healthyStep(), 4);
    const seen = averages(state);
    expect(seen.realAccuracy).toBeCloseTo(0.7, 12);
    expect(seen.painted.between).toBeCloseTo(0.003, 12);
    expect(seen.painted.power).toBeCloseTo(0.006 + 0.02 ** 2 + 0.03 ** 2 + (0.003 * 3) / 4, 12);
    expect(spreadRatio(seen)).toBeCloseTo(Math.sqrt(0.6), 9);
    expect(hueConcentration(seen.real)).toBeCloseTo(Math.hypot(0.02, 0.03) / 0.1, 9);
  });

  it("find the same variety in batches of 1, 2 and 8, and a drift of all colours is none", () => {
    const estimate = (batchSize: number, drift: number) => {
      const random = Random.of(3, batchSize);
      let state = newAverageState();
      const values: number[] = [];
      for (let step = 0; step < 2000; step++) {
        const photos = Array.from({ length: batchSize }, () => [
          drift * step + 0.05 * random.normal(),
          0.05 * random.normal(),
        ]);
        const mean = [0, 1].map((c) => photos.reduce((sum, photo) => sum + photo[c]!, 0) / batchSize);
        const square = photos.reduce((sum, [a, b]) => sum + a! * a! + b! * b!, 0) / batchSize;
        const side = { within: 0.01, level: 0.1, mean, photos: square };
        state = follow(state, healthyStep({ moments: { painted: side, real: side } }), batchSize);
        values.push(averages(state).painted.between);
      }
      return values.slice(500).reduce((sum, value) => sum + value, 0) / 1500;
    };
    // Two channels of variance 0.05^2.
    for (const batchSize of [1, 2, 8]) {
      expect(estimate(batchSize, 0), `${batchSize}`).toBeCloseTo(0.005, 3);
      expect(estimate(batchSize, 1e-3), `${batchSize}`).toBeCloseTo(0.005, 3);
    }
  });
});

describe("signs", () => {
  it("compare the discriminator's loss with that of one answer for all", () => {
    // Minimizing (CE(p, 0.9) + CE(p, 0)) / 2 by hand gives p = 0.45.
    const loss = (p: number) => 0.5 * (-0.9 * Math.log(p) - 0.1 * Math.log(1 - p) - Math.log(1 - p));
    expect(uninformedLoss(config)).toBeCloseTo(loss(0.45), 12);
    expect(loss(0.44)).toBeGreaterThan(loss(0.45));
    expect(loss(0.46)).toBeGreaterThan(loss(0.45));
    expect(uninformedLoss({ adversarialLoss: "bce", labelSmoothing: 1 })).toBeCloseTo(Math.LN2, 12);
    // ((0.9 - x)^2 + x^2) / 2 at x = 0.45.
    expect(uninformedLoss({ adversarialLoss: "lsgan", labelSmoothing: 0.9 })).toBeCloseTo(0.2025, 12);
    expect(uninformedLoss({ adversarialLoss: "hinge", labelSmoothing: 0.9 })).toBe(1);
  });

  it("measure variety for the colour there is", () => {
    const of = (painted: Parameters<typeof momentsOf>[0]) =>
      varietyRatio(
        averages(
          follow(
            newAverageState(),
            healthyStep({ moments: { painted: momentsOf(painted), real: momentsOf() } }),
            4,
          ),
        ),
      );
    expect(of({})).toBeCloseTo(1, 9);
    // All chroma a tenth: pale, and as varied.
    expect(of({ within: 1e-4, between: 4e-5, level: 0.01, mean: [0.002, 0.003] })).toBeCloseTo(1, 9);
    // The same vivid stripes on every photo.
    expect(of({ within: 1, between: 0.004, level: 1 })).toBeLessThan(0.15);
    expect(of({ between: 0 })).toBe(0);
  });
});

describe("observe", () => {
  it("is silent about a healthy game and about the L1 phase", () => {
    expect(watch((step) => ({ discriminator: 0.5 + 0.1 * Math.sin(step) }))).toEqual({
      alarms: [],
      over: [],
    });
    const state = newMonitorState();
    const gray = healthyStep({
      moments: { painted: momentsOf({ within: 0, between: 0 }), real: momentsOf() },
    });
    expect(observe(state, 1, "l1", gray, config)).toEqual({ state, alarms: [], over: [] });
  });

  it("tells of a lasting sign once it has held, then every 50 steps, with since when", () => {
    const { alarms, over } = watch(() => ({ realAccuracy: 1, fakeAccuracy: 0.99 }));
    expect(alarms.map(([step]) => step)).toEqual([
      SETTLING + HOLD - 1,
      SETTLING + HOLD - 1 + REPEAT,
      SETTLING + HOLD - 1 + 2 * REPEAT,
      SETTLING + HOLD - 1 + 3 * REPEAT,
      SETTLING + HOLD - 1 + 4 * REPEAT,
      SETTLING + HOLD - 1 + 5 * REPEAT,
    ]);
    expect(
      alarms.every(([, { monitor, since }]) => monitor === "discriminator wins" && since === SETTLING),
    ).toBe(true);
    expect(alarms[0]![1].message).toContain("100% of real and 99% of painted");
    expect(alarms[0]![1].seen).toMatchObject({ realAccuracy: expect.closeTo(1, 9), limit: 0.97 });
    expect(over).toEqual([]);
  });

  it("says when a sign that it told of is gone, and nothing of one that was short", () => {
    const lost = watch((step) => (step < 80 ? { realAccuracy: 1, fakeAccuracy: 1 } : {}));
    expect(names(lost)).toEqual(["discriminator wins"]);
    expect(lost.over).toHaveLength(1);
    const [[step, name]] = lost.over as [[number, string]];
    expect(name).toBe("discriminator wins");
    expect(step).toBeGreaterThanOrEqual(80);
    expect(step).toBeLessThan(90);
    const short = watch((at) => (at > 100 && at < 115 ? { realAccuracy: 1, fakeAccuracy: 1 } : {}));
    expect(short).toEqual({ alarms: [], over: [] });
  });

  it("sees that fakes are told with certainty, whatever the share judged rightly", () => {
    const certain = { realAccuracy: 0.8, fakeAccuracy: 0.9, discriminator: 0.3 };
    expect(names(watch(() => ({ ...certain, adversarial: 60 }), 70))).toEqual(["discriminator wins"]);
    expect(names(watch(() => ({ ...certain, adversarial: 60 }), 70, { adversarialLoss: "hinge" }))).toEqual([
      "discriminator wins",
    ]);
    expect(names(watch(() => ({ ...certain, adversarial: 4 }), 70))).toEqual([]);
  });

  it("sees a discriminator that guesses, and not one that is only being fooled half the time", () => {
    const guess = { realAccuracy: 0, fakeAccuracy: 1, discriminator: uninformedLoss(config) };
    expect(names(watch(() => guess, LEARNING + HOLD - 2))).toEqual([]);
    expect(names(watch(() => guess, LEARNING + HOLD - 1))).toEqual(["discriminator loses"]);
    expect(names(watch(() => ({ realAccuracy: 0.45, fakeAccuracy: 0.6, discriminator: 0.62 }), 150))).toEqual(
      [],
    );
  });

  it("sees sepia, by spread or by hue, and mode collapse, of batches of one photo too", () => {
    const painted = (side: Parameters<typeof momentsOf>[0]) => () => ({
      moments: { painted: momentsOf(side), real: momentsOf() },
    });
    expect(
      names(watch(painted({ within: 2e-4, between: 3e-4, level: 0.02, mean: [0.002, 0.003] }), 70)),
    ).toEqual(["sepia"]);
    expect(names(watch(painted({ within: 0.002, between: 0.001, mean: [0.03, 0.095] }), 70))).toEqual([
      "sepia",
    ]);
    expect(names(watch(painted({ within: 0.5, between: 1e-4, level: 0.7 }), 70))).toEqual([
      "mode collapse",
      "garish",
    ]);
    const one = watch(
      (step) => ({
        moments: {
          painted: momentsOf({ within: 0.5, between: 0, level: 0.7 }, 1),
          real: momentsOf({ between: 0, mean: [0.05 * (step % 3), -0.05 * (step % 2)] }, 1),
        },
      }),
      70,
      { batchSize: 1 },
    );
    expect(names(one)).toEqual(["mode collapse", "garish"]);
  });
});

describe("allFinite", () => {
  it("finds NaN and infinity, gradients too, names them, and minds no null", () => {
    expect(allFinite(healthyStep({ adversarial: null, chromaVariety: null }))).toBe(true);
    expect(nonFinite(healthyStep({ l1: Number.NaN, generatorGradient: Number.POSITIVE_INFINITY }))).toEqual([
      "l1",
      "generatorGradient",
    ]);
    const moments = { painted: momentsOf({ within: Number.NaN }), real: momentsOf() };
    expect(nonFinite(healthyStep({ moments }))).toEqual(["chroma"]);
  });
});
