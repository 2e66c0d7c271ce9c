/**
 * Where TensorFlow.js computes.
 *
 * @module
 */
import { AutochromeError } from "../errors.ts";
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
  const wanted = config.device === null || config.device === "auto" ? null : config.device;
  try {
    await registerOnnxRuntime({
      ...(config.threads === null ? {} : { threads: config.threads }),
      ...(wanted === null ? {} : { executionProviders: [wanted] }),
    });
    // A device that is named but missing shows only when a graph runs on it.
    const probe = tf.tidy(() => tf.add(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])));
    await probe.data();
    probe.dispose();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AutochromeError(
      `the device '${wanted ?? "cpu"}' cannot be used (${reason.replace(/\.$/, "")}): install it, or leave --device out.`,
      {
        code: "NO_DEVICE",
        cause,
      },
    );
  }
}

/** The active backend's way to trace a training step once and replay it; steps that differ are traced as they come. */
export async function stepCompiler(): Promise<CompileStep> {
  if (tf.getBackend() !== "onnxruntime") return (step) => step;
  const { compile } = await import("tfjs-onnxruntime");
  return (step) => compile(step, { strict: false });
}
