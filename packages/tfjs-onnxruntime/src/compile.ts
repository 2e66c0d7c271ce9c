import * as tf from "@tensorflow/tfjs-core";
import type { OnnxRuntimeBackend } from "./backend.ts";
import {
  type GraphType,
  makeNode,
  structuralKey,
  type Traversal,
  traverse,
  type Value,
  type ValueNode,
} from "./graph.ts";
import type { Program } from "./program.ts";
import { getOnnxRuntimeBackend } from "./register.ts";
import { expandFill } from "./values.ts";

/** What a compiled function may return. */
export type CompiledResult = tf.Tensor | readonly tf.Tensor[] | { readonly [name: string]: tf.Tensor };

/** A function that is traced at first and replayed from then on. */
export interface Compiled<Args extends readonly tf.Tensor[], Result extends CompiledResult> {
  (...args: Args): Result;
  /** Calls that ran the function itself so far. */
  traces(): number;
  /** Lets go of the graphs; the next call traces anew. */
  dispose(): void;
}

export interface CompileOptions {
  /**
   * What becomes of a function whose graph, or whose constants, differ from call to call: an error, or (false) it goes
   * on being traced in each call, as if it were not compiled. By default true.
   */
  strict?: boolean;
}

/** Calls after which a function that records another graph each time is given up. */
const MOST_TRACES = 8;

/**
 * Turns a function over tensors into one that runs as a whole: while its graph settles it is traced as any
 * other code, and once two calls in a row have recorded the same graph, further calls run that graph directly,
 * with no JavaScript per operation. Each signature of arguments (types, shapes) settles for itself.
 *
 * The function may read and assign variables, take gradients and apply optimizers: variables are read anew and
 * assigned in each call. Whatever else it does happens only while it is traced. Numbers and tensors made inside
 * are constants, so what changes from call to call (a learning rate, a random mask) has to come in as an
 * argument or through a variable. A tensor that two traces in a row make with different values is an error.
 *
 * @example
 * const step = compile((x: tf.Tensor2D, y: tf.Tensor2D) => optimizer.minimize(() => loss(x, y), true)!);
 * for (const [x, y] of batches) console.log(await step(x, y).data());
 *
 * @throws Error, when called, if the function reads a value, needs an operation without a lowering, keeps a
 *   tensor, makes tensors whose values change, or records another graph each time
 */
export function compile<Args extends readonly tf.Tensor[], Result extends CompiledResult>(
  fn: (...args: Args) => Result,
  { strict = true }: CompileOptions = {},
): Compiled<Args, Result> {
  const settling = new Map<string, Settling>();
  let traces = 0;
  let owner: OnnxRuntimeBackend | null = null;
  let isGivenUp = false;

  const dispose = (): void => {
    for (const { recording } of settling.values()) if (recording) owner?.execution.unpin(recording.program);
    settling.clear();
  };

  const compiled = (...args: Args): Result => {
    const backend = getOnnxRuntimeBackend();
    if (owner !== backend) dispose();
    owner = backend;
    if (backend.execution.isTracing || isGivenUp) return fn(...args);
    backend.flush();
    const signature = args.map((arg) => `${arg.dtype}${arg.shape.join("x")}`).join(",");
    const known = settling.get(signature);
    if (known?.isSettled) {
      const leaves = leavesNow(backend, known.recording, args);
      if (leaves) return replay(backend, known.recording, leaves) as Result;
    }
    // A first call differs from all later ones. Its graph goes before the next needs memory, too.
    const replace = (key: string): void => {
      if (known && known.recording.key !== key) backend.execution.drop(known.recording.program);
    };
    const { recording, result } = record(backend, fn as never, args, replace);
    traces += 1;
    backend.execution.pin(recording.program);
    if (known?.recording.key === recording.key) backend.execution.unpin(known.recording.program);
    settling.set(signature, { recording, isSettled: false, traces: (known?.traces ?? 0) + 1 });
    try {
      settling.set(signature, settle(known, recording));
    } catch (error) {
      if (strict) throw error;
      isGivenUp = true;
      dispose();
    }
    return result as Result;
  };
  return Object.assign(compiled, { traces: () => traces, dispose });
}

/** Where a leaf's value comes from in each call. */
type Source =
  | { readonly kind: "argument"; readonly index: number }
  | { readonly kind: "variable"; readonly variable: tf.Variable }
  | { readonly kind: "constant"; readonly node: ValueNode };

/** Where an output comes from: computed, or handed through. */
type Output =
  | { readonly kind: "computed"; readonly index: number }
  | { readonly kind: "leaf"; readonly index: number };

/** One trace of the function. */
interface Recording {
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

interface Settling {
  readonly recording: Recording;
  readonly isSettled: boolean;
  readonly traces: number;
}

function settle(known: Settling | undefined, recording: Recording): Settling {
  const traces = known && !known.isSettled ? known.traces + 1 : 1;
  const isSettled = known !== undefined && known.recording.key === recording.key;
  if (isSettled) assertSameConstants(known.recording, recording);
  if (!isSettled && traces >= MOST_TRACES) {
    throw new Error(
      `A compiled function recorded another graph in each of ${traces} calls. It must do the same operations every ` +
        "time: does an attribute (a shape, a slope) or a condition depend on a counter?",
    );
  }
  return { recording, isSettled, traces };
}

function assertSameConstants(before: Recording, now: Recording): void {
  now.sources.forEach((source, slot) => {
    const other = before.sources[slot];
    if (source.kind !== "constant" || other.kind !== "constant" || source.node === other.node) return;
    const [a, b] = [other.node.value?.data, source.node.value?.data];
    if (a === undefined || b === undefined || a.every((value, i) => Object.is(value, b[i]))) return;
    throw new Error(
      `A compiled function makes a ${source.node.dtype} tensor [${source.node.shape}] whose values differ from call ` +
        "to call (random numbers, a learning rate, a counter?). A replay would repeat the old ones: pass it in as " +
        "an argument, or keep it in a variable that is assigned before the call.",
    );
  });
}

// ---- tracing -------------------------------------------------------------------------------------------

function record(
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

/** The variables by the node that each holds; one that shares its node with another gets its own first. */
function variableNodes(backend: OnnxRuntimeBackend): Map<ValueNode, tf.Variable> {
  const nodes = new Map<ValueNode, tf.Variable>();
  for (const variable of Object.values(tf.engine().registeredVariables)) {
    let node = backend.nodeOf(variable.dataId);
    if (node && nodes.has(node)) {
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

/** The node's value, to be held by another node as well. */
function shared(node: ValueNode): Value {
  if (node.fill !== null) {
    return { data: expandFill(node.fill, node.dtype, node.shape), layout: "", tensor: null, escaped: true };
  }
  const value = node.value as Value;
  value.escaped = true;
  return { data: value.data, layout: value.layout, tensor: value.tensor, escaped: true };
}

function tensorOf(
  backend: OnnxRuntimeBackend,
  { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: GraphType },
  value: Value,
): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(backend.adoptValue(value, shape, dtype));
}

function nodeOf(backend: OnnxRuntimeBackend, tensor: tf.Tensor): ValueNode {
  if (tensor.isDisposed) throw new Error("Tensor is disposed.");
  return backend.node(tensor);
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

/** What a graph is compiled for beyond types and shapes: the order in memory, or a fill. */
function form(node: ValueNode): string {
  return node.fill === null ? (node.value?.layout ?? "") : `=${node.fill}`;
}

// ---- replaying -----------------------------------------------------------------------------------------

/** The nodes that stand for the leaves in this call, or null where the graph was compiled for other forms. */
function leavesNow(
  backend: OnnxRuntimeBackend,
  recording: Recording,
  args: readonly tf.Tensor[],
): ValueNode[] | null {
  if (recording.program.isDisposed) return null;
  const leaves: ValueNode[] = [];
  for (const [slot, source] of recording.sources.entries()) {
    let node: ValueNode;
    if (source.kind === "constant") node = source.node;
    else if (source.kind === "variable") {
      if (source.variable.isDisposed) return null;
      node = nodeOf(backend, source.variable);
    } else {
      node = nodeOf(backend, args[source.index]);
      if (node.fill !== null) node = makeNode(node.shape, node.dtype, { value: shared(node) });
    }
    if (form(node) !== recording.forms[slot]) return null;
    leaves.push(node);
  }
  return leaves;
}

function replay(
  backend: OnnxRuntimeBackend,
  recording: Recording,
  leaves: readonly ValueNode[],
): CompiledResult {
  const { computed, results, assigned } = recording;
  let returned: tf.Tensor[] = [];
  backend.execution.replay(recording.program, leaves, recording.donors, (values) => {
    const made = values.map((value, i) => tensorOf(backend, computed[i], value));
    const tensorAt = (output: Output): tf.Tensor =>
      output.kind === "computed"
        ? made[output.index]
        : tensorOf(backend, leaves[output.index], shared(leaves[output.index]));
    const handedOut = new Set<tf.Tensor>();
    returned = results.map((output) => {
      const tensor = tensorAt(output);
      if (!handedOut.has(tensor)) {
        handedOut.add(tensor);
        return tensor;
      }
      return tf.clone(tensor);
    });
    for (const { variable, output } of assigned) {
      const tensor = tensorAt(output);
      variable.assign(tensor);
      if (!handedOut.has(tensor)) tensor.dispose();
    }
  });
  return recording.rebuild(returned);
}
