/**
 * The connection to the server: news into a store, through breaks and restarts.
 */
import {
  PING_EVENT,
  RUN_EVENT,
  RUNS_EVENT,
  type RunMessage,
  type RunSummary,
  type RunsMessage,
} from "../api.ts";
import { RunData } from "./run-data.ts";

const RETRY_MS = 2000;
/** Three heartbeats of the server. */
const SILENCE_MS = 45_000;

export class Connection {
  /** Null before the first message. */
  runs: RunSummary[] | null = null;
  readonly data = new Map<string, RunData>();
  connected = false;
  /** Counts changes. */
  version = 0;
  #source: EventSource | null = null;
  #followed: readonly string[] = [];
  #cursors = new URLSearchParams();
  #retry = 0;
  #silence = 0;
  #listeners = new Set<() => void>();
  #announced = false;

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Follows these runs from now on; what is known of others is forgotten. */
  follow(ids: readonly string[]): void {
    if (this.#source !== null && ids.join("\n") === this.#followed.join("\n")) return;
    this.#followed = ids;
    for (const id of this.data.keys()) if (!ids.includes(id)) this.#forget(id);
    this.#open();
  }

  #forget(id: string): void {
    this.data.delete(id);
    this.#cursors.delete(id);
  }

  #open(): void {
    this.#source?.close();
    clearTimeout(this.#retry);
    const query = new URLSearchParams(this.#followed.map((id) => ["run", id]));
    query.set("after", this.#cursors.toString());
    const source = new EventSource(`/api/stream?${query}`);
    this.#source = source;
    const on = (name: string, take: (event: MessageEvent<string>) => void) =>
      source.addEventListener(name, (event) => {
        this.#hear();
        take(event as MessageEvent<string>);
        this.#announce();
      });
    on(RUNS_EVENT, ({ data }) => this.#takeRuns(JSON.parse(data) as RunsMessage));
    on(RUN_EVENT, ({ data, lastEventId }) => {
      this.#cursors = new URLSearchParams(lastEventId);
      this.#takeRun(JSON.parse(data) as RunMessage);
    });
    on(PING_EVENT, () => {});
    source.onopen = () => this.#hear();
    source.onerror = () => {
      this.connected = false;
      this.#announce();
      // The browser itself tries again unless it was refused.
      if (source.readyState === EventSource.CLOSED && source === this.#source) this.#later(RETRY_MS);
    };
  }

  #hear(): void {
    if (!this.connected) {
      this.connected = true;
      this.#announce();
    }
    clearTimeout(this.#silence);
    this.#silence = window.setTimeout(() => {
      this.connected = false;
      this.#announce();
      this.#open();
    }, SILENCE_MS);
  }

  #later(milliseconds: number): void {
    clearTimeout(this.#retry);
    this.#retry = window.setTimeout(() => this.#open(), milliseconds);
  }

  #takeRuns({ complete, runs, gone }: RunsMessage): void {
    const known = new Map(complete ? [] : this.runs?.map((run) => [run.id, run]));
    for (const run of runs) known.set(run.id, run);
    for (const id of gone) {
      known.delete(id);
      this.#forget(id);
    }
    this.runs = [...known.values()].sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
  }

  #takeRun(message: RunMessage): void {
    if (!this.#followed.includes(message.run)) return;
    let data = this.data.get(message.run);
    if (data === undefined) {
      data = new RunData(message.run);
      this.data.set(message.run, data);
    }
    data.apply(message);
  }

  /** Once a frame, however much comes. */
  #announce(): void {
    if (this.#announced) return;
    this.#announced = true;
    const tell = () => {
      if (!this.#announced) return;
      this.#announced = false;
      this.version++;
      for (const listener of this.#listeners) listener();
    };
    requestAnimationFrame(tell);
    // A page in the background draws no frames.
    window.setTimeout(tell, 500);
  }
}
