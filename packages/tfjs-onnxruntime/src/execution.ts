import { engine, OP_SCOPE_SUFFIX } from "@tensorflow/tfjs-core";
import { GraphError, spreadFailure } from "./failure.ts";
import {
  type GraphType,
  makeNode,
  type NumberArray,
  type OpNode,
  traverse,
  type Value,
  type ValueNode,
} from "./graph.ts";
import type { Attrs, Kernel } from "./kernels/kernel.ts";
import type { Program, Recorded } from "./program.ts";
import type { ProgramCache } from "./program-cache.ts";
import { BufferPool } from "./runtime/pool.ts";

/** What the backend has done so far. */
export interface BackendStats {
  /** Graphs compiled. */
  compiles: number;
  /** Graphs run. */
  runs: number;
  /** Runs that found their graph compiled. */
  cacheHits: number;
  /** Runs of compiled functions that recorded nothing. */
  replays: number;
  /** Time spent inside the runtime; what a loop takes beyond it is JavaScript. */
  runMilliseconds: number;
  /** ONNX nodes of the graph that ran last. */
  lastGraphNodes: number;
  /** Runs of graphs that the device lacks some operation of, so that ONNX Runtime's own cpu kernels computed it. */
  runsPartlyOnCpu: number;
  /** How often each kernel without a lowering ran on the TensorFlow.js `cpu` backend instead. */
  fallbacks: Record<string, number>;
}

function noStats(): BackendStats {
  return {
    compiles: 0,
    runs: 0,
    cacheHits: 0,
    replays: 0,
    runMilliseconds: 0,
    lastGraphNodes: 0,
    runsPartlyOnCpu: 0,
    fallbacks: {},
  };
}

/** Recording must end somewhere even if nobody ever reads: past this many operations the graph is run. */
const MOST_PENDING_OPS = 20_000;
const IDLE_BUFFER_LIMIT = 1 << 30;
/** After this many failures in one flush (memory that runs out everywhere) the rest counts as failed, too. */
const MOST_FAILURES = 8;

/** The TensorFlow.js function that a user called, which may be made of others; empty outside of any. */
function caller(): string {
  for (const { name } of engine().state.scopeStack) {
    if (name.endsWith(OP_SCOPE_SUFFIX)) return name.slice(0, -OP_SCOPE_SUFFIX.length);
  }
  return "";
}

/** Operations recorded and not yet computed, and their computing. */
export class Execution {
  readonly #pending = new Set<ValueNode>();
  readonly #dead: ValueNode[] = [];
  readonly #programs: ProgramCache;
  readonly #signatures = new Map<string, number>();
  readonly #pool = new BufferPool(IDLE_BUFFER_LIMIT);
  readonly #stats: BackendStats = noStats();
  #isTracing = false;
  #recorded = 0;
  #flushes = 0;

  constructor(programs: ProgramCache) {
    this.#programs = programs;
  }

  stats(): BackendStats {
    return { ...this.#stats, fallbacks: { ...this.#stats.fallbacks } };
  }

  resetStats(): void {
    Object.assign(this.#stats, noStats());
  }

  /** @throws Error while a function is being compiled, for a fallback needs values */
  countFallback(kernel: string): void {
    if (this.#isTracing) {
      throw new Error(
        `A compiled function cannot use ${kernel} with these types: it has no lowering, and the cpu backend would ` +
          "need values that are not computed yet. Do it outside the function.",
      );
    }
    this.#stats.fallbacks[kernel] = (this.#stats.fallbacks[kernel] ?? 0) + 1;
  }

  /** How often everything recorded was run: tells whether two recordings belong to one graph. */
  get flushes(): number {
    return this.#flushes;
  }

  /** True while a compiled function is being recorded. */
  get isTracing(): boolean {
    return this.#isTracing;
  }

  /** Results recorded and not yet computed. */
  get pending(): readonly ValueNode[] {
    return [...this.#pending];
  }

  /**
   * Records an operation.
   *
   * @returns one node a result, or null where the kernel has no lowering for this case
   */
  record(kernel: Kernel, inputs: readonly ValueNode[], attrs: Attrs): readonly ValueNode[] | null {
    const results = kernel.infer(inputs, attrs);
    if (!results) return null;
    const kept = kernel.attributes ? kernel.attributes(attrs, inputs) : attrs;
    const text = `${kernel.name}|${JSON.stringify(kept)}|${results.map((r) => `${r.dtype}${r.shape.join("x")}`).join("|")}`;
    let signature = this.#signatures.get(text);
    if (signature === undefined) {
      signature = this.#signatures.size;
      this.#signatures.set(text, signature);
    }
    const op: OpNode = { kernel, inputs, attrs: kept, signature, outputs: [], caller: caller(), mark: -1 };
    for (const [index, { shape, dtype }] of results.entries()) {
      const node = makeNode(shape, dtype, { op, index });
      op.outputs.push(node);
      this.#pending.add(node);
    }
    this.#recorded += 1;
    return op.outputs;
  }

  /** Runs everything recorded once it has become too much; call it when new results have owners. */
  limit(): void {
    if (this.#recorded > MOST_PENDING_OPS && !this.#isTracing) this.flush();
  }

  /** Takes note that nobody refers to a value any more. */
  release(node: ValueNode): void {
    this.#pending.delete(node);
    // A pending operation may still read this value, so its memory is free only after the next flush.
    if (node.value && !node.value.escaped) this.#dead.push(node);
  }

  /** Copies values, into memory that comes back once nobody refers to them. */
  copy(values: NumberArray, dtype: GraphType): NumberArray {
    const data = this.#pool.take(dtype, values.length);
    data.set(values);
    return data;
  }

  // ---- running -----------------------------------------------------------------------------------------

  /**
   * Computes everything recorded that is still referenced.
   *
   * @throws Error for the first operation that failed; whatever does not depend on it was computed all the same.
   *   Also while a function is being compiled, which must not need values
   */
  flush(): void {
    const failure = this.settle();
    if (failure !== null) throw failure;
  }

  /** As `flush`, but gives the failure back. What depends on it keeps it and throws it when read. */
  settle(): Error | null {
    if (this.#isTracing) {
      throw new Error(
        "A compiled function must not read values inside (data(), dataSync(), print()): return the tensor and read " +
          "it outside.",
      );
    }
    let first: Error | null = null;
    let wanted: readonly ValueNode[] = this.pending;
    for (let failures = 1; wanted.length > 0; failures += 1) {
      try {
        this.compute(wanted);
        break;
      } catch (error) {
        if (!(error instanceof GraphError)) throw error;
        first ??= error;
        wanted = spreadFailure(wanted, error, failures >= MOST_FAILURES);
      }
    }
    this.#endRecording();
    return first;
  }

  /**
   * Computes everything recorded, with the results in this order; they are all that is pending.
   *
   * @param dying positions, among the leaves of a traversal from `outputs`, of values that nobody needs afterwards
   * @throws Error if any operation fails, and then all results count as failed
   */
  flushAs(outputs: readonly ValueNode[], dying: readonly number[]): Program | null {
    try {
      return this.compute(outputs, dying);
    } catch (error) {
      if (error instanceof GraphError) spreadFailure(outputs, error, true);
      throw error;
    } finally {
      this.#endRecording();
    }
  }

  /**
   * Computes just these nodes, whatever else is pending.
   *
   * @param dying as in `flushAs`
   * @returns the graph that did it, null where there was nothing to compute
   */
  compute(outputs: readonly ValueNode[], dying: readonly number[] = []): Program | null {
    const wanted = outputs.filter((node) => node.op !== null);
    if (wanted.length === 0) return null;
    const traversal = traverse(wanted);
    const failed = traversal.leaves.find((leaf) => leaf.failure !== null);
    if (failed?.failure) throw failed.failure;
    const { program, isNew } = this.#programs.get(traversal, wanted);
    if (isNew) this.#stats.compiles += 1;
    else this.#stats.cacheHits += 1;
    const donors = dying.length > 0 ? program.donors(traversal.leaves, dying) : [];
    const values = this.#run(program, traversal.leaves, donors, { ops: traversal.ops, outputs: wanted });
    wanted.forEach((node, i) => {
      node.value = values[i];
      node.op = null;
    });
    return program;
  }

  #run(
    program: Program,
    leaves: readonly ValueNode[],
    donors: readonly number[],
    recorded?: Recorded,
  ): Value[] {
    const start = performance.now();
    const values = program.run(leaves, this.#pool, recorded, donors);
    this.#stats.runMilliseconds += performance.now() - start;
    this.#stats.runs += 1;
    if (program.partlyOnCpu) this.#stats.runsPartlyOnCpu += 1;
    this.#stats.lastGraphNodes = program.size;
    return values;
  }

  #endRecording(): void {
    this.#flushes += 1;
    this.#pending.clear();
    this.#recorded = 0;
    this.#reclaim();
  }

  /** Memory of values that nobody refers to and no pending operation can still read goes back to the pool. */
  #reclaim(): void {
    for (const node of this.#dead) {
      // It may have escaped since, into a compiled function that reads it in each replay.
      if (!node.value || node.value.escaped) continue;
      this.#pool.give(node.dtype, node.value.data);
      node.value = null;
    }
    this.#dead.length = 0;
  }

  // ---- compiled functions ------------------------------------------------------------------------------

  /** Records what `fn` does while refusing to compute any of it. */
  trace<T>(fn: () => T): T {
    this.#isTracing = true;
    try {
      return fn();
    } finally {
      this.#isTracing = false;
    }
  }

  /** Runs a compiled graph again, on other values; `finish` hands out the results before old ones are freed. */
  replay(
    program: Program,
    leaves: readonly ValueNode[],
    donors: readonly number[],
    finish: (values: readonly Value[]) => void,
  ): void {
    this.#flushes += 1;
    const values = this.#run(program, leaves, donors);
    this.#stats.replays += 1;
    finish(values);
    if (this.#pending.size === 0) this.#reclaim();
  }

  /** Keeps a compiled graph, whatever else is compiled. */
  pin(program: Program): void {
    this.#programs.pin(program);
  }

  unpin(program: Program): void {
    this.#programs.unpin(program);
  }

  /** Unpins a compiled graph that will hardly run again. */
  drop(program: Program): void {
    this.#programs.drop(program);
  }

  endProfiling(): void {
    this.#programs.endProfiling();
  }

  dispose(): void {
    this.#programs.dispose();
    this.#pool.clear();
    this.#pending.clear();
    this.#dead.length = 0;
  }
}
