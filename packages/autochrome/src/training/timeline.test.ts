import { describe, expect, it } from "vitest";
import { instanceNoiseAt, learningRateFactor, phaseAt, progress } from "./timeline.ts";

const limits = { steps: 100, epochs: null, minutes: null };
const at = (step: number, more = {}) => ({ step, epoch: 0, seconds: 0, ...more });

describe("progress", () => {
  it("goes by the limit that comes first", () => {
    expect(progress(limits, at(25))).toBe(0.25);
    const all = { steps: 100, epochs: 2, minutes: 10 };
    expect(progress(all, at(25, { epoch: 1, seconds: 60 }))).toBe(0.5);
    expect(progress(all, at(25, { epoch: 1, seconds: 480 }))).toBe(0.8);
  });
});

describe("phaseAt", () => {
  it("turns at a share of the run, or at a step, and never back", () => {
    const share = { ...limits, pretrainFraction: 0.6, pretrainSteps: null };
    expect([59, 60].map((step) => phaseAt(share, at(step), null))).toEqual(["l1", "adversarial"]);
    const steps = { ...share, pretrainSteps: 10 };
    expect([9, 10].map((step) => phaseAt(steps, at(step), null))).toEqual(["l1", "adversarial"]);
    expect(phaseAt({ ...share, steps: 1000 }, at(70), 60)).toBe("adversarial");
    expect(phaseAt({ ...share, pretrainFraction: 1 }, at(100), null)).toBe("l1");
    expect(phaseAt({ ...share, pretrainFraction: 0 }, at(0), null)).toBe("adversarial");
  });
});

describe("learningRateFactor", () => {
  const decay = { decayRate: 0.1, decaySteps: 50 };
  const factors = (schedule: "constant" | "linear" | "cosine" | "exponential", warmupSteps = 0) =>
    [0, 25, 50, 75, 100].map((step) =>
      learningRateFactor({ ...limits, ...decay, schedule, warmupSteps }, at(step)),
    );

  it("follows the schedules", () => {
    expect(factors("constant")).toEqual([1, 1, 1, 1, 1]);
    expect(factors("linear")).toEqual([1, 1, 1, 0.5, 0]);
    expect(factors("cosine").map((value) => value.toFixed(4))).toEqual([
      "1.0000",
      "0.8536",
      "0.5000",
      "0.1464",
      "0.0000",
    ]);
    // sqrt(0.1) in half of decaySteps.
    expect(factors("exponential").map((value) => value.toFixed(4))).toEqual([
      "1.0000",
      "0.3162",
      "0.1000",
      "0.0316",
      "0.0100",
    ]);
  });

  it("rises over the warm-up", () => {
    const rise = [0, 1, 2, 3, 4].map((step) =>
      learningRateFactor({ ...limits, ...decay, schedule: "constant", warmupSteps: 3 }, at(step)),
    );
    expect(rise).toEqual([0.25, 0.5, 0.75, 1, 1]);
  });
});

describe("instanceNoiseAt", () => {
  it("falls in a straight line to 0 at the end, and stays there", () => {
    const config = { ...limits, instanceNoise: 0.2 };
    const noise = [0, 25, 50, 100, 120].map((step) => instanceNoiseAt(config, at(step)));
    expect(noise).toEqual([0.2, 0.15, 0.1, 0, 0].map((value) => expect.closeTo(value, 12)));
  });
});
