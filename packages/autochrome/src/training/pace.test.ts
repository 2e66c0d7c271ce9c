import { expect, it } from "vitest";
import { Pace } from "./pace.ts";

it("Pace measures this sitting alone, and smooths", () => {
  let now = 1000;
  const pace = new Pace(0.5, () => now);
  expect(pace.secondsLeft(0.5)).toBeNull();
  now += 2000;
  expect(pace.tick()).toBe(2);
  expect(pace.addStep(8)).toBe(4);
  expect(pace.imagesPerSecond).toBe(4);
  // A tenth of the run in 2 s leaves 4 tenths for 8 s.
  expect(pace.secondsLeft(0.6)).toBeCloseTo(8, 10);
  now += 1000;
  pace.tick();
  expect(pace.addStep(8)).toBe(8);
  expect(pace.imagesPerSecond).toBeCloseTo(4.4, 10);
  expect(pace.secondsLeft(1)).toBe(0);
});
