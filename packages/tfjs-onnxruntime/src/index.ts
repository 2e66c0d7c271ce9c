/**
 * A TensorFlow.js backend for Node: operations are recorded, whole graphs run on ONNX Runtime.
 *
 * @module
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerOnnxRuntime } from "tfjs-onnxruntime";
 * await registerOnnxRuntime({ threads: 2 });
 */

// The whole of TensorFlow.js: in Node its core package alone registers no gradients and no cpu backend.
import "@tensorflow/tfjs";
import { OnnxRuntimeBackend, type OnnxRuntimeOptions } from "./backend.ts";
import { activate } from "./register.ts";
import { nodeRuntime } from "./runtime/session.ts";

export { type BackendStats, OnnxRuntimeBackend, type OnnxRuntimeOptions } from "./backend.ts";
export { type Compiled, type CompiledResult, compile } from "./compile.ts";
export { type ExportInput, type ExportOptions, exportOnnx } from "./export.ts";
export { BACKEND_NAME, getOnnxRuntimeBackend } from "./register.ts";
export { availableProviders } from "./runtime/session.ts";

/**
 * Makes ONNX Runtime the backend of TensorFlow.js in this process.
 *
 * @example
 * await registerOnnxRuntime({ threads: 2 });
 * const y = tf.matMul(a, b); // recorded
 * console.log(await y.data()); // compiled, run
 *
 * @throws Error if an execution provider is not part of this ONNX Runtime build
 */
export async function registerOnnxRuntime(options: OnnxRuntimeOptions = {}): Promise<OnnxRuntimeBackend> {
  return activate(new OnnxRuntimeBackend(nodeRuntime, options));
}
