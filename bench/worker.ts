// Runs the reference workload on one TensorFlow.js backend, answering one request a line:
// {"steps": n} on stdin is answered with {"seconds": [...], "gLoss", "dLoss"} on stdout.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { createTrainStep } from "./workload.ts";

const { values } = parseArgs({
  options: {
    backend: { type: "string" },
    size: { type: "string" },
    batch: { type: "string" },
    threads: { type: "string" },
  },
});

/** Registers the backend; returns its name and version, and what to add to each answer. */
async function selectBackend(): Promise<{ version: string; stats: () => object }> {
  if (values.backend === "cpu") {
    const { version_cpu } = await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return { version: `TensorFlow.js cpu ${version_cpu}`, stats: () => ({}) };
  }
  const engine = await import("tfjs-onnxruntime");
  await engine.registerOnnxRuntime({ threads: Number(values.threads) });
  return {
    version: `tfjs-onnxruntime, TensorFlow.js ${tf.version_core}`,
    stats: () => ({ stats: engine.getOnnxRuntimeBackend().stats() }),
  };
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// TensorFlow.js greets on the console; stdout belongs to the protocol.
console.log = console.info = console.warn = (...words) => process.stderr.write(`${words.join(" ")}\n`);

const { version, stats } = await selectBackend();
const workload = createTrainStep({ size: Number(values.size), batch: Number(values.batch) });
say({ ready: true, version });
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line) as { steps: number };
  const seconds: number[] = [];
  let losses = {};
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    losses = await workload.step();
    seconds.push((performance.now() - start) / 1000);
  }
  say({ seconds, ...losses, ...stats(), rssMegabytes: Math.round(process.memoryUsage().rss / 2 ** 20) });
}
