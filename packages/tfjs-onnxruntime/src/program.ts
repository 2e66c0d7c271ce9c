import type { GraphType, OpNode, Traversal, Value, ValueNode } from "./graph.ts";
import { type Layout, physicalDims, sizeOf } from "./layout.ts";
import { Lowering } from "./lowering.ts";
import type { OnnxModel, OnnxValue } from "./onnx/index.ts";
import type { BufferPool } from "./runtime/pool.ts";
import type { Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime/runtime.ts";

/** Makes the runtime's view on a value, once. */
function tensorOf(runtime: Runtime, value: Value, dtype: GraphType, dims: readonly number[]): RuntimeTensor {
  value.tensor ??= runtime.tensor(dtype, value.data, dims);
  return value.tensor;
}

interface ProgramOutput {
  readonly onnxName: string;
  readonly dtype: GraphType;
  readonly layout: Layout;
  /** Sizes in memory order. */
  readonly dims: readonly number[];
  readonly size: number;
}

/** A compiled graph: the structure that its key stands for, ready to run on any values of that structure. */
export class Program {
  readonly #runtime: Runtime;
  readonly #session: RuntimeSession;
  /** Position among the leaves and ONNX name of each input. */
  readonly #feeds: readonly (readonly [number, string])[];
  readonly #outputs: readonly ProgramOutput[];
  /** Number of ONNX nodes. */
  readonly size: number;
  #disposed = false;

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
      const dims = physicalDims(node.shape, layout);
      return { onnxName: own, dtype: node.dtype, layout, dims, size: sizeOf(dims) };
    });
    const model: OnnxModel = {
      nodes: lowering.nodes,
      initializers: lowering.initializers,
      inputs,
      outputs: this.#outputs.map(({ onnxName, dtype, dims }) => ({ name: onnxName, type: dtype, dims })),
    };
    this.size = model.nodes.length;
    const used = new Set(model.nodes.flatMap((node) => node.inputs));
    this.#feeds = traversal.leaves.flatMap((leaf, slot): [number, string][] =>
      leaf.fill === null && used.has(`x${slot}`) ? [[slot, `x${slot}`]] : [],
    );
    this.#session = createSession(
      runtime,
      { ...model, inputs: inputs.filter((input) => used.has(input.name)) },
      traversal.ops,
      options,
    );
  }

  /** Computes the outputs from the values of the leaves; those of fills are not looked at. */
  run(leaves: readonly ValueNode[], pool: BufferPool): Value[] {
    const feeds: Record<string, RuntimeTensor> = {};
    for (const [slot, name] of this.#feeds) {
      const { value, dtype, shape } = leaves[slot];
      if (!value)
        throw new Error("A function that is being traced must not read what depends on its inputs.");
      feeds[name] = value.tensor ?? tensorOf(this.#runtime, value, dtype, physicalDims(shape, value.layout));
    }
    const fetches: Record<string, RuntimeTensor> = {};
    const values: Value[] = [];
    for (const { onnxName, layout, dtype, dims, size } of this.#outputs) {
      const value: Value = { data: pool.take(dtype, size), layout, tensor: null, escaped: false };
      fetches[onnxName] = tensorOf(this.#runtime, value, dtype, dims);
      values.push(value);
    }
    this.#session.run(feeds, fetches);
    return values;
  }

  endProfiling(): void {
    this.#session.endProfiling();
  }

  /** True once the program can no longer run. */
  get isDisposed(): boolean {
    return this.#disposed;
  }

  dispose(): void {
    this.#disposed = true;
    this.#session.dispose();
  }
}

function createSession(
  runtime: Runtime,
  model: OnnxModel,
  ops: readonly OpNode[],
  options: SessionOptions,
): RuntimeSession {
  try {
    return runtime.createSession(model, options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const kernels = [...new Set(ops.map((op) => op.kernel.name))].join(", ");
    throw new Error(`ONNX Runtime refused the graph of ${ops.length} operations (${kernels}): ${reason}`, {
      cause,
    });
  }
}
