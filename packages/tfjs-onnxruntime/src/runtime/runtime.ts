import type { GraphType, NumberArray } from "../graph.ts";
import type { OnnxModel } from "../onnx/index.ts";

export interface SessionOptions {
  /** Threads inside one operation; 0 leaves the number to the runtime. */
  threads: number;
  executionProviders: readonly string[];
  /** Refuses a model that the providers lack an operation of, instead of leaving that to the cpu. */
  strict?: boolean;
  /** Prefix of a profile file to write, for measurements. */
  profile?: string;
}

/** A runtime's view on values of the graph: what its sessions read and write. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: unknown;
}

/** A compiled graph that runs synchronously. */
export interface RuntimeSession {
  /** True where the providers lack some operation of the graph, which the cpu computes instead. */
  readonly partlyOnCpu?: boolean;
  /** Runs the graph; results are written into the memory behind `fetches`. */
  run(feeds: Record<string, RuntimeTensor>, fetches: Record<string, RuntimeTensor>): void;
  endProfiling(): void;
  dispose(): void;
}

/** What the backend needs of ONNX Runtime, whichever build of it does the work. */
export interface Runtime {
  /** Names of the execution providers that this build holds. */
  providers(): string[];
  /** Makes a view on `data`, which is not copied. */
  tensor(type: GraphType, data: NumberArray, dims: readonly number[]): RuntimeTensor;
  /**
   * Compiles a model.
   *
   * @throws Error if the runtime refuses the model
   */
  createSession(model: OnnxModel, options: SessionOptions): RuntimeSession;
}
