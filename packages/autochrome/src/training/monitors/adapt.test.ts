import { describe, expect, it } from "vitest";
import { CALM, newAdaptationState, react, relax, SMALLEST_SCALE } from "./adapt.ts";
import { healthyStep } from "./testing.ts";
import { type MonitorAlarm, type MonitorName, type MonitorState, newMonitorState, observe } from "./watch.ts";

const alarmOf = (monitor: MonitorName): MonitorAlarm => ({
  monitor,
  message: "",
  advice: "",
  since: 1,
  seen: {},
  times: 1,
});
const config = { adversarialLoss: "bce", labelSmoothing: 0.9, batchSize: 4 } as const;

function after(steps: number, accuracy: number): MonitorState {
  let state = newMonitorState();
  for (let step = 1; step <= steps; step++) {
    const losses = healthyStep({ realAccuracy: accuracy, fakeAccuracy: accuracy });
    state = observe(state, step, "adversarial", losses, config).state;
  }
  return state;
}

describe("react", () => {
  const fresh = newAdaptationState();
  const adapt = (monitor: MonitorName, state = fresh) => react(alarmOf(monitor), "adapt", state);

  it("changes nothing on warn and stop", () => {
    for (const monitor of ["discriminator wins", "sepia", "mode collapse"] as const) {
      const alarm = alarmOf(monitor);
      expect(react(alarm, "warn", fresh)).toEqual({ action: "went on", state: fresh, goBack: false });
      expect(react(alarm, "stop", fresh)).toEqual({ action: "ended the run", state: fresh, goBack: false });
    }
  });

  it("rests and slows a discriminator that wins, to a floor", () => {
    const { action, state, goBack } = adapt("discriminator wins");
    expect(state).toMatchObject({ discriminatorScale: 0.5, generatorScale: 1, discriminatorRests: true });
    expect(action).toContain("rest");
    expect(goBack).toBe(false);
    let lowest = state;
    for (let i = 0; i < 10; i++) lowest = adapt("discriminator wins", lowest).state;
    expect(lowest.discriminatorScale).toBe(SMALLEST_SCALE);
  });

  it("shifts the rates towards a discriminator that loses, within bounds", () => {
    let state = adapt("discriminator loses").state;
    expect(state).toMatchObject({ discriminatorScale: 2, generatorScale: 0.5 });
    for (let i = 0; i < 10; i++) state = adapt("discriminator loses", state).state;
    expect(state).toMatchObject({ discriminatorScale: 4, generatorScale: SMALLEST_SCALE });
    const returned = { ...fresh, ceiling: 0.25, discriminatorScale: 0.25 };
    expect(adapt("discriminator loses", returned).state.discriminatorScale).toBe(0.25);
  });

  it("takes weight off L1 against sepia, within bounds", () => {
    let { state } = adapt("sepia");
    expect(state.lambdaScale).toBe(0.5);
    for (let i = 0; i < 10; i++) state = adapt("sepia", state).state;
    expect(state.lambdaScale).toBe(1 / 16);
    expect(adapt("sepia", state).action).toContain("as low as it gets");
  });

  it("goes back from mode collapse with slower rates and more L1, three times", () => {
    let reaction = adapt("mode collapse");
    expect(reaction.goBack).toBe(true);
    expect(reaction.state).toMatchObject({ ceiling: 0.5, generatorScale: 0.5, lambdaScale: 4 });
    for (let i = 0; i < 2; i++) reaction = adapt("mode collapse", reaction.state);
    expect(reaction.state).toMatchObject({ ceiling: 0.125, lambdaScale: 64, rollbacks: { collapse: 3 } });
    const fourth = adapt("mode collapse", reaction.state);
    expect(fourth.goBack).toBe(false);
    expect(fourth.state).toMatchObject({
      ceiling: 0.125,
      generatorScale: 1 / 16,
      discriminatorScale: 1 / 16,
    });
  });
});

describe("relax", () => {
  it("lets the discriminator learn again once it errs", () => {
    const resting = { ...newAdaptationState(), discriminatorRests: true };
    expect(relax(resting, after(50, 0.95)).state.discriminatorRests).toBe(true);
    const { state, action } = relax(resting, after(50, 0.7));
    expect(state.discriminatorRests).toBe(false);
    expect(action).toBe("the discriminator learns again");
  });

  it("gives rates back after calm steps, up to the ceiling and down to what was configured", () => {
    const monitors = after(60, 0.7);
    let state = { ...newAdaptationState(), generatorScale: 1 / 8, discriminatorScale: 2, ceiling: 0.5 };
    const changes: [number, number, number][] = [];
    for (let step = 1; step <= 4 * CALM; step++) {
      const relaxed = relax(state, monitors);
      state = relaxed.state;
      if (relaxed.action !== null) changes.push([step, state.generatorScale, state.discriminatorScale]);
    }
    expect(changes).toEqual([
      [CALM, 1 / 4, 1],
      [2 * CALM, 1 / 2, 1],
    ]);
  });

  it("counts no calm while a sign shows", () => {
    const showing = after(60, 1);
    expect(Object.keys(showing.showing)).toEqual(["discriminator wins"]);
    expect(relax({ ...newAdaptationState(), calm: CALM - 1 }, showing).state.calm).toBe(0);
  });
});
