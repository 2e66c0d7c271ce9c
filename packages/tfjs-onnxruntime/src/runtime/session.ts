import { createRequire } from "node:module";
import { Tensor } from "onnxruntime-node";
import type { Runtime, RuntimeSession, RuntimeTensor, SessionOptions } from "./runtime.ts";

type Named<T> = Record<string, T>;

/** What the runtime's native module offers: the session behind onnxruntime-node's promises. */
interface NativeSession {
  loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
  run(feeds: Named<RuntimeTensor>, fetches: Named<RuntimeTensor>, options: object): Named<RuntimeTensor>;
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

function load(model: Uint8Array, settings: object): NativeSession {
  const native = new binding.InferenceSession();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, settings);
  return native;
}

/** A graph compiled by onnxruntime-node. */
class Session implements RuntimeSession {
  readonly #native: NativeSession;
  readonly partlyOnCpu: boolean = false;

  constructor(model: Uint8Array, options: SessionOptions) {
    initOrt();
    const settings = {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: "sequential",
      executionProviders: [...options.executionProviders],
      // Just what was lowered: the runtime's optimizer gains nothing here, makes compiling slower, and moves
      // transpositions through sums, whose rounding would then depend on the order weights lie in.
      graphOptimizationLevel: "disabled",
      enableMemPattern: true,
      // What goes wrong is thrown; on stderr it would stand a second time.
      logSeverityLevel: 4,
      ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    };
    if (options.executionProviders.includes("cpu")) {
      this.#native = load(model, settings);
      return;
    }
    try {
      this.#native = load(model, { ...settings, extra: { session: { disable_cpu_ep_fallback: "1" } } });
    } catch (cause) {
      if (options.strict) throw cause;
      this.#native = load(model, settings);
      this.partlyOnCpu = true;
    }
  }

  run(feeds: Named<RuntimeTensor>, fetches: Named<RuntimeTensor>): void {
    this.#native.run(feeds, fetches, {});
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
