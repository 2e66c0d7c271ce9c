import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import { type GraphType, traverse, type ValueNode } from "./graph.ts";
import { physicalDims } from "./layout.ts";
import { type Form, Lowering } from "./lowering.ts";
import { encodeModel, type OnnxTensor, type OnnxValue } from "./onnx/index.ts";
import { getOnnxRuntimeBackend } from "./register.ts";
import { toFloat16 } from "./runtime/float16.ts";

export interface ExportInput {
  name: string;
  dtype?: GraphType;
  /** Sizes with which the function is traced. */
  shape: readonly number[];
  /**
   * Sizes to declare in the file; a string leaves one open (`["batch", "height", "width", 1]`). What the
   * function does must then not depend on that size. By default the sizes of `shape`.
   */
  dims?: readonly (number | string)[];
}

export interface ExportOptions {
  inputs: readonly ExportInput[];
  outputs: readonly { name: string; dims?: readonly (number | string)[] }[];
  /** How weights are stored; float16 halves the file and costs about three decimal digits. */
  weights?: "float32" | "float16";
  /** Texts that go along in the file. */
  metadata?: Readonly<Record<string, string>>;
  doc?: string;
}

/** Smaller constants stay float32: they weigh nothing, and norms and biases need their digits. */
const SMALLEST_HALVED = 1024;

/**
 * Writes what a TensorFlow.js function computes as a self-contained ONNX file: it is traced once, everything
 * that does not depend on its inputs is computed and stored as a constant.
 *
 * @param compute a pure function of its inputs, such as `(x) => model.predict(x)`
 * @returns the bytes of the `.onnx` file
 * @throws Error if the function reads a value that depends on its inputs, or yields other than `outputs`
 */
export function exportOnnx(
  compute: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
  options: ExportOptions,
): Uint8Array {
  const backend = getOnnxRuntimeBackend();
  let bytes: Uint8Array = new Uint8Array(0);
  // Not returned through the tidy, which would look for tensors in every byte.
  tf.tidy(() => {
    const placeholders = options.inputs.map(({ shape, dtype }) => {
      const info = backend.makePlaceholder(shape, dtype ?? "float32");
      return tf.engine().makeTensorFromTensorInfo(info);
    });
    const result = compute(...placeholders);
    const results = Array.isArray(result) ? result : [result];
    if (results.length !== options.outputs.length) {
      throw new Error(
        `The function yields ${results.length} tensors, but ${options.outputs.length} are named.`,
      );
    }
    const inputs = new Map(placeholders.map((tensor, i) => [backend.node(tensor), options.inputs[i]]));
    const outputs = results.map((tensor) => backend.node(tensor));
    foldConstants(backend, outputs, inputs);
    bytes = encode(outputs, inputs, options);
  });
  return bytes;
}

/** Computes every value that the outputs need and that no input influences. */
function foldConstants(
  backend: OnnxRuntimeBackend,
  outputs: readonly ValueNode[],
  inputs: ReadonlyMap<ValueNode, ExportInput>,
): void {
  const dependent = new Set<ValueNode>(inputs.keys());
  const constants = new Set<ValueNode>();
  const { ops } = traverse(outputs);
  for (const op of ops) {
    if (!op.inputs.some((input) => dependent.has(input))) continue;
    for (const output of op.outputs) dependent.add(output);
    for (const input of op.inputs) if (!dependent.has(input) && input.op !== null) constants.add(input);
  }
  for (const output of outputs) if (!dependent.has(output) && output.op !== null) constants.add(output);
  backend.execution.compute([...constants]);
}

function encode(
  outputs: readonly ValueNode[],
  inputs: ReadonlyMap<ValueNode, ExportInput>,
  options: ExportOptions,
): Uint8Array {
  const graphInputs: OnnxValue[] = options.inputs.map(({ name, dtype, shape, dims }) => ({
    name,
    type: dtype ?? "float32",
    dims: dims ?? shape,
  }));
  const weights: OnnxTensor[] = [];
  const halved: { from: string; to: string }[] = [];
  const lowering = new Lowering(
    traverse(outputs),
    (leaf, slot): Form => {
      const input = inputs.get(leaf);
      if (input) return { name: input.name, layout: "", dims: leaf.shape };
      const name = `w${slot}`;
      const half = options.weights === "float16" && leaf.dtype === "float32" && size(leaf) >= SMALLEST_HALVED;
      weights.push(weightTensor(leaf, half ? `${name}_half` : name, half));
      if (half) halved.push({ from: `${name}_half`, to: name });
      return { name, layout: leaf.value?.layout ?? "", dims: leaf.shape };
    },
    {
      openSizes: options.inputs.some((input) => input.dims?.some((dim) => typeof dim === "string")),
      isStandard: true,
    },
  );
  const names = outputs.map((node) => lowering.get(node));
  const casts = halved.map(({ from, to }) => ({
    op: "Cast",
    inputs: [from],
    outputs: [to],
    attributes: { to: { i: 1 } },
  }));
  const renames = options.outputs.map(({ name }, i) => ({
    op: "Identity",
    inputs: [names[i]],
    outputs: [name],
  }));
  return encodeModel({
    nodes: [...casts, ...lowering.nodes, ...renames],
    inputs: graphInputs,
    outputs: options.outputs.map(({ name, dims }, i) => ({
      name,
      type: outputs[i].dtype,
      dims: dims ?? outputs[i].shape,
    })),
    initializers: [...lowering.initializers, ...weights],
    metadata: options.metadata,
    doc: options.doc,
  });
}

function size(node: ValueNode): number {
  return node.shape.reduce((product, dim) => product * dim, 1);
}

function weightTensor(leaf: ValueNode, name: string, half: boolean): OnnxTensor {
  const { value } = leaf;
  if (!value) throw new Error("internal: a constant of the traced function has no value");
  const dims = physicalDims(leaf.shape, value.layout);
  if (half) return { name, type: "float16", dims, data: bytes(toFloat16(value.data as Float32Array)) };
  return { name, type: leaf.dtype, dims, data: bytes(value.data) };
}

function bytes(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
