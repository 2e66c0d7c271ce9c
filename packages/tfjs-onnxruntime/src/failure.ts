import { type OpNode, traverse, type ValueNode } from "./graph.ts";

/** What an ONNX node is called that computes part of `op`: kernel, result, and place in its graph. */
export function nodeName(op: OpNode): string {
  return `${op.kernel.name} [${op.outputs[0]?.shape.join(",")}] #${op.mark}`;
}

/** The operation that the runtime complains of, found by the name of one of its nodes. */
function namedOperation(message: string, ops: readonly OpNode[]): OpNode | null {
  const place = /\] #(\d+)\b/.exec(message)?.[1];
  return place === undefined ? null : (ops[Number(place)] ?? null);
}

function described(node: ValueNode): string {
  return `${node.dtype} [${node.shape.join(",")}]`;
}

/** `Conv2D (called by conv2d) of float32 [1,8,8,3] and float32 [3,3,3,4] to float32 [1,8,8,4]`. */
function operationText(op: OpNode): string {
  const called = op.caller === "" ? "" : ` (called by ${op.caller})`;
  const inputs = op.inputs.length === 0 ? "" : ` of ${op.inputs.map(described).join(" and ")}`;
  return `${op.kernel.name}${called}${inputs} to ${op.outputs.map(described).join(" and ")}`;
}

/** What the runtime says, without the place in its own source where it says so. */
function reasonOf(message: string): string {
  const status = message.split("Status Message: ").at(-1) ?? "";
  const reason = status.replace(/^\S+\.(?:cc|cpp|h):\d+ [^)]*\) /, "").trim();
  const isMemory = /allocate memory|into memory|bad_alloc/.test(reason);
  return isMemory ? `${reason}. Use a smaller batch or smaller images.` : reason;
}

/** Recorded operations that could not be compiled or computed. */
export class GraphError extends Error {
  /**
   * The operation at fault, null where the runtime names none. Whoever handles the error sets it to null, for it
   * holds on to the whole graph behind it.
   */
  op: OpNode | null;

  constructor(message: string, op: OpNode | null, cause: unknown) {
    super(message, { cause });
    this.name = "GraphError";
    this.op = op;
  }
}

/**
 * An error for what went wrong in a graph of these operations.
 *
 * @param cause what was thrown
 * @param culprit the operation at fault where that is known without the runtime's saying so
 */
export function graphError(
  cause: unknown,
  ops: readonly OpNode[],
  culprit: OpNode | null = null,
): GraphError {
  if (cause instanceof GraphError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const op = culprit ?? namedOperation(message, ops);
  const reason = reasonOf(message);
  if (op !== null) return new GraphError(`${operationText(op)} failed: ${reason}`, op, cause);
  const kernels = [...new Set(ops.map(({ kernel }) => kernel.name))].join(", ");
  return new GraphError(`A graph of ${ops.length} operations (${kernels}) failed: ${reason}`, null, cause);
}

/** An error for what went wrong when a compiled function was replayed, of which only names are left. */
export function replayError(cause: unknown): GraphError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const name = /(\w+ \[[\d,]*\]) #\d+ /.exec(message)?.[1];
  const place = name === undefined ? "" : ` in ${name}`;
  return new GraphError(`A compiled function failed${place}: ${reasonOf(message)}`, null, cause);
}

/**
 * Marks what cannot be computed because of `error`: the results of the operation at fault (of every operation where
 * none is known) and all that depends on them or on values that failed before.
 *
 * @param all gives up on all of `outputs`
 * @returns those of `outputs` that can still be computed
 */
export function spreadFailure(outputs: readonly ValueNode[], error: GraphError, all = false): ValueNode[] {
  const failures = new Map<OpNode, GraphError | null>();
  const failureOf = (node: ValueNode): GraphError | null =>
    node.failure ?? (node.op === null ? null : (failures.get(node.op) ?? null));
  for (const op of traverse(outputs).ops) {
    const inherited = op.inputs.map(failureOf).find((failure) => failure !== null);
    failures.set(op, op === error.op ? error : (inherited ?? null));
  }
  const isolated = !all && outputs.some((node) => failureOf(node) !== null);
  const rest: ValueNode[] = [];
  for (const node of outputs) {
    if (node.op === null) continue;
    const failure = isolated ? failureOf(node) : error;
    if (failure === null) {
      rest.push(node);
    } else {
      node.failure = failure;
      node.op = null;
    }
  }
  error.op = null;
  return rest;
}
