/**
 * The backend in a browser: the same graphs, run by onnxruntime-web's WebAssembly build.
 *
 * @module
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerOnnxRuntime } from "tfjs-onnxruntime/web";
 * await registerOnnxRuntime();
 */

// What the whole of TensorFlow.js would bring but its webgl backend: kernels to fall back to, gradients, methods.
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import { OnnxRuntimeBackend, type OnnxRuntimeOptions } from "./backend.ts";
import { activate } from "./register.ts";
import { loadWasm, type WasmOptions } from "./runtime/load-wasm.ts";
import { webRuntime } from "./runtime/web-session.ts";

export { OnnxRuntimeBackend } from "./backend.ts";
export { type Compiled, type CompiledResult, type CompileOptions, compile } from "./compile.ts";
export type { BackendStats } from "./execution.ts";
export { type ExportInput, type ExportOptions, exportOnnx } from "./export.ts";
export { BACKEND_NAME, getOnnxRuntimeBackend } from "./register.ts";
export type { WasmPaths } from "./runtime/load-wasm.ts";
export type { WeightStorage } from "./stored-weights.ts";

/** `threads` and `wasmPaths` say how ONNX Runtime is loaded, `cacheSize` is that of the backend in Node. */
export interface WebOnnxRuntimeOptions extends WasmOptions, Pick<OnnxRuntimeOptions, "cacheSize"> {}

/**
 * Makes ONNX Runtime the backend of TensorFlow.js in this page or worker. A graph blocks the thread that runs
 * it, so training belongs into a worker.
 *
 * @example
 * await registerOnnxRuntime({ wasmPaths: "/onnxruntime/" });
 * const y = tf.matMul(a, b); // recorded
 * console.log(y.dataSync()); // compiled, run
 *
 * @throws Error if onnxruntime-web's files cannot be loaded, or threads are asked for where they cannot run
 */
export async function registerOnnxRuntime(options: WebOnnxRuntimeOptions = {}): Promise<OnnxRuntimeBackend> {
  const { cacheSize } = options;
  return activate(new OnnxRuntimeBackend(webRuntime(await loadWasm(options)), { cacheSize }));
}
