import { graphError } from "./failure.ts";
import type { GraphType, NumberArray, OpNode, Traversal, Value, ValueNode } from "./graph.ts";
import { type Layout, physicalDims } from "./layout.ts";
import { Lowering } from "./lowering.ts";
import { encodeModel, type OnnxModel, type OnnxValue } from "./onnx/index.ts";
import type { BufferPool } from "./runtime/pool.ts";
import type { Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime/runtime.ts";

/** Makes the runtime's view on a value, once. */
function tensorOf(runtime: Runtime, value: Value, dtype: GraphType, dims: readonly number[]): RuntimeTensor {
  value.tensor ??= runtime.tensor(dtype, value.data, dims);
  return value.tensor;
}

interface ProgramOutput {
  readonly onnxName: string;
  readonly layout: Layout;
}

/** A compiled graph: the structure that its key stands for, ready to run on any values of that structure. */
export class Program {
  readonly #runtime: Runtime;
  readonly #session: RuntimeSession;
  readonly #feedNames: readonly (string | null)[];
  readonly #outputs: readonly ProgramOutput[];
  /** Number of ONNX nodes. */
  readonly size: number;
  readonly partlyOnCpu: boolean;

  constructor(
    traversal: Traversal,
    outputs: readonly ValueNode[],
    runtime: Runtime,
    options: SessionOptions,
  ) {
    this.#runtime = runtime;
    const inputs: OnnxValue[] = [];
    const lowering = new Lowering(traversal, (leaf, slot) => {
      const layout = leaf.value?.layout ?? "";
      inputs.push({ name: `x${slot}`, type: leaf.dtype, dims: physicalDims(leaf.shape, layout) });
      return { name: `x${slot}`, layout, dims: leaf.shape };
    });
    const taken = new Set<string>();
    this.#outputs = outputs.map((node) => {
      const { name, layout } = lowering.result(node);
      // The runtime wants each output to be a node's own: not an input, a constant, or another output.
      const own = name.startsWith("t") && !taken.has(name) ? name : lowering.emit("Identity", [name]);
      taken.add(own);
      return { onnxName: own, layout };
    });
    const model: OnnxModel = {
      nodes: lowering.nodes,
      initializers: lowering.initializers,
      inputs,
      outputs: outputs.map((node, i) => ({
        name: this.#outputs[i].onnxName,
        type: node.dtype,
        dims: physicalDims(node.shape, this.#outputs[i].layout),
      })),
    };
    this.size = model.nodes.length;
    const used = new Set(model.nodes.flatMap((node) => node.inputs));
    this.#feedNames = traversal.leaves.map((leaf, slot) =>
      leaf.fill === null && used.has(`x${slot}`) ? `x${slot}` : null,
    );
    this.#session = createSession(
      runtime,
      { ...model, inputs: inputs.filter((input) => used.has(input.name)) },
      traversal.ops,
      options,
    );
    this.partlyOnCpu = this.#session.partlyOnCpu ?? false;
  }

  /** Computes `outputs` and stores their values. */
  run(traversal: Traversal, outputs: readonly ValueNode[], pool: BufferPool): void {
    const feeds: Record<string, RuntimeTensor> = {};
    traversal.leaves.forEach((leaf, slot) => {
      const name = this.#feedNames[slot];
      if (name === null) return;
      const value = leaf.value;
      if (!value)
        throw new Error("A function that is being traced must not read what depends on its inputs.");
      feeds[name] = tensorOf(this.#runtime, value, leaf.dtype, physicalDims(leaf.shape, value.layout));
    });
    const fetches: Record<string, RuntimeTensor> = {};
    const values: Value[] = outputs.map((node, i) => {
      const { onnxName, layout } = this.#outputs[i];
      const dims = physicalDims(node.shape, layout);
      let size = 1;
      for (const dim of dims) size *= dim;
      const data = takeBuffer(pool, node, size, traversal.ops);
      const value: Value = { data, layout, tensor: null, escaped: false };
      fetches[onnxName] = tensorOf(this.#runtime, value, node.dtype, dims);
      return value;
    });
    try {
      this.#session.run(feeds, fetches);
    } catch (cause) {
      throw graphError(cause, traversal.ops);
    }
    outputs.forEach((node, i) => {
      node.value = values[i];
      node.op = null;
    });
  }

  endProfiling(): void {
    this.#session.endProfiling();
  }

  dispose(): void {
    this.#session.dispose();
  }
}

function takeBuffer(pool: BufferPool, node: ValueNode, size: number, ops: readonly OpNode[]): NumberArray {
  try {
    return pool.take(node.dtype, size);
  } catch (cause) {
    throw graphError(cause, ops, node.op);
  }
}

function createSession(
  runtime: Runtime,
  model: OnnxModel,
  ops: readonly OpNode[],
  options: SessionOptions,
): RuntimeSession {
  try {
    return runtime.createSession(encodeModel(model), options);
  } catch (cause) {
    throw graphError(cause, ops);
  }
}
