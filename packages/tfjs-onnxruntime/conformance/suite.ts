// The entry of the bundle: TensorFlow.js's own tests, to be run on a backend of choice.
import { createRequire } from "node:module";
import type { JasmineCore, SpecResult } from "./jasmine.ts";

export type BackendChoice = "onnxruntime" | "cpu";

export interface SuiteOptions {
  backend: BackendChoice;
  /** Only tests whose full name contains this text are run. */
  filter: string;
  onResult(result: SpecResult): void;
}

async function useBackend(name: BackendChoice): Promise<void> {
  const { registerOnnxRuntime } = await import("../src/index.ts");
  const { setTestEnvs } = await import("@tensorflow/tfjs-core/dist/jasmine_util.js");
  // Thousands of graphs of a few elements: more threads only cost their start.
  if (name === "onnxruntime") await registerOnnxRuntime({ threads: 1 });
  setTestEnvs([{ name, backendName: name, isDataSync: true }]);
}

/**
 * Runs the tests, one after the other in the order of their declaration.
 *
 * @returns what failed outside of any test
 */
export async function runSuite({ backend, filter, onResult }: SuiteOptions): Promise<string[]> {
  const core = createRequire(import.meta.url)("jasmine-core") as JasmineCore;
  const jasmine = core.boot().getEnv();
  jasmine.configure({
    random: false,
    // TensorFlow.js has tests that share their names.
    forbidDuplicateNames: false,
    specFilter: (spec) => spec.getFullName().includes(filter),
  });
  const outside: string[] = [];
  jasmine.addReporter({
    specDone: onResult,
    suiteDone({ fullName, failedExpectations }) {
      for (const { message } of failedExpectations) outside.push(`${fullName}: ${message}`);
    },
    jasmineDone({ failedExpectations }) {
      for (const { message } of failedExpectations) outside.push(message);
    },
  });
  // Declares the tests, each once for every environment there is by then.
  await useBackend(backend);
  await import("@tensorflow/tfjs-core/dist/tests.js");

  const { overallStatus, incompleteReason } = await jasmine.execute();
  if (overallStatus === "incomplete") outside.push(`The run is incomplete: ${incompleteReason}`);
  return outside;
}
