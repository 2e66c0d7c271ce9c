import { planDonations } from "./donation.ts";
import { type GraphError, graphError, replayError } from "./failure.ts";
import type { GraphType, NumberArray, OpNode, Traversal, Value, ValueNode } from "./graph.ts";
import { type Layout, physicalDims, sizeOf } from "./layout.ts";
import { Lowering } from "./lowering.ts";
import type { OnnxModel, OnnxNode, OnnxValue } from "./onnx/index.ts";
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

/** Operations just recorded and the results asked of them. */
export interface Recorded {
  readonly ops: readonly OpNode[];
  readonly outputs: readonly ValueNode[];
}

/** A compiled graph: the structure that its key stands for, ready to run on any values of that structure. */
export class Program {
  readonly #runtime: Runtime;
  readonly #session: RuntimeSession;
  /** Position among the leaves and ONNX name of each input. */
  readonly #feeds: readonly (readonly [number, string])[];
  readonly #outputs: readonly ProgramOutput[];
  readonly #nodes: readonly OnnxNode[];
  /** Number of ONNX nodes. */
  readonly size: number;
  #disposed = false;
  /** The donors found last: each trace of a compiled function asks for the same ones twice. */
  #planned: { readonly key: string; readonly donors: readonly number[] } | null = null;
  readonly partlyOnCpu: boolean;

  constructor(
    traversal: Traversal,
    outputs: readonly ValueNode[],
    runtime: Runtime,
    options: SessionOptions,
  ) {
    this.#runtime = runtime;
    const inputs: OnnxValue[] = [];
    const lowering = new Lowering(
      traversal,
      (leaf, slot) => {
        const layout = leaf.value?.layout ?? "";
        inputs.push({ name: `x${slot}`, type: leaf.dtype, dims: physicalDims(leaf.shape, layout) });
        return { name: `x${slot}`, layout, dims: leaf.shape };
      },
      { isStandard: !options.executionProviders.every((name) => name === "cpu") },
    );
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
    this.#nodes = model.nodes;
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
    this.partlyOnCpu = this.#session.partlyOnCpu ?? false;
  }

  /**
   * For each output the leaf whose memory it may take, or -1.
   *
   * @param leaves those that this program was compiled for, or alike
   * @param dying positions among them of those that nobody needs afterwards
   */
  donors(leaves: readonly ValueNode[], dying: readonly number[]): readonly number[] {
    const key = dying.join();
    if (this.#planned?.key === key) return this.#planned.donors;
    const outputs = this.#outputs.map(({ onnxName, dtype, size }) => ({ name: onnxName, dtype, size }));
    const inputs = dying.map((slot) => {
      const { dtype, shape } = leaves[slot];
      return { name: `x${slot}`, dtype, size: sizeOf(shape) };
    });
    const plan = planDonations(this.#nodes, outputs, inputs);
    const donors = plan.map((donor) => (donor < 0 ? -1 : dying[donor]));
    this.#planned = { key, donors };
    return donors;
  }

  /**
   * Computes the outputs from the values of the leaves; those of fills are not looked at.
   *
   * @param recorded what the program was looked up for, absent in a replay
   * @param donors from `donors`: these leaves may lose their values
   * @throws GraphError if an operation fails or memory runs out; leaves that gave their memory have then failed, too
   */
  run(
    leaves: readonly ValueNode[],
    pool: BufferPool,
    recorded?: Recorded,
    donors: readonly number[] = [],
  ): Value[] {
    const feeds: Record<string, RuntimeTensor> = {};
    for (const [slot, name] of this.#feeds) {
      const { value, dtype, shape } = leaves[slot];
      if (!value)
        throw new Error("A function that is being traced must not read what depends on its inputs.");
      feeds[name] = value.tensor ?? tensorOf(this.#runtime, value, dtype, physicalDims(shape, value.layout));
    }
    const fetches: Record<string, RuntimeTensor> = {};
    const values: Value[] = [];
    const givers: ValueNode[] = [];
    // In a replay the variable still holds on to the value that it is about to lose.
    const references = recorded ? 0 : 1;
    for (const { onnxName, layout, dtype, dims, size } of this.#outputs) {
      const giver = leaves[donors[values.length] ?? -1];
      let data: NumberArray;
      try {
        if (giver?.value && !giver.value.escaped && giver.refs === references) {
          data = giver.value.data;
          givers.push(giver);
        } else data = pool.take(dtype, size);
      } catch (cause) {
        throw failure(cause, recorded, recorded?.outputs[values.length].op);
      }
      const value: Value = { data, layout, tensor: null, escaped: false };
      fetches[onnxName] = tensorOf(this.#runtime, value, dtype, dims);
      values.push(value);
    }
    let failed: GraphError | null = null;
    try {
      this.#session.run(feeds, fetches);
    } catch (cause) {
      failed = failure(cause, recorded);
    }
    for (const giver of givers) {
      giver.value = null;
      giver.failure = failed;
    }
    if (failed) throw failed;
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

function failure(cause: unknown, recorded?: Recorded, culprit: OpNode | null = null): GraphError {
  return recorded ? graphError(cause, recorded.ops, culprit) : replayError(cause);
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
    throw graphError(cause, ops);
  }
}
