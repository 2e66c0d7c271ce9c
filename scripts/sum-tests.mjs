// Sums vitest's JSON reports into one last line, and fails where anything did:
// node sum-tests.mjs <number of failed checks> <exit code of the tests> <report.json> ...
import { existsSync, readFileSync } from "node:fs";

const [failedChecks, testStatus, ...reports] = process.argv.slice(2);
let passed = 0;
let failed = Number(failedChecks);
let skipped = 0;
for (const path of reports) {
  const files = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).testResults : [];
  for (const { status, assertionResults } of files) {
    const count = (...states) => assertionResults.filter((test) => states.includes(test.status)).length;
    passed += count("passed");
    skipped += count("skipped", "pending", "todo", "disabled");
    // A file that does not even load has no tests to fail.
    failed += count("failed") || (status === "failed" ? 1 : 0);
  }
}
// Nothing ran, or vitest failed for a reason outside any test (an unhandled rejection, say).
if (failed === 0 && (passed === 0 || Number(testStatus) !== 0)) failed = 1;
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
