import type { ClientOptions } from "../../engine/client.ts";
import type { EngineClient, ProgressEvent } from "../../engine/protocol.ts";
import type { Action, State, Store } from "../state/index.ts";
import { isCrash, messageOf } from "./errors.ts";

export type PageStore = Store<State, Action>;
export type StartEngine = (options: ClientOptions) => EngineClient;

/** The worker, from its loading to its restart after a crash; what takes turns in it. */
export class WorkerLink {
  readonly engine: EngineClient;
  /** Settles once runtime and network are there, or failed to come. */
  ready: Promise<void>;
  readonly #store: PageStore;
  #crashed = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(store: PageStore, start: StartEngine) {
    this.#store = store;
    this.engine = start({
      onProgress: (event) => this.#progress(event),
      onRuntime: (runtime) => store.dispatch({ type: "runtime", runtime }),
    });
    this.ready = this.#load();
    this.ready.catch(() => {});
  }

  /** Loads the network again after that failed. */
  reload(): void {
    this.#store.dispatch({ type: "engine-progress", received: 0, total: 0 });
    this.ready = this.#load();
    this.ready.catch(() => {});
  }

  /** Operations that read or write whole photos run one after another; a crashed worker is replaced in between. */
  takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(async () => {
      if (this.#crashed && this.#store.get().engine.phase === "ready") {
        await this.engine.restart();
        this.#crashed = false;
      }
      try {
        return await work();
      } catch (error) {
        this.noteCrash(error);
        throw error;
      }
    });
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Sees to it that a crashed worker is replaced. */
  noteCrash(error: unknown): void {
    if (this.#crashed || !isCrash(error)) return;
    this.#crashed = true;
    this.takeTurn(async () => {}).catch(() => {});
  }

  async #load(): Promise<void> {
    try {
      const options = { webgpu: "gpu" in navigator };
      const restarted = this.#crashed ? await this.engine.restart() : null;
      const readiness = restarted ?? (await this.engine.load(options));
      this.#crashed = false;
      this.#store.dispatch({ type: "engine-ready", readiness });
    } catch (error) {
      this.noteCrash(error);
      this.#store.dispatch({ type: "engine-failed", error: messageOf(error) });
      throw error;
    }
  }

  #progress({ stage, id, share, received, total }: ProgressEvent): void {
    if (id !== null) {
      if (stage === "decode" || stage === "predict") this.#store.dispatch({ type: "progress", id, share });
    } else if (stage === "download") {
      this.#store.dispatch({ type: "engine-progress", received: received ?? share, total: total ?? 1 });
    }
  }
}
