import {
  type BackendValues,
  backend_util,
  DataStorage,
  type DataType,
  engine,
  KernelBackend,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { type BackendStats, Execution } from "./execution.ts";
import { type GraphType, makeNode, type NumberArray, type Value, type ValueNode } from "./graph.ts";
import type { Attrs, Kernel } from "./kernels/kernel.ts";
import { toRowMajor } from "./layout.ts";
import { ProgramCache } from "./program-cache.ts";
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

const DEFAULT_CACHE_SIZE = 64;

/**
 * A TensorFlow.js backend whose kernels record instead of computing. Reading any value compiles all that
 * was recorded and is still referenced to one ONNX graph, cached by its structure, and runs it.
 */
export class OnnxRuntimeBackend extends KernelBackend {
  readonly #data: DataStorage<Stored>;
  readonly #device: string;
  /** What was recorded, and its computing; for this package's own use. */
  readonly execution: Execution;
  #nextId = 0;

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
    const programs = new ProgramCache(options.cacheSize ?? DEFAULT_CACHE_SIZE, runtime, {
      // Zero leaves the number to the runtime.
      threads: options.threads ?? 0,
      executionProviders: providers,
      profile: options.profile,
    });
    this.execution = new Execution(programs);
    this.#data = new DataStorage<Stored>(this, engine());
  }

  /** The device that computes: the first execution provider. */
  device(): string {
    return this.#device;
  }

  /** Counters since the backend was made, or since `resetStats()`. */
  stats(): BackendStats {
    return this.execution.stats();
  }

  /** How often each kernel fell back to the TensorFlow.js `cpu` backend. */
  fallbacks(): Record<string, number> {
    return this.execution.stats().fallbacks;
  }

  resetStats(): void {
    this.execution.resetStats();
  }

  // ---- storage -----------------------------------------------------------------------------------------

  #store(stored: Stored): object {
    this.#nextId += 1;
    const dataId = { id: this.#nextId };
    this.#data.set(dataId, stored);
    return dataId;
  }

  /** Takes a copy: the caller may change its array before what is recorded has been computed. */
  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    const isShared =
      values instanceof Float32Array || values instanceof Int32Array || values instanceof Uint8Array;
    if (!isShared || dtype === "string" || dtype === "complex64" || fillOf(values) !== null) {
      this.move(dataId, values, shape, dtype, 1);
      return dataId;
    }
    const data = this.execution.copy(values, dtype);
    const node = makeNode(shape, dtype, { value: { data, layout: "", tensor: null, escaped: false } });
    node.refs = 1;
    this.#data.set(dataId, node);
    return dataId;
  }

  override move(
    dataId: object,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (dtype === "string") {
      this.#data.set(dataId, { values, complex: null, dtype, refs: refCount });
      return;
    }
    if (dtype === "complex64") {
      const parts = backend_util.splitRealAndImagArrays(values as Float32Array);
      const [real, imag] = [parts.real, parts.imag].map((part) => this.makeLeaf(part, shape, "float32"));
      this.#data.set(dataId, { values: null, complex: { real, imag }, dtype, refs: refCount });
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
    if (stored.value) stored.value.escaped = true;
    return makeNode(info.shape, stored.dtype, { value });
  }

  /** Makes a tensor of a value that is already known, in row-major order, and belongs to the tensor from here on. */
  makeLeaf(values: BackendValues, shape: number[], dtype: DataType): TensorInfo {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return { dataId, shape, dtype };
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
    this.#stored(dataId).refs += 1;
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
      this.execution.release(stored);
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
    const nodes = this.execution.record(kernel, inputs, attrs);
    if (!nodes) return null;
    const infos = nodes.map((node) => this.#adopt(node));
    this.execution.limit();
    return infos;
  }

  /** Makes a tensor whose elements are all 0 or all 1, without storing them. */
  makeFill(shape: readonly number[], dtype: GraphType, value: 0 | 1): TensorInfo {
    return this.#adopt(makeNode(shape, dtype, { fill: value }));
  }

  /** Makes a tensor of a computed value. */
  adoptValue(value: Value, shape: readonly number[], dtype: GraphType): TensorInfo {
    return this.#adopt(makeNode(shape, dtype, { value }));
  }

  /** Makes a tensor that stands for an input of a traced function. */
  makePlaceholder(shape: readonly number[], dtype: GraphType): TensorInfo {
    return this.#adopt(makeNode(shape, dtype, {}));
  }

  #adopt(node: ValueNode): TensorInfo {
    node.refs = 1;
    return { dataId: this.#store(node), shape: [...node.shape], dtype: node.dtype };
  }

  /** The node that a tensor or variable stands for now; null for strings and complex numbers. */
  nodeOf(dataId: object): ValueNode | null {
    const stored = this.#data.get(dataId);
    return isNode(stored) ? stored : null;
  }

  // ---- reading -----------------------------------------------------------------------------------------

  /**
   * Computes everything recorded that is still referenced.
   *
   * @throws Error for the first operation that failed; whatever does not depend on it was computed all the same.
   *   Also inside a function given to `compile`
   */
  flush(): void {
    this.execution.flush();
  }

  #values(node: ValueNode): NumberArray {
    if (node.fill !== null) return expandFill(node.fill, node.dtype, node.shape);
    if (node.op !== null) this.execution.settle();
    if (node.failure !== null) throw node.failure;
    const value = node.value;
    if (!value) throw new Error("This tensor stands for an input of a traced function and has no value yet.");
    return toRowMajor(value.data, node.shape, value.layout);
  }

  /** The values of a tensor, which may be its own memory: not to be changed nor kept. */
  peek(dataId: object): BackendValues {
    const stored = this.#stored(dataId);
    return isNode(stored) ? this.#values(stored) : this.readSync(dataId);
  }

  /** A copy of the values, since what is recorded may still read the tensor's memory. */
  override readSync(dataId: object): BackendValues {
    const stored = this.#data.get(dataId);
    if (isNode(stored)) {
      const values = this.#values(stored);
      return values === stored.value?.data ? values.slice() : values;
    }
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
    this.execution.endProfiling();
  }

  override dispose(): void {
    this.execution.dispose();
  }
}
