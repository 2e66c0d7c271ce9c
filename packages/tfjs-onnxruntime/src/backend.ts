import {
  type BackendValues,
  backend_util,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  OP_SCOPE_SUFFIX,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { GraphError, spreadFailure } from "./failure.ts";
import {
  type GraphType,
  makeNode,
  type NumberArray,
  type OpNode,
  traverse,
  type ValueNode,
} from "./graph.ts";
import type { Attrs, Kernel } from "./kernels/kernel.ts";
import { toRowMajor } from "./layout.ts";
import { ProgramCache } from "./program-cache.ts";
import { BufferPool } from "./runtime/pool.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { isUnsuited } from "./unsuited.ts";
import { expandFill, fillOf, typed } from "./values.ts";

export interface OnnxRuntimeOptions {
  /** Threads inside one operation; by default one a physical core. */
  threads?: number;
  /** ONNX Runtime execution providers in order of preference; by default `["cpu"]`. */
  executionProviders?: readonly string[];
  /** Most compiled graphs kept; the one unused for longest is dropped first. */
  cacheSize?: number;
  /** Prefix of ONNX Runtime profile files, one a compiled graph, written on `endProfiling()`. */
  profile?: string;
}

/** What the backend has done so far. */
export interface BackendStats {
  /** Graphs compiled. */
  compiles: number;
  /** Graphs run. */
  runs: number;
  /** Runs that found their graph compiled. */
  cacheHits: number;
  /** ONNX nodes of the graph that ran last. */
  lastGraphNodes: number;
  /** Runs of graphs that the device lacks some operation of, so that ONNX Runtime's own cpu kernels computed it. */
  runsPartlyOnCpu: number;
  /** How often each kernel without a lowering ran on the TensorFlow.js `cpu` backend instead. */
  fallbacks: Record<string, number>;
}

function noStats(): BackendStats {
  return { compiles: 0, runs: 0, cacheHits: 0, lastGraphNodes: 0, runsPartlyOnCpu: 0, fallbacks: {} };
}

/** Strings and complex numbers never enter a graph. */
interface HostData {
  readonly values: BackendValues | null;
  readonly complex: { real: TensorInfo; imag: TensorInfo } | null;
  readonly dtype: DataType;
  refs: number;
}

type Stored = ValueNode | HostData;

function isNode(stored: Stored): stored is ValueNode {
  return "fill" in stored;
}

/** Recording must end somewhere even if nobody ever reads: past this many operations the graph is run. */
const MOST_PENDING_OPS = 20_000;
const DEFAULT_CACHE_SIZE = 64;
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

/**
 * A TensorFlow.js backend whose kernels record instead of computing. Reading any value compiles all that
 * was recorded and is still referenced to one ONNX graph, cached by its structure, and runs it.
 */
export class OnnxRuntimeBackend extends KernelBackend {
  readonly #data: DataStorage<Stored>;
  readonly #pending = new Set<ValueNode>();
  readonly #dead: ValueNode[] = [];
  readonly #programs: ProgramCache;
  readonly #signatures = new Map<string, number>();
  readonly #pool = new BufferPool(IDLE_BUFFER_LIMIT);
  readonly #stats: BackendStats = noStats();
  readonly #device: string;
  #recorded = 0;
  #nextId = 0;
  #flushes = 0;

  /** @throws Error if an execution provider is not part of this runtime */
  constructor(runtime: Runtime, options: OnnxRuntimeOptions = {}) {
    super();
    const providers = options.executionProviders ?? ["cpu"];
    const known = runtime.providers();
    for (const provider of providers) {
      if (!known.includes(provider)) {
        throw new Error(
          `Execution provider "${provider}" is not part of this ONNX Runtime build, which has: ${known.join(", ")}.`,
        );
      }
    }
    this.#device = providers[0] ?? "cpu";
    this.#programs = new ProgramCache(options.cacheSize ?? DEFAULT_CACHE_SIZE, runtime, {
      // Zero leaves the number to the runtime.
      threads: options.threads ?? 0,
      executionProviders: providers,
      profile: options.profile,
    });
    this.#data = new DataStorage<Stored>(this, engine());
  }

  /** The device that computes: the first execution provider. */
  device(): string {
    return this.#device;
  }

  /** Counters since the backend was made, or since `resetStats()`. */
  stats(): BackendStats {
    return { ...this.#stats, fallbacks: { ...this.#stats.fallbacks } };
  }

  /** How often each kernel fell back to the TensorFlow.js `cpu` backend. */
  fallbacks(): Record<string, number> {
    return { ...this.#stats.fallbacks };
  }

  resetStats(): void {
    Object.assign(this.#stats, noStats());
  }

  countFallback(kernel: string): void {
    this.#stats.fallbacks[kernel] = (this.#stats.fallbacks[kernel] ?? 0) + 1;
  }

  // ---- storage -----------------------------------------------------------------------------------------

  #store(stored: Stored): object {
    this.#nextId += 1;
    const dataId = { id: this.#nextId };
    this.#data.set(dataId, stored);
    return dataId;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (dtype === "string" || dtype === "complex64") {
      this.#data.set(dataId, { values, complex: null, dtype, refs: refCount });
      return;
    }
    const fill = values === null ? null : fillOf(values as NumberArray);
    const node =
      fill === null
        ? makeNode(shape, dtype, {
            value: { data: typed(values, dtype), layout: "", tensor: null, escaped: true },
          })
        : makeNode(shape, dtype, { fill });
    node.refs = refCount;
    this.#data.set(dataId, node);
  }

  /** Stores the two halves of a complex tensor, taking over the references that the caller holds. */
  makeComplex(real: TensorInfo, imag: TensorInfo, shape: number[]): TensorInfo {
    const dataId = this.#store({ values: null, complex: { real, imag }, dtype: "complex64", refs: 1 });
    return { dataId, shape, dtype: "complex64" };
  }

  complexParts(dataId: object): { real: TensorInfo; imag: TensorInfo } {
    const stored = this.#data.get(dataId);
    if (isNode(stored) || !stored.complex) throw new Error("This tensor is not complex.");
    return stored.complex;
  }

  #stored(dataId: object): Stored {
    try {
      return this.#data.get(dataId);
    } catch (cause) {
      // What is not here lies in another backend, from which it is fetched, or nowhere any more.
      if (engine().state.tensorInfo.has(dataId)) throw cause;
      throw new Error("A tensor was used that had been disposed of before: use tf.keep() or dispose later.", {
        cause,
      });
    }
  }

  /** The graph node behind a tensor. */
  node(info: TensorInfo): ValueNode {
    const stored = this.#stored(info.dataId);
    if (!isNode(stored)) throw new Error(`A ${stored.dtype} tensor cannot take part in this operation.`);
    if (stored.shape.length === info.shape.length && stored.shape.every((dim, i) => dim === info.shape[i])) {
      return stored;
    }
    // Elsewhere tensors of several shapes may share their data, and so they do when they move here.
    const value = { data: this.#values(stored), layout: "", tensor: null, escaped: true } as const;
    return makeNode(info.shape, stored.dtype, { value });
  }

  /** Makes a tensor of a value that is already known, in row-major order. */
  makeLeaf(values: BackendValues, shape: number[], dtype: DataType): TensorInfo {
    return { dataId: this.write(values, shape, dtype), shape, dtype };
  }

  /** Makes another tensor of the same data. */
  alias(info: TensorInfo): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: info.shape, dtype: info.dtype };
  }

  override refCount(dataId: object): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).refs : 0;
  }

  override incRef(dataId: object): void {
    this.#data.get(dataId).refs += 1;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const stored = this.#data.get(dataId);
    stored.refs -= 1;
    if (!force && stored.refs > 0) return false;
    if (isNode(stored)) {
      this.#pending.delete(stored);
      // A pending operation may still read this value, so its memory is free only after the next flush.
      if (stored.value && !stored.value.escaped) this.#dead.push(stored);
    } else if (stored.complex) {
      this.disposeData(stored.complex.real.dataId, force);
      this.disposeData(stored.complex.imag.dataId, force);
    }
    this.#data.delete(dataId);
    return true;
  }

  // ---- recording ---------------------------------------------------------------------------------------

  /**
   * Records an operation.
   *
   * @returns one tensor a result, or null where the kernel has no lowering for this case
   */
  record(kernel: Kernel, inputs: readonly ValueNode[], attrs: Attrs): TensorInfo[] | null {
    if (isUnsuited(this.#device, kernel.name, inputs, attrs)) return null;
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
    this.#recorded += 1;
    const infos = results.map(({ shape, dtype }, index) => {
      const node = makeNode(shape, dtype, { op, index });
      op.outputs.push(node);
      return this.#adopt(node);
    });
    if (this.#recorded > MOST_PENDING_OPS) this.flush();
    return infos;
  }

  /** Makes a tensor whose elements are all 0 or all 1, without storing them. */
  makeFill(shape: readonly number[], dtype: GraphType, value: 0 | 1): TensorInfo {
    const node = makeNode(shape, dtype, { fill: value });
    node.refs = 1;
    return { dataId: this.#store(node), shape: [...shape], dtype };
  }

  /** Makes a tensor of a node; a placeholder of a trace has neither an operation nor a value. */
  #adopt(node: ValueNode): TensorInfo {
    node.refs = 1;
    if (node.op) this.#pending.add(node);
    return { dataId: this.#store(node), shape: [...node.shape], dtype: node.dtype };
  }

  makePlaceholder(shape: readonly number[], dtype: GraphType): TensorInfo {
    return this.#adopt(makeNode(shape, dtype, {}));
  }

  /** How often everything recorded was run: tells whether two recordings belong to one graph. */
  flushes(): number {
    return this.#flushes;
  }

  // ---- running -----------------------------------------------------------------------------------------

  /**
   * Computes everything recorded that is still referenced.
   *
   * @throws Error for the first operation that failed; whatever does not depend on it was computed all the same
   */
  flush(): void {
    const failure = this.#settle();
    if (failure !== null) throw failure;
  }

  /** As `flush`, but gives the failure back. What depends on it keeps it and throws it when read. */
  #settle(): Error | null {
    this.#flushes += 1;
    let first: Error | null = null;
    let wanted = [...this.#pending];
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
    this.#pending.clear();
    this.#recorded = 0;
    for (const node of this.#dead) {
      if (node.value && !node.value.escaped) this.#pool.give(node.dtype, node.value.data);
      node.value = null;
    }
    this.#dead.length = 0;
    return first;
  }

  /** Computes just these nodes, whatever else is pending. */
  compute(outputs: readonly ValueNode[]): void {
    const wanted = outputs.filter((node) => node.op !== null);
    if (wanted.length === 0) return;
    const traversal = traverse(wanted);
    const failed = traversal.leaves.find((leaf) => leaf.failure !== null);
    if (failed?.failure) throw failed.failure;
    const { program, isNew } = this.#programs.get(traversal, wanted);
    if (isNew) this.#stats.compiles += 1;
    else this.#stats.cacheHits += 1;
    program.run(traversal, wanted, this.#pool);
    this.#stats.runs += 1;
    if (program.partlyOnCpu) this.#stats.runsPartlyOnCpu += 1;
    this.#stats.lastGraphNodes = program.size;
  }

  #values(node: ValueNode): NumberArray {
    if (node.fill !== null) return expandFill(node.fill, node.dtype, node.shape);
    if (node.op !== null) this.#settle();
    if (node.failure !== null) throw node.failure;
    const value = node.value;
    if (!value) throw new Error("This tensor stands for an input of a traced function and has no value yet.");
    const rowMajor = toRowMajor(value.data, node.shape, value.layout);
    if (rowMajor === value.data) value.escaped = true;
    return rowMajor;
  }

  override readSync(dataId: object): BackendValues {
    const stored = this.#data.get(dataId);
    if (isNode(stored)) return this.#values(stored);
    if (stored.complex) {
      const real = this.readSync(stored.complex.real.dataId) as Float32Array;
      const imag = this.readSync(stored.complex.imag.dataId) as Float32Array;
      return backend_util.mergeRealAndImagArrays(real, imag);
    }
    return stored.values as BackendValues;
  }

  override async read(dataId: object): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(f: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    f();
    this.flush();
    return { kernelMs: performance.now() - start };
  }

  /** Ends the measurement asked for with `profile` and writes its files. */
  endProfiling(): void {
    this.#programs.endProfiling();
  }

  override dispose(): void {
    this.#programs.dispose();
    this.#pool.clear();
    this.#pending.clear();
    this.#dead.length = 0;
  }
}
