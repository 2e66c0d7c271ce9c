/**
 * Where TensorFlow.js computes.
 *
 * @module
 */
import { noDevice } from "../devices.ts";
import { tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";
import type { CompileStep } from "./step.ts";

/**
 * Makes the configured backend TensorFlow.js's own. One of that name that is active already stays as it is,
 * since models that a caller has built live in it.
 *
 * @throws AutochromeError when the device is not to be had
 */
export async function selectBackend(
  config: Pick<TrainConfig, "backend" | "device" | "threads">,
): Promise<void> {
  if (tf.getBackend() === config.backend) return;
  if (config.backend === "cpu") {
    // Else the backend prints an advertisement.
    tf.env().set("PROD", true);
    await import("@tensorflow/tfjs-backend-cpu");
    await tf.setBackend("cpu");
    return;
  }
  const { registerOnnxRuntime } = await import("tfjs-onnxruntime");
  try {
    await registerOnnxRuntime({
      device: config.device ?? "cpu",
      ...(config.threads === null ? {} : { threads: config.threads }),
    });
  } catch (cause) {
    throw noDevice(cause);
  }
}

/** The active backend's way to trace a training step once and replay it; steps that differ are traced as they come. */
export async function stepCompiler(): Promise<CompileStep> {
  if (tf.getBackend() !== "onnxruntime") return (step) => step;
  const { compile } = await import("tfjs-onnxruntime");
  return (step) => compile(step, { strict: false });
}
