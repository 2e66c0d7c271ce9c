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
import { chooseDevice, type Device } from "./devices.ts";
import { activate } from "./register.ts";
import { nodeRuntime } from "./runtime/session.ts";

export { OnnxRuntimeBackend, type OnnxRuntimeOptions } from "./backend.ts";
export { type Compiled, type CompiledResult, type CompileOptions, compile } from "./compile.ts";
export {
  DEVICES,
  type Device,
  type DeviceReport,
  inspectDevice,
  inspectDevices,
  type NamedDevice,
} from "./devices.ts";
export type { BackendStats } from "./execution.ts";
export { type ExportInput, type ExportOptions, exportOnnx } from "./export.ts";
export { BACKEND_NAME, getOnnxRuntimeBackend } from "./register.ts";
export { availableProviders } from "./runtime/session.ts";
export type { WeightStorage } from "./stored-weights.ts";

export interface RegisterOptions extends OnnxRuntimeOptions {
  /**
   * What computes, instead of `executionProviders`; by default the cpu. A device that is named is tried first and
   * must give the right numbers; "auto" takes a GPU that is at least twice as fast as the cpu, else the cpu.
   */
  device?: Device;
}

/**
 * Makes ONNX Runtime the backend of TensorFlow.js in this process.
 *
 * @example
 * await registerOnnxRuntime({ threads: 2 });
 * const y = tf.matMul(a, b); // recorded
 * console.log(await y.data()); // compiled, run
 *
 * @throws Error if an execution provider is not part of this ONNX Runtime build, or the device cannot be used
 */
export async function registerOnnxRuntime(options: RegisterOptions = {}): Promise<OnnxRuntimeBackend> {
  const { device, ...rest } = options;
  if (device === undefined) return activate(new OnnxRuntimeBackend(nodeRuntime, rest));
  if (rest.executionProviders !== undefined) {
    throw new Error("device and executionProviders say the same thing: give one of them.");
  }
  const executionProviders = [chooseDevice(device)];
  return activate(new OnnxRuntimeBackend(nodeRuntime, { ...rest, executionProviders }));
}
