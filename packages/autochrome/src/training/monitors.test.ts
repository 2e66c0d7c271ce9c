import { describe, expect, it } from "vitest";
import {
  allFinite,
  type MonitorAlarm,
  type MonitorState,
  newMonitorState,
  observe,
  react,
} from "./monitors.ts";
import type { StepLosses } from "./step.ts";

const healthy: StepLosses = {
  generator: 8,
  l1: 0.08,
  chromaSpread: 0.8,
  chromaVariety: 0.7,
  adversarial: 1,
  discriminator: 0.5,
  realAccuracy: 0.7,
  fakeAccuracy: 0.8,
  r1: null,
};

/** All alarms of `count` steps, with the step at which each came. */
function watch(losses: (step: number) => Partial<StepLosses>, count = 400) {
  let state: MonitorState = newMonitorState();
  const alarms: [number, MonitorAlarm][] = [];
  for (let step = 1; step <= count; step++) {
    const seen = observe(state, "adversarial", { ...healthy, ...losses(step) });
    // As a checkpoint would carry it.
    state = JSON.parse(JSON.stringify(seen.state)) as MonitorState;
    alarms.push(...seen.alarms.map((alarm): [number, MonitorAlarm] => [step, alarm]));
  }
  return alarms;
}

const names = (alarms: [number, MonitorAlarm][]) => alarms.map(([, { monitor }]) => monitor);

describe("observe", () => {
  it("is silent about a healthy game and about the L1 phase", () => {
    expect(watch((step) => ({ discriminator: 0.5 + 0.1 * Math.sin(step) }))).toEqual([]);
    const state = newMonitorState();
    const pale = { ...healthy, chromaSpread: 0, realAccuracy: null, fakeAccuracy: null };
    expect(observe(state, "l1", pale)).toEqual({ state, alarms: [] });
  });

  it("sees a discriminator that wins, once in 300 steps", () => {
    const alarms = watch(() => ({ realAccuracy: 1, fakeAccuracy: 1 }), 1000);
    expect(names(alarms)).toEqual(Array(3).fill("discriminator wins"));
    expect(alarms[0]![0]).toBeGreaterThanOrEqual(150);
    expect(alarms[1]![0] - alarms[0]![0]).toBe(300);
    expect(alarms[0]![1].winner).toBe("discriminator");
  });

  it("sees a discriminator that guesses and stands still", () => {
    expect(
      names(watch(() => ({ realAccuracy: 1, fakeAccuracy: 0, discriminator: Math.LN2 }), 600)),
    ).toContain("balance lost");
    const moving = watch((step) => ({
      realAccuracy: 0.5,
      fakeAccuracy: 0.5,
      discriminator: 0.6 + 0.1 * (step % 2),
    }));
    expect(moving).toEqual([]);
  });

  it("sees sepia and mode collapse", () => {
    expect(names(watch(() => ({ chromaSpread: 0.05 })))).toEqual(["sepia"]);
    expect(names(watch(() => ({ chromaVariety: 0.02 })))).toEqual(["mode collapse"]);
  });
});

describe("react", () => {
  const alarm: MonitorAlarm = {
    monitor: "discriminator wins",
    message: "",
    advice: "",
    winner: "discriminator",
  };

  it("halves the winner's learning rate, to a floor, where it may", () => {
    const scales = { generatorScale: 1, discriminatorScale: 1 };
    expect(react(alarm, "warn", scales)).toBe("went on");
    expect(react(alarm, "stop", scales)).toBe("ended the run");
    expect(scales).toEqual({ generatorScale: 1, discriminatorScale: 1 });
    expect(react(alarm, "adapt", scales)).toBe("halved the discriminator's learning rate");
    expect(scales).toEqual({ generatorScale: 1, discriminatorScale: 0.5 });
    expect(react({ ...alarm, winner: null }, "adapt", scales)).toBe("went on");
    for (let i = 0; i < 10; i++) react(alarm, "adapt", scales);
    expect(scales.discriminatorScale).toBe(1 / 64);
  });
});

describe("allFinite", () => {
  it("finds NaN and infinity, and minds no null", () => {
    expect(allFinite({ ...healthy, adversarial: null })).toBe(true);
    expect(allFinite({ ...healthy, l1: Number.NaN })).toBe(false);
    expect(allFinite({ ...healthy, discriminator: Number.POSITIVE_INFINITY })).toBe(false);
  });
});
