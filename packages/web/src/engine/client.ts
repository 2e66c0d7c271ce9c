import { AutochromeError } from "autochrome/browser";
import { engineError } from "./errors.ts";
import type {
  EngineClient,
  Message,
  PhotoId,
  ProgressEvent,
  Readiness,
  Runtime,
  WorkerOperations,
} from "./protocol.ts";

/** As much of a Worker as is used. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Message>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

export interface ClientOptions {
  onProgress(event: ProgressEvent): void;
  /** WebGPU failed while it was in use; the CPU goes on. */
  onRuntime?(runtime: Runtime): void;
  startWorker?(): WorkerLike;
}

interface Call {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const startWorker = (): WorkerLike =>
  new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "autochrome" }) as WorkerLike;

/** Starts the worker and returns its operations. */
export function startEngine(onProgress: (event: ProgressEvent) => void): EngineClient;
export function startEngine(options: ClientOptions): EngineClient;
export function startEngine(given: ClientOptions | ClientOptions["onProgress"]): EngineClient {
  return new Client(typeof given === "function" ? { onProgress: given } : given);
}

class Client implements EngineClient {
  readonly #options: ClientOptions;
  readonly #calls = new Map<number, Call>();
  /** What a new worker has to know. */
  readonly #open = new Map<PhotoId, { file: File; previewSide: number }>();
  #loaded: Parameters<EngineClient["load"]>[0] | null = null;
  #worker: WorkerLike | null;
  #count = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  load: EngineClient["load"] = (options) => {
    this.#loaded = options;
    return this.#call("load", options);
  };

  open: EngineClient["open"] = async (id, file, previewSide) => {
    const opened = await this.#call("open", id, file, previewSide);
    this.#open.set(id, { file, previewSide });
    return opened;
  };

  close: EngineClient["close"] = (id) => {
    this.#open.delete(id);
    return this.#call("close", id);
  };

  predict: EngineClient["predict"] = (id) => this.#call("predict", id);
  preview: EngineClient["preview"] = (id, look) => this.#call("preview", id, look);
  paint: EngineClient["paint"] = (id, look) => this.#call("paint", id, look);
  suggest: EngineClient["suggest"] = (id, x, y) => this.#call("suggest", id, x, y);
  exportPhoto: EngineClient["exportPhoto"] = (id, look, options) =>
    this.#call("exportPhoto", id, look, options);

  restart = async (): Promise<Readiness | null> => {
    this.#end("the engine was restarted.");
    this.#worker = this.#start();
    await Promise.all(
      [...this.#open].map(([id, { file, previewSide }]) => this.#call("adopt", id, file, previewSide)),
    );
    return this.#loaded === null ? null : this.#call("load", this.#loaded);
  };

  #start(): WorkerLike {
    const worker = (this.#options.startWorker ?? startWorker)();
    worker.onmessage = ({ data }) => this.#receive(data);
    // Without a message the worker's file could not be fetched, or the browser ended it.
    worker.onerror = ({ message }) =>
      this.#end(
        message
          ? `the engine crashed (${message}). Try again; a smaller photo needs less memory.`
          : "the engine could not be started, or ran out of memory. Check the connection and try again.",
      );
    worker.onmessageerror = () => this.#end("the engine's answer could not be read. Try again.");
    return worker;
  }

  /** Ends the worker; whoever waits for it, and whoever calls before `restart`, hears why. */
  #end(reason: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const { reject } of calls) reject(engineError("CRASHED", reason));
  }

  #receive(message: Message): void {
    if (message.type === "progress") {
      this.#options.onProgress(message.event);
    } else if (message.type === "runtime") {
      this.#options.onRuntime?.(message.runtime);
    } else {
      const call = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.type === "result") call?.resolve(message.value);
      else call?.reject(new AutochromeError(message.message, { code: message.code }));
    }
  }

  #call<K extends keyof WorkerOperations>(
    method: K,
    ...args: Parameters<WorkerOperations[K]>
  ): ReturnType<WorkerOperations[K]> {
    const result = new Promise((resolve, reject) => {
      if (this.#worker === null) {
        reject(engineError("CRASHED", "the engine is not running. Restart it."));
        return;
      }
      const call = ++this.#count;
      this.#calls.set(call, { resolve, reject });
      this.#worker.postMessage({ call, method, args });
    });
    return result as ReturnType<WorkerOperations[K]>;
  }
}
