/**
 * A TensorFlow.js backend for Node: operations are recorded, whole graphs run on ONNX Runtime.
 *
 * @module
 * @example
 * import * as tf from "@tensorflow/tfjs-core";
 * import { registerOnnxRuntime } from "tfjs-onnxruntime";
 * await registerOnnxRuntime({ threads: 2 });
 */
export { type BackendStats, OnnxRuntimeBackend, type OnnxRuntimeOptions } from "./backend.ts";
export { type Compiled, type CompiledResult, compile } from "./compile.ts";
export { type ExportInput, type ExportOptions, exportOnnx } from "./export.ts";
export { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "./register.ts";
export { availableProviders } from "./runtime/session.ts";
