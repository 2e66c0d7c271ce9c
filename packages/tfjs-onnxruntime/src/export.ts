import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import { type GraphType, type OpNode, traverse, type ValueNode } from "./graph.ts";
import { type Form, Lowering } from "./lowering.ts";
import { encodeModel, type OnnxNode, type OnnxTensor, type OnnxValue } from "./onnx/index.ts";
import { getOnnxRuntimeBackend } from "./register.ts";
import { storeWeight, type WeightStorage } from "./stored-weights.ts";

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
  /**
   * How weights are stored; the file computes in float32 all the same, at the same speed. float16 halves the file and
   * keeps about three decimal digits of a weight. int8 quarters it: the kernels of convolutions and dense layers are
   * rounded to 255 steps, evenly spaced up to the largest weight of each output channel. By default float32.
   */
  weights?: WeightStorage;
  /** Texts that go along in the file. */
  metadata?: Readonly<Record<string, string>>;
  doc?: string;
}

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
  const expansion: OnnxNode[] = [];
  const traversal = traverse(outputs);
  const users = usersOf(traversal.ops);
  const lowering = new Lowering(
    traversal,
    (leaf, slot): Form => {
      const input = inputs.get(leaf);
      if (input) return { name: input.name, layout: "", dims: leaf.shape };
      const name = `w${slot}`;
      const stored = storeWeight(leaf, name, options.weights ?? "float32", users.get(leaf) ?? []);
      weights.push(...stored.initializers);
      expansion.push(...stored.nodes);
      return { name, layout: leaf.value?.layout ?? "", dims: leaf.shape };
    },
    {
      openSizes: options.inputs.some((input) => input.dims?.some((dim) => typeof dim === "string")),
      isStandard: true,
    },
  );
  const names = outputs.map((node) => lowering.get(node));
  const renames = options.outputs.map(({ name }, i) => ({
    op: "Identity",
    inputs: [names[i]],
    outputs: [name],
  }));
  return encodeModel({
    nodes: [...expansion, ...lowering.nodes, ...renames],
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

/** The operations that read each value. */
function usersOf(ops: readonly OpNode[]): Map<ValueNode, OpNode[]> {
  const users = new Map<ValueNode, OpNode[]>();
  for (const op of ops) {
    for (const input of op.inputs) users.set(input, [...(users.get(input) ?? []), op]);
  }
  return users;
}
