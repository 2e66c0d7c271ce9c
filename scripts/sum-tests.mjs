// Sums test reports into one last line, and fails where anything did:
// node sum-tests.mjs <number of failed checks> [<exit code> <report>] ...
// A report is vitest's JSON, or a log whose last line is "N passed, N failed, N skipped".
import { existsSync, readFileSync } from "node:fs";

function readVitest(path) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of JSON.parse(readFileSync(path, "utf8")).testResults) {
    const count = (...states) => assertionResults.filter((test) => states.includes(test.status)).length;
    counts.passed += count("passed");
    counts.skipped += count("skipped", "pending", "todo", "disabled");
    // A file that does not even load has no tests to fail.
    counts.failed += count("failed") || (status === "failed" ? 1 : 0);
  }
  return counts;
}

function readLog(path) {
  const line = readFileSync(path, "utf8").trim().split("\n").at(-1);
  const [passed = 0, failed = 0, skipped = 0] =
    line
      .match(/^(\d+) passed, (\d+) failed, (\d+) skipped$/)
      ?.slice(1)
      .map(Number) ?? [];
  return { passed, failed, skipped };
}

const [failedChecks, ...suites] = process.argv.slice(2);
const total = { passed: 0, failed: Number(failedChecks), skipped: 0 };
for (let i = 0; i < suites.length; i += 2) {
  const [status, path] = suites.slice(i, i + 2);
  const nothing = { passed: 0, failed: 0, skipped: 0 };
  const counts = existsSync(path) ? (path.endsWith(".json") ? readVitest : readLog)(path) : nothing;
  // Nothing ran, or the suite failed for a reason outside any test (an unhandled rejection, say).
  if (counts.failed === 0 && (counts.passed === 0 || Number(status) !== 0)) counts.failed = 1;
  for (const outcome of Object.keys(total)) total[outcome] += counts[outcome];
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
