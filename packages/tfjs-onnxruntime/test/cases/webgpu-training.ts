/**
 * Trains the small network on the cpu and by WebGPU, and prints both losses, and what "auto" takes, as JSON. A program of its own, so that a
 * test can choose the Vulkan driver, which the loader reads from the environment.
 */
import { inspectDevice, registerOnnxRuntime } from "tfjs-onnxruntime";
import { createSmallTraining } from "./training.ts";

const STEPS = 5;

async function lossesOn(device: "cpu" | "webgpu") {
  const backend = await registerOnnxRuntime({ device, threads: 1 });
  const training = createSmallTraining(1);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const loss = training.step();
    losses.push((await loss.data())[0]!);
    loss.dispose();
  }
  return { device: backend.device(), losses, stats: backend.stats() };
}

const report = inspectDevice("webgpu");
const runs = report.usable ? [await lossesOn("cpu"), await lossesOn("webgpu")] : [];
const auto = (await registerOnnxRuntime({ device: "auto" })).device();
console.log(JSON.stringify({ report, runs, auto }));
