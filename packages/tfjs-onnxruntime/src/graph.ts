import type { Kernel } from "./kernels/kernel.ts";
import type { Layout } from "./layout.ts";
import type { RuntimeTensor } from "./runtime/runtime.ts";

/** Element types that graphs hold; `bool` is one byte an element. */
export type GraphType = "float32" | "int32" | "bool";

export type NumberArray = Float32Array | Int32Array | Uint8Array;

/** A materialized value, `data` being in the memory order `layout`. */
export interface Value {
  data: NumberArray;
  layout: Layout;
  /** The runtime's view on `data`, made on first use. */
  tensor: RuntimeTensor | null;
  /** True once `data` was handed out: its memory may then not be reused. */
  escaped: boolean;
}

/** One recorded operation, dropped as soon as its results are known. */
export interface OpNode {
  readonly kernel: Kernel;
  readonly inputs: readonly ValueNode[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Interned number of kernel, attributes, result shapes and types: equal signatures lower alike. */
  readonly signature: number;
  readonly outputs: ValueNode[];
  /** Position in the graph being flushed; scratch space of the traversal. */
  mark: number;
}

/**
 * A value of the graph: pending when only `op` is known, materialized once `value` is.
 * `fill` marks a tensor whose elements are all 0 or all 1, which is never stored in full.
 */
export interface ValueNode {
  readonly shape: readonly number[];
  readonly dtype: GraphType;
  readonly index: number;
  readonly fill: number | null;
  op: OpNode | null;
  value: Value | null;
  /** Live TensorFlow.js references. */
  refs: number;
  /** Position among a flush's leaves or placeholders; scratch space of the traversal. */
  slot: number;
  mark: number;
}

export function makeNode(
  shape: readonly number[],
  dtype: GraphType,
  source: { op?: OpNode; index?: number; value?: Value; fill?: number },
): ValueNode {
  return {
    shape,
    dtype,
    index: source.index ?? 0,
    fill: source.fill ?? null,
    op: source.op ?? null,
    value: source.value ?? null,
    refs: 0,
    slot: -1,
    mark: -1,
  };
}

export interface Traversal {
  /** Every pending operation that the outputs need, producers first. */
  readonly ops: readonly OpNode[];
  /** Every known value that those operations read, in order of first use. */
  readonly leaves: readonly ValueNode[];
}

let clock = 0;

/**
 * Orders what `outputs` depend on; `isLeaf` ends the walk (by default at materialized values and fills).
 * After it, `op.mark` and `leaf.slot` hold positions in the result.
 */
export function traverse(
  outputs: readonly ValueNode[],
  isLeaf: (node: ValueNode) => boolean = (node) => node.op === null,
): Traversal {
  const ops: OpNode[] = [];
  const leaves: ValueNode[] = [];
  clock += 1;
  const epoch = clock;
  const seen = new Set<OpNode>();
  const visitLeaf = (node: ValueNode): void => {
    if (node.mark !== epoch) {
      node.mark = epoch;
      node.slot = leaves.length;
      leaves.push(node);
    }
  };
  const stack: { op: OpNode; next: number }[] = [];
  const enter = (node: ValueNode): void => {
    if (isLeaf(node) || node.op === null) visitLeaf(node);
    else if (!seen.has(node.op)) {
      seen.add(node.op);
      stack.push({ op: node.op, next: 0 });
    }
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1];
      if (frame.next < frame.op.inputs.length) {
        frame.next += 1;
        enter(frame.op.inputs[frame.next - 1]);
      } else {
        frame.op.mark = ops.length;
        ops.push(frame.op);
        stack.pop();
      }
    }
  }
  return { ops, leaves };
}

/** A text that two traversals share exactly when the same compiled graph serves both. */
export function structuralKey(traversal: Traversal, outputs: readonly ValueNode[]): string {
  const parts: (string | number)[] = [];
  for (const leaf of traversal.leaves) {
    parts.push(
      leaf.dtype,
      leaf.shape.join("x"),
      leaf.fill === null ? (leaf.value?.layout ?? "") : `=${leaf.fill}`,
    );
  }
  for (const op of traversal.ops) {
    parts.push("|", op.signature);
    for (const input of op.inputs) {
      if (input.op === null) parts.push(`v${input.slot}`);
      else parts.push(input.index === 0 ? input.op.mark : `${input.op.mark}.${input.index}`);
    }
  }
  parts.push(">");
  for (const output of outputs) {
    parts.push(output.op === null ? `v${output.slot}` : `${output.op.mark}.${output.index}`);
  }
  return parts.join(",");
}
