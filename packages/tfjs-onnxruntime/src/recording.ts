/**
 * Tracing a function that is being compiled.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import {
  type GraphType,
  structuralKey,
  type Traversal,
  traverse,
  type Value,
  type ValueNode,
} from "./graph.ts";
import type { Program } from "./program.ts";
import { expandFill } from "./values.ts";

/** What a compiled function may return. */
export type CompiledResult = tf.Tensor | readonly tf.Tensor[] | { readonly [name: string]: tf.Tensor };

/** Where a leaf's value comes from in each call. */
export type Source =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "variable"; readonly variable: tf.Variable }
  | { readonly kind: "constant"; readonly node: ValueNode };

/** Where an output comes from: computed, or handed through. */
export type Output =
  | { readonly kind: "computed"; readonly index: number }
  | { readonly kind: "leaf"; readonly index: number };

/** One trace of the function. */
export interface Recording {
  readonly program: Program;
  /** Equal for traces that one replay can stand for. */
  readonly key: string;
  readonly sources: readonly Source[];
  /** The form of each leaf that the graph was compiled for. */
  readonly forms: readonly string[];
  readonly computed: readonly { readonly shape: readonly number[]; readonly dtype: GraphType }[];
  readonly results: readonly Output[];
  readonly assigned: readonly { readonly variable: tf.Variable; readonly output: Output }[];
  /** For each computed output the leaf whose memory it takes, or -1. */
  readonly donors: readonly number[];
  /** Puts result tensors into the shape that the function returned them in. */
  readonly rebuild: (tensors: readonly tf.Tensor[]) => CompiledResult;
}

/**
 * Records what the function does with these arguments, and runs it.
 *
 * @param beforeRun is told the recording's key before anything is computed
 */
export function record(
  backend: OnnxRuntimeBackend,
  fn: (...args: tf.Tensor[]) => CompiledResult,
  args: readonly tf.Tensor[],
  beforeRun: (key: string) => void,
): { recording: Recording; result: CompiledResult } {
  const before = variableNodes(backend);
  const stand = args.map((arg) => standIn(backend, arg));
  const standNodes = stand.map((tensor) => backend.nodeOf(tensor.dataId) as ValueNode);
  let returned: readonly tf.Tensor[] = [];
  let result: CompiledResult;
  let rebuild: Recording["rebuild"];
  try {
    result = backend.execution.trace(() =>
      tf.tidy(() => fn(...stand) as tf.TensorContainer),
    ) as CompiledResult;
    ({ tensors: returned, rebuild } = flatten(result));
  } finally {
    // An argument that the function returns as it is lives on.
    tf.dispose(stand.filter((tensor) => !returned.includes(tensor)));
  }
  const resultNodes = returned.map((tensor) => nodeOf(backend, tensor));
  const changed: { variable: tf.Variable; node: ValueNode }[] = [];
  for (const variable of Object.values(tf.engine().registeredVariables)) {
    const node = backend.nodeOf(variable.dataId);
    if (node && before.get(node) !== variable) changed.push({ variable, node });
  }

  const outputs = [...new Set([...resultNodes, ...changed.map(({ node }) => node)])];
  const left = backend.execution.pending.find((node) => !outputs.includes(node));
  if (left) {
    throw new Error(
      `A compiled function kept a ${left.dtype} tensor [${left.shape}] (tf.keep, or a tensor put aside) that it does ` +
        "not return. In a replay nobody would make it: return it.",
    );
  }
  const computed = outputs.filter((node) => node.op !== null);
  const traversal = traverse(computed);
  const passed = outputs.filter((node) => node.op === null && !traversal.leaves.includes(node));
  const leaves = [...traversal.leaves, ...passed];
  const locate = (node: ValueNode): Output => {
    const index = computed.indexOf(node);
    return index >= 0 ? { kind: "computed", index } : { kind: "leaf", index: leaves.indexOf(node) };
  };
  const sources = leaves.map((node): Source => {
    const index = standNodes.indexOf(node);
    if (index >= 0) return { kind: "argument", index };
    const variable = before.get(node);
    return variable ? { kind: "variable", variable } : { kind: "constant", node };
  });
  const results = resultNodes.map(locate);
  const assigned = changed.map(({ variable, node }) => ({ variable, output: locate(node) }));
  const key = keyOf(traversal, computed, sources, results, assigned);
  const forms = leaves.map((node) => form(node));
  // Constants are fed again in every replay: their memory must not be reused.
  for (const source of sources) {
    if (source.kind === "constant" && source.node.value) source.node.value.escaped = true;
  }
  // What a variable held before it was assigned is gone afterwards, unless it is handed through.
  const handedOn = new Set(
    [...results, ...assigned.map(({ output }) => output)].filter(({ kind }) => kind === "leaf"),
  );
  const dying = sources.flatMap((source, slot) => {
    const isAssigned =
      source.kind === "variable" && assigned.some(({ variable }) => variable === source.variable);
    return isAssigned && ![...handedOn].some(({ index }) => index === slot) ? [slot] : [];
  });
  beforeRun(key);
  const program = backend.execution.flushAs(computed, dying);
  if (!program) throw new Error("A compiled function must compute something from tensors.");
  const shapes = computed.map(({ shape, dtype }) => ({ shape, dtype }));
  const donors = program.donors(leaves, dying);
  const recording = { program, key, sources, forms, computed: shapes, results, assigned, donors, rebuild };
  return { recording, result };
}

/** The variables by the node that each holds; one that shares it with a tensor or another gets its own first. */
function variableNodes(backend: OnnxRuntimeBackend): Map<ValueNode, tf.Variable> {
  const nodes = new Map<ValueNode, tf.Variable>();
  for (const variable of Object.values(tf.engine().registeredVariables)) {
    let node = backend.nodeOf(variable.dataId);
    if (node && node.refs > 1) {
      tf.tidy(() => variable.assign(standIn(backend, variable)));
      node = backend.nodeOf(variable.dataId);
    }
    if (node) nodes.set(node, variable);
  }
  return nodes;
}

/** A tensor with the same value and a node of its own, by which the trace can tell it from all others. */
function standIn(backend: OnnxRuntimeBackend, tensor: tf.Tensor): tf.Tensor {
  const node = nodeOf(backend, tensor);
  return tensorOf(backend, node, shared(node));
}

/** The distinct tensors of a result, and how to put others in their places. */
function flatten(result: CompiledResult): {
  tensors: readonly tf.Tensor[];
  rebuild: (tensors: readonly tf.Tensor[]) => CompiledResult;
} {
  if (result instanceof tf.Tensor) return { tensors: [result], rebuild: ([tensor]) => tensor };
  const entries = Object.entries(result ?? {}) as [string, tf.Tensor][];
  assertTensors(entries.map(([, tensor]) => tensor));
  const tensors = [...new Set(entries.map(([, tensor]) => tensor))];
  const places = entries.map(([name, tensor]) => [name, tensors.indexOf(tensor)] as const);
  const isList = Array.isArray(result);
  return {
    tensors,
    rebuild: (made) =>
      isList
        ? places.map(([, place]) => made[place])
        : Object.fromEntries(places.map(([name, place]) => [name, made[place]])),
  };
}

function assertTensors(values: readonly unknown[]): void {
  if (values.length > 0 && values.every((value) => value instanceof tf.Tensor)) return;
  throw new Error("A compiled function must return a tensor, an array of tensors or an object of tensors.");
}

function keyOf(
  traversal: Traversal,
  computed: readonly ValueNode[],
  sources: readonly Source[],
  results: readonly Output[],
  assigned: Recording["assigned"],
): string {
  const place = (output: Output) => `${output.kind[0]}${output.index}`;
  return [
    structuralKey(traversal, computed),
    ...sources.map((source) => {
      if (source.kind === "argument") return `a${source.index}`;
      return source.kind === "variable" ? `v${source.variable.id}` : "c";
    }),
    ...results.map(place),
    ...assigned.map(({ variable, output }) => `${variable.id}=${place(output)}`),
  ].join(";");
}

/** The node's value, to be held by another node as well. */
export function shared(node: ValueNode): Value {
  if (node.fill !== null) {
    return { data: expandFill(node.fill, node.dtype, node.shape), layout: "", tensor: null, escaped: true };
  }
  const value = node.value as Value;
  value.escaped = true;
  return { data: value.data, layout: value.layout, tensor: value.tensor, escaped: true };
}

export function tensorOf(
  backend: OnnxRuntimeBackend,
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: GraphType },
  value: Value,
): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.adoptValue(value, shape, dtype));
}

export function nodeOf(backend: OnnxRuntimeBackend, tensor: tf.Tensor): ValueNode {
  if (tensor.isDisposed) throw new Error("Tensor is disposed.");
  return backend.node(tensor);
}

/** What a graph is compiled for beyond types and shapes: the order in memory, or a fill. */
export function form(node: ValueNode): string {
  return node.fill === null ? (node.value?.layout ?? "") : `=${node.fill}`;
}
