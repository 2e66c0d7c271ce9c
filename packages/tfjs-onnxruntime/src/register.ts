import * as tf from "@tensorflow/tfjs-core";
import { OnnxRuntimeBackend } from "./backend.ts";
import { runOnCpu } from "./fallback.ts";
import { registerGradients } from "./gradients.ts";
import { LOWERED_KERNELS } from "./kernels/index.ts";
import type { Kernel } from "./kernels/kernel.ts";
import { flushBeforeReassignment } from "./variables.ts";

/** The name under which TensorFlow.js knows this backend. */
export const BACKEND_NAME = "onnxruntime";

type KernelFunction = tf.KernelConfig["kernelFunc"];

function inputInfos(
  kernel: Kernel,
  inputs: tf.NamedTensorInfoMap,
): { infos: tf.TensorInfo[]; present: string[] } {
  if (kernel.inputs === null) return { infos: Object.values(inputs) as tf.TensorInfo[], present: [] };
  const infos: tf.TensorInfo[] = [];
  const present: string[] = [];
  for (const declared of kernel.inputs) {
    const name = declared.replace("?", "");
    const info = inputs[name];
    if (info) {
      infos.push(info);
      present.push(name);
    }
  }
  return { infos, present };
}

function recording(kernel: Kernel): KernelFunction {
  const hasOptional = kernel.inputs?.some((name) => name.endsWith("?")) ?? false;
  return ({ inputs, attrs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const { infos, present } = inputInfos(kernel, inputs);
    if (infos.every((info) => info.dtype !== "string" && info.dtype !== "complex64")) {
      const nodes = infos.map((info) => ours.node(info));
      if (kernel.isIdentity?.(nodes, attrs ?? {})) return ours.alias(infos[0]);
      const recorded = ours.record(kernel, nodes, hasOptional ? { ...attrs, present } : (attrs ?? {}));
      if (recorded) return recorded.length === 1 && !kernel.yieldsList ? recorded[0] : recorded;
    }
    return runOnCpu(kernel.name, ours, inputs, attrs);
  };
}

interface RangeAttrs {
  start: number;
  stop: number;
  step: number;
  dtype: "float32" | "int32";
}

interface FillAttrs {
  shape: number[];
  value: number | string;
  dtype?: tf.DataType;
}

/** Kernels that need no computation at all. */
const IMMEDIATE: Record<string, KernelFunction> = {
  Identity: ({ inputs, backend }) => (backend as OnnxRuntimeBackend).alias(inputs.x as tf.TensorInfo),
  Complex: ({ inputs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const real = inputs.real as tf.TensorInfo;
    return ours.makeComplex(ours.alias(real), ours.alias(inputs.imag as tf.TensorInfo), real.shape);
  },
  Real: ({ inputs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const input = inputs.input as tf.TensorInfo;
    return ours.alias({ ...ours.complexParts(input.dataId).real, shape: input.shape });
  },
  Imag: ({ inputs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const input = inputs.input as tf.TensorInfo;
    return ours.alias({ ...ours.complexParts(input.dataId).imag, shape: input.shape });
  },
  Range: ({ attrs, backend }) => {
    const { start, stop, step, dtype } = attrs as unknown as RangeAttrs;
    // A step of 1 counts downwards where the end lies below the start: it may just be the default.
    const actualStep = step === 1 && stop < start ? -1 : step;
    const length = start === stop ? 0 : Math.max(0, Math.ceil((stop - start) / actualStep));
    const values = Float64Array.from({ length }, (_, i) => start + i * actualStep);
    const typed = dtype === "float32" ? Float32Array.from(values) : Int32Array.from(values);
    return (backend as OnnxRuntimeBackend).makeLeaf(typed, [length], dtype);
  },
  Fill: ({ attrs, backend }) => {
    const ours = backend as OnnxRuntimeBackend;
    const { shape, value, dtype } = attrs as unknown as FillAttrs;
    const type = dtype ?? tf.util.inferDtype(value as never);
    if (typeof value === "string" || type === "string" || type === "complex64") {
      return runOnCpu("Fill", ours, {}, attrs);
    }
    if (value === 0 || value === 1) return ours.makeFill(shape, type, value);
    const values = tf.util.getTypedArrayFromDType(type, tf.util.sizeFromShape(shape)) as Float32Array;
    return ours.makeLeaf(values.fill(value), shape, type);
  },
  LinSpace: ({ attrs, backend }) => {
    const { start, stop, num } = attrs as unknown as { start: number; stop: number; num: number };
    const step = (stop - start) / (num - 1);
    const values = Float32Array.from({ length: num }, (_, i) => (i === 0 ? start : start + i * step));
    return (backend as OnnxRuntimeBackend).makeLeaf(values, [num], "float32");
  },
  ZerosLike: (params) => filled(params, 0),
  OnesLike: (params) => filled(params, 1),
};

function filled({ inputs, backend }: Parameters<KernelFunction>[0], value: 0 | 1): tf.TensorInfo {
  const ours = backend as OnnxRuntimeBackend;
  const x = inputs.x as tf.TensorInfo;
  if (x.dtype === "string" || x.dtype === "complex64") {
    return runOnCpu(value === 0 ? "ZerosLike" : "OnesLike", ours, inputs, {}) as tf.TensorInfo;
  }
  return ours.makeFill(x.shape, x.dtype, value);
}

let registered = false;

function registerKernels(): void {
  if (registered) return;
  registered = true;
  const lowered = new Map<string, KernelFunction>(Object.entries(IMMEDIATE));
  for (const kernel of LOWERED_KERNELS) lowered.set(kernel.name, recording(kernel));
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (!lowered.has(kernelName)) {
      lowered.set(kernelName, ({ inputs, attrs, backend }) =>
        runOnCpu(kernelName, backend as OnnxRuntimeBackend, inputs, attrs),
      );
    }
  }
  for (const [kernelName, kernelFunc] of lowered) {
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc });
  }
  registerGradients();
}

/** Makes a backend, registered anew, the one that TensorFlow.js uses. */
export async function activate(backend: OnnxRuntimeBackend): Promise<OnnxRuntimeBackend> {
  registerKernels();
  if (tf.findBackend(BACKEND_NAME) !== null) tf.removeBackend(BACKEND_NAME);
  tf.registerBackend(BACKEND_NAME, () => backend, 10);
  flushBeforeReassignment(backend);
  await tf.setBackend(BACKEND_NAME);
  return backend;
}

/**
 * The backend in use.
 *
 * @throws Error if `registerOnnxRuntime()` was not called or another backend is active
 */
export function getOnnxRuntimeBackend(): OnnxRuntimeBackend {
  const backend = tf.backend();
  if (backend instanceof OnnxRuntimeBackend) return backend;
  throw new Error('The ONNX Runtime backend is not active: call "await registerOnnxRuntime()" first.');
}
