import { createRequire } from "node:module";
import { Tensor } from "onnxruntime-node";
import { ELEMENT_TYPE, encodeModel, type OnnxModel, type OnnxTensor } from "../onnx/index.ts";
import type { Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime.ts";

type Named<T> = Record<string, T>;

/** What the runtime's native module offers: the session behind onnxruntime-node's promises. */
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: Named<RuntimeTensor>, fetches: Named<RuntimeTensor | null>, options: object): void;
  endProfiling(): void;
  dispose(): void;
}

interface NativeModule {
  binding: { InferenceSession: new () => NativeSession; listSupportedBackends(): { name: string }[] };
  initOrt(): void;
}

/*
 * onnxruntime-node computes synchronously and wraps the result in a promise afterwards. Going to its
 * native module directly is what makes `dataSync()` and flushes at any moment possible; nothing else in
 * this package knows of it.
 */
const { binding, initOrt } = createRequire(import.meta.url)(
  "onnxruntime-node/dist/binding.js",
) as NativeModule;

/*
 * The runtime reports usage to its vendor unless told not to before its first session. What people train is
 * their own affair; whoever wants the reports sets the variable to 0.
 */
process.env.ORT_DISABLE_TELEMETRY ??= "1";

/** Names of the execution providers that this build of the runtime holds. */
export function availableProviders(): string[] {
  return binding.listSupportedBackends().map((backend) => backend.name);
}

/*
 * The binding computes into the buffers that it is given, and then copies every result once more into a fresh
 * array that nobody asked for: for a training step that is all weights and moments, and more page faults than
 * some networks take to compute. It copies in order of the outputs and stops with an error at a type that it
 * cannot show. So each graph gets such an output in front: the results are where they belong when the error
 * comes, and nothing is copied. Should a later version show the type, its copies come back, and nothing breaks.
 */
const STOPPER = "stopper";
const STOPPED = `Tensor type (${ELEMENT_TYPE.bfloat16}) is not supported`;

function withStopper(model: OnnxModel): OnnxModel {
  const zero: OnnxTensor = { name: `${STOPPER}_value`, type: "float32", dims: [1], data: new Uint8Array(4) };
  return {
    ...model,
    initializers: [...(model.initializers ?? []), zero],
    nodes: [
      ...model.nodes,
      {
        op: "Cast",
        inputs: [zero.name],
        outputs: [STOPPER],
        attributes: { to: { i: ELEMENT_TYPE.bfloat16 } },
      },
    ],
    outputs: [{ name: STOPPER, type: "bfloat16", dims: [1] }, ...model.outputs],
  };
}

/** Smaller and smaller shares of a loop keep all cores busy to its end. */
const SHARES = { dynamic_block_base: "4" };

function load(model: Uint8Array, settings: object): NativeSession {
  const native = new binding.InferenceSession();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, settings);
  return native;
}

/** A graph compiled by onnxruntime-node. */
class Session implements RuntimeSession {
  readonly #native: NativeSession;
  readonly partlyOnCpu: boolean = false;
  readonly #hasStopper: boolean;

  constructor(model: OnnxModel, options: SessionOptions) {
    initOrt();
    // Elsewhere the results come from a device's memory anyway, and the type may be unknown.
    this.#hasStopper = options.executionProviders.every((name) => name === "cpu");
    const bytes = encodeModel(this.#hasStopper ? withStopper(model) : model);
    const settings = {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      executionProviders: [...options.executionProviders],
      // Just what was lowered: the runtime's optimizer gains nothing here, makes compiling slower, and moves
      // transpositions through sums, whose rounding would then depend on the order weights lie in.
      graphOptimizationLevel: "disabled",
      // Blocks planned for the whole graph take a fifth more memory than the arena alone, and no less time.
      enableMemPattern: false,
      // What goes wrong is thrown; on stderr it would stand a second time.
      logSeverityLevel: 4,
      extra: { session: SHARES },
      ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    };
    if (options.executionProviders.includes("cpu")) {
      this.#native = load(bytes, settings);
      return;
    }
    try {
      this.#native = load(bytes, {
        ...settings,
        extra: { session: { ...SHARES, disable_cpu_ep_fallback: "1" } },
      });
    } catch (cause) {
      if (options.strict) throw cause;
      this.#native = load(bytes, settings);
      this.partlyOnCpu = true;
    }
  }

  run(feeds: Named<RuntimeTensor>, fetches: Named<RuntimeTensor>): void {
    if (!this.#hasStopper) {
      this.#native.run(feeds, fetches, {});
      return;
    }
    try {
      this.#native.run(feeds, { ...fetches, [STOPPER]: null }, {});
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith(STOPPED))) throw error;
    }
  }

  endProfiling(): void {
    this.#native.endProfiling();
  }

  dispose(): void {
    this.#native.dispose();
  }
}

/** ONNX Runtime as a native library of Node. */
export const nodeRuntime: Runtime = {
  providers: availableProviders,
  tensor: (type, data, dims) => new Tensor(type, data as never, dims as number[]) as RuntimeTensor,
  createSession: (model, options) => new Session(model, options),
};
