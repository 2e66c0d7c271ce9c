// `npm run conformance`: TensorFlow.js's own tests on this backend. See README.md beside this file.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { loadSuite } from "./bundle.ts";
import type { SpecResult } from "./jasmine.ts";
import { judge } from "./verdict.ts";

const USAGE = `Usage: npm run conformance -- [options]

  --backend NAME  onnxruntime (default), or cpu: TensorFlow.js's own, as the yardstick
  --filter TEXT   run only the tests whose full name contains TEXT
  --verbose       print every test as it ends, and the stack of each failure
`;

function readOptions() {
  const { values } = parseArgs({
    options: {
      backend: { type: "string", default: "onnxruntime" },
      filter: { type: "string", default: "" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  return values;
}

function knownFailures(): Record<string, string> {
  return JSON.parse(readFileSync(new URL("expected-failures.json", import.meta.url), "utf8"));
}

function printResult({ status, fullName, failedExpectations }: SpecResult): void {
  if (status === "excluded") return;
  console.log(`${status.padEnd(8)} ${fullName}`);
  for (const { stack } of failedExpectations) console.log(stack);
}

/** @returns the exit status */
async function main(): Promise<number> {
  const { backend, filter, verbose, help } = readOptions();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  if (backend !== "onnxruntime" && backend !== "cpu") {
    throw new Error(`--backend takes onnxruntime or cpu, not ${backend}.`);
  }
  const suite = await loadSuite();
  const results: SpecResult[] = [];
  const outside = await suite.runSuite({
    backend,
    filter,
    onResult(result) {
      results.push(result);
      if (verbose) printResult(result);
    },
  });
  const known = backend === "cpu" ? {} : knownFailures();
  const verdict = judge(results, known, filter === "");
  const problems = [...verdict.problems, ...outside.map((message) => `outside of any test\n  ${message}`)];
  for (const problem of problems) console.log(`\nFAILED ${problem}`);
  console.log(`\n${verdict.expected} failed as conformance/expected-failures.json says`);
  console.log(`${verdict.passed} passed, ${problems.length} failed, ${verdict.skipped} skipped`);
  // A run without a single test proves nothing.
  return problems.length === 0 && verdict.passed + verdict.expected > 0 ? 0 : 1;
}

process.exitCode = await main();
