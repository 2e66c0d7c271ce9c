import { expect, test } from "vitest";
import type { SpecResult } from "./jasmine.ts";
import { judge } from "./verdict.ts";

function spec(fullName: string, status: SpecResult["status"], message?: string): SpecResult {
  return { fullName, status, failedExpectations: message ? [{ message, stack: "" }] : [] };
}

test("counts by outcome; what was filtered out counts nowhere", () => {
  const results = [spec("a", "passed"), spec("b", "pending"), spec("c", "excluded"), spec("d", "passed")];
  expect(judge(results, {}, false)).toEqual({ passed: 2, failed: 0, skipped: 1, expected: 0, problems: [] });
});

test("a failure that is not on the list fails, with its message", () => {
  const { failed, problems } = judge([spec("a", "failed", "1 is not 2\nat all")], {}, true);
  expect(failed).toBe(1);
  expect(problems).toEqual(["a\n  1 is not 2\n  at all"]);
});

test("a failure on the list is expected and counts apart", () => {
  const verdict = judge([spec("a", "failed", "no")], { a: "because" }, true);
  expect(verdict).toMatchObject({ passed: 0, failed: 0, expected: 1, problems: [] });
});

test("an entry that passes by now fails, unless another test of its name still does not", () => {
  expect(judge([spec("a", "passed")], { a: "because" }, true)).toMatchObject({ passed: 1, failed: 1 });
  const both = judge([spec("a", "failed", "no"), spec("a", "passed")], { a: "because" }, true);
  expect(both).toMatchObject({ passed: 1, failed: 0, expected: 1 });
});

test("an entry without a test fails a whole run and no other", () => {
  expect(judge([spec("a", "passed")], { b: "because" }, true).failed).toBe(1);
  expect(judge([spec("a", "passed")], { b: "because" }, false).failed).toBe(0);
});
