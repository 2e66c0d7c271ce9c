/**
 * Trains the small network on the cpu and by WebGPU, and prints both losses, and what "auto" takes, as JSON. A program of its own, so that a
 * test can choose the Vulkan driver, which the loader reads from the environment.
 */
import * as tf from "@tensorflow/tfjs-core";
import { inspectDevice, registerOnnxRuntime } from "tfjs-onnxruntime";
import { createSmallTraining } from "./training.ts";

const STEPS = 5;

/** Weighted sums of what ONNX Runtime's WebGPU kernels refuse or get wrong. */
function unsuitedSums(): tf.Tensor[] {
  const x = tf.randomUniform<tf.Rank.R4>([1, 6, 6, 3], -1, 1, "float32", 1);
  const filter = tf.randomUniform<tf.Rank.R4>([3, 3, 3, 2], -1, 1, "float32", 2);
  const weighted = (y: tf.Tensor) => tf.sum(tf.mul(y, tf.randomUniform(y.shape, -1, 1, "float32", 3)));
  const results = [
    tf.grad((value) => weighted(tf.depthwiseConv2d(value as tf.Tensor4D, filter, 1, "same")))(x),
    tf.grad((value) => weighted(tf.maxPool(value as tf.Tensor4D, 2, 2, "same")))(x),
    tf.stridedSlice(tf.reshape(x, [12, 9]), [0, 5], [6, 0], [2, -2]),
  ];
  return results.map(weighted);
}

async function lossesOn(device: "cpu" | "webgpu") {
  const backend = await registerOnnxRuntime({ device, threads: 1 });
  const training = createSmallTraining(1);
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const loss = training.step();
    losses.push((await loss.data())[0]!);
    loss.dispose();
  }
  training.dispose();
  const trained = backend.stats();
  backend.resetStats();
  const hard = unsuitedSums().map((sum) => sum.dataSync()[0]!);
  return { device: backend.device(), losses, stats: trained, hard, fallbacks: backend.fallbacks() };
}

const report = inspectDevice("webgpu");
const runs = report.usable ? [await lossesOn("cpu"), await lossesOn("webgpu")] : [];
const auto = (await registerOnnxRuntime({ device: "auto" })).device();
console.log(JSON.stringify({ report, runs, auto }));
