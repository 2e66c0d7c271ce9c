import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";

type Storage = tf.KernelBackend;

let storage: Storage | null = null;

/** A `cpu` backend of our own, so that the one TensorFlow.js manages stays as the user left it. */
function cpuStorage(): Storage {
  if (storage) return storage;
  const factory = tf.findBackendFactory("cpu");
  if (!factory) throw new Error("The TensorFlow.js cpu backend is missing.");
  storage = factory() as Storage;
  // Its constructor never warns; its first write does, unless it believes that it has written before.
  Object.assign(storage, { firstUse: false });
  return storage;
}

/** What cpu kernels take: some of them read members of a whole tensor. */
interface CpuTensor extends tf.TensorInfo {
  rank: number;
  size: number;
}

function toCpu(info: tf.TensorInfo, from: OnnxRuntimeBackend, cpu: Storage): object {
  if (info.dtype === "complex64") {
    const { real, imag } = from.complexParts(info.dataId);
    const [realPart, imagPart] = [real, imag].map((part) => ({
      dataId: toCpu({ ...part, shape: info.shape }, from, cpu),
      shape: info.shape,
      dtype: part.dtype,
    }));
    const combine = tf.getKernel("Complex", "cpu").kernelFunc;
    const inputs = { real: realPart, imag: imagPart };
    const complex = combine({ inputs, backend: cpu }) as tf.TensorInfo;
    for (const part of [realPart, imagPart]) cpu.disposeData(part.dataId);
    return complex.dataId;
  }
  return cpu.write(from.peek(info.dataId), info.shape, info.dtype);
}

function fromCpu(info: tf.TensorInfo, to: OnnxRuntimeBackend, cpu: Storage): tf.TensorInfo {
  if (info.dtype === "complex64") {
    const [real, imag] = ["Real", "Imag"].map((part) => {
      const output = tf
        .getKernel(part, "cpu")
        .kernelFunc({ inputs: { input: info }, backend: cpu }) as tf.TensorInfo;
      return fromCpu(output, to, cpu);
    });
    return to.makeComplex(real, imag, info.shape);
  }
  // The cpu backend may hand an input back as output, so the values are copied.
  const values = cpu.readSync(info.dataId);
  const copy = Array.isArray(values) ? [...values] : (values as Float32Array).slice();
  cpu.disposeData(info.dataId);
  return to.makeLeaf(copy as tf.BackendValues, info.shape, info.dtype);
}

type Input = tf.TensorInfo | tf.TensorInfo[] | null | undefined;

/**
 * Runs a kernel that has no lowering on TensorFlow.js's own `cpu` backend, on values computed so far, and
 * counts it.
 *
 * @throws Error if the `cpu` backend lacks the kernel, too
 */
export function runOnCpu(
  name: string,
  backend: OnnxRuntimeBackend,
  inputs: tf.NamedTensorInfoMap,
  attrs: tf.NamedAttrMap | undefined,
): tf.TensorInfo | tf.TensorInfo[] {
  const kernel = tf.getKernel(name, "cpu");
  if (!kernel) throw new Error(`Neither the onnxruntime nor the cpu backend knows the kernel "${name}".`);
  backend.execution.countFallback(name);
  const cpu = cpuStorage();
  const moved = new Map<object, object>();
  const move = (info: tf.TensorInfo): CpuTensor => {
    const dataId = moved.get(info.dataId) ?? toCpu(info, backend, cpu);
    moved.set(info.dataId, dataId);
    const { shape, dtype } = info;
    return { dataId, shape, dtype, rank: shape.length, size: tf.util.sizeFromShape(shape) };
  };
  try {
    // Kernels over a list of tensors get an array where others get named inputs; some have a list by a name.
    const cpuInputs = (Array.isArray(inputs) ? [] : {}) as Record<string, CpuTensor | CpuTensor[]>;
    for (const [key, input] of Object.entries(inputs as Record<string, Input>)) {
      if (input) cpuInputs[key] = Array.isArray(input) ? input.map(move) : move(input);
    }
    const result = kernel.kernelFunc({ inputs: cpuInputs as tf.NamedTensorInfoMap, attrs, backend: cpu });
    const outputs = (Array.isArray(result) ? result : [result]).map((info) => fromCpu(info, backend, cpu));
    return Array.isArray(result) ? outputs : outputs[0];
  } finally {
    for (const copy of moved.values()) cpu.disposeData(copy);
  }
}
