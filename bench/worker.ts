// Runs one workload on one TensorFlow.js backend, answering one request a line:
// {"steps": n} on stdin is answered with {"seconds": [...], "peakRssMegabytes", ...} on stdout.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import type { BackendStats } from "tfjs-onnxruntime";
import type { NetworkName } from "./networks.ts";
import { createTrainStep, type WorkloadOptions } from "./workload.ts";
import type { Workload } from "./workloads.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "string" },
    kind: { type: "string" },
    network: { type: "string" },
    size: { type: "string" },
    batch: { type: "string" },
    threads: { type: "string" },
  },
});
const kind = values.kind as Workload["kind"];
const threads = Number(values.threads);
const shape = {
  network: values.network as NetworkName,
  size: Number(values.size),
  batch: Number(values.batch),
};

/** Registers the backend; returns its name and version, and its counters where it has some. */
async function selectBackend(): Promise<{
  version: string;
  stats: () => BackendStats | undefined;
  compile?: WorkloadOptions["compile"];
}> {
  if (values.backend === "cpu") {
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { version: `TensorFlow.js cpu ${tf.version_core}`, stats: () => undefined };
  }
  const engine = await import("tfjs-onnxruntime");
  const backend = await engine.registerOnnxRuntime({ threads });
  return {
    version: `tfjs-onnxruntime, TensorFlow.js ${tf.version_core}`,
    stats: () => backend.stats(),
    compile: (step) => engine.compile(step),
  };
}

async function createStep(): Promise<() => Promise<object>> {
  if (kind === "train") return createTrainStep({ ...shape, compile }).step;
  const { createInference } = await import("./inference.ts");
  return (await createInference({ ...shape, threads })).step;
}

/** Seconds of `after` spent in ONNX Runtime since `before`; null on another backend. */
function runSeconds(before: BackendStats | undefined, after: BackendStats | undefined): number | null {
  if (!before || !after) return null;
  return (after.runMilliseconds - before.runMilliseconds) / 1000;
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// TensorFlow.js greets on the console; stdout belongs to the protocol.
console.log = console.info = console.warn = (...words) => process.stderr.write(`${words.join(" ")}\n`);

const { version, stats, compile } = await selectBackend();
const step = await createStep();
say({ ready: true, version });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const before = stats();
  const seconds: number[] = [];
  let result = {};
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    result = await step();
    seconds.push((performance.now() - start) / 1000);
  }
  const after = stats();
  say({
    seconds,
    ...result,
    runSeconds: runSeconds(before, after),
    peakRssMegabytes: Math.round(process.resourceUsage().maxRSS / 2 ** 10),
    ...(kind === "train" && after !== undefined && { stats: after }),
  });
}
