import type { SpecResult } from "./jasmine.ts";

export interface Verdict {
  passed: number;
  failed: number;
  skipped: number;
  /** Tests that fail as the list says. */
  expected: number;
  /** What has to be mended, in words; empty when the run is good. */
  problems: string[];
}

/**
 * Holds the results against the list of known failures: one that is not on the list is a failure, and so is an
 * entry whose test passes by now or, in a whole run, does not exist.
 *
 * @param known reason by full test name
 * @param whole false where only some tests were run
 */
export function judge(
  results: readonly SpecResult[],
  known: Readonly<Record<string, string>>,
  whole: boolean,
): Verdict {
  const verdict: Verdict = { passed: 0, failed: 0, skipped: 0, expected: 0, problems: [] };
  const fail = (problem: string): void => {
    verdict.failed += 1;
    verdict.problems.push(problem);
  };
  const seen = new Set<string>();
  const fulfilled = new Set<string>();
  for (const { fullName, status, failedExpectations } of results) {
    if (status === "excluded") continue;
    seen.add(fullName);
    if (status === "pending") verdict.skipped += 1;
    else if (status === "passed") verdict.passed += 1;
    else if (fullName in known) {
      verdict.expected += 1;
      fulfilled.add(fullName);
    } else {
      fail([fullName, ...failedExpectations.map(({ message }) => indented(message))].join("\n"));
    }
  }
  for (const name of Object.keys(known)) {
    // Tests may share a name: the entry holds while one of them fails.
    if (fulfilled.has(name)) continue;
    if (seen.has(name)) fail(`${name}\n  passes: take it off the list of expected failures`);
    else if (whole) fail(`${name}\n  is on the list of expected failures, but no such test exists`);
  }
  return verdict;
}

function indented(message: string): string {
  return message
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
}
