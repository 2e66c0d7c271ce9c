import { expect, it } from "vitest";
import { stopReason } from "./median-rule.ts";

const curve = (...values: number[]) => values.map((value, i) => ({ step: 10 * (i + 1), value }));
const rule = (goal: "maximize" | "minimize", trials = 3) => ({
  stop: { after: 20, trials },
  objective: { metric: "score", goal },
});
// Averages up to step 20: 1.5, 3, 0.5; their median is 1.5.
const others = [curve(1, 2, 9), curve(2, 4, 9), curve(0, 1, 9)];

it("stops what has reached less than the median of the others' averages so far", () => {
  expect(stopReason(rule("maximize"), curve(1.4, 1), others)).toMatch(
    /score 1.400 at step 20, where the median of 3 others had averaged 1.500/,
  );
  expect(stopReason(rule("maximize"), curve(1, 1.5), others)).toBeNull();
  expect(stopReason(rule("minimize"), curve(1.6, 2), others)).toMatch(/1.600 at step 20/);
  expect(stopReason(rule("minimize"), curve(9, 1.4), others)).toBeNull();
});

it("stops nothing early, with too few others, with others that have not come as far, or without a rule", () => {
  expect(stopReason(rule("maximize"), curve(0), others)).toBeNull();
  expect(stopReason(rule("maximize", 4), curve(0, 0), others)).toBeNull();
  expect(stopReason(rule("maximize"), curve(0, 0), [curve(9), curve(9), curve(9, 9)])).toBeNull();
  expect(stopReason({ ...rule("maximize"), stop: null }, curve(0, 0), others)).toBeNull();
});
