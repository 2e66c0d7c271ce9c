/**
 * Keeps the runs of a folder up to date for those who follow them, and does nothing while nobody does.
 *
 * @module
 */
import type { RunSummary } from "./api.ts";
import { type FoundRun, findRuns, Summaries } from "./run-list.ts";
import { RunLog } from "./run-log.ts";

export interface WatcherOptions {
  /** How many folders deep runs are looked for. */
  depth: number;
  /** Milliseconds between two looks at the folder. */
  pollMs: number;
  /** Milliseconds of reading in one look; what is left over is for the next. */
  budgetMs: number;
  onError: (error: unknown) => void;
}

/** A follower: `wake` is called when something may have changed. */
export interface Follower {
  runs: readonly string[];
  wake: () => void;
}

/** New runs are looked for at every fourth look, and for a twentieth of the time at most. */
const LOOKS_PER_WALK = 4;
const TIME_PER_WALK = 20;
const LINGER_MS = 60_000;

export class Watcher {
  readonly #root: string;
  readonly #options: WatcherOptions;
  readonly #followers = new Set<Follower>();
  readonly #logs = new Map<string, RunLog>();
  readonly #followedAt = new Map<string, number>();
  readonly #summaries = new Summaries();
  #found: FoundRun[] = [];
  #list: RunSummary[] = [];
  /** When to look for new runs again. */
  #walkAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #closed = false;

  constructor(root: string, options: WatcherOptions) {
    this.#root = root;
    this.#options = options;
  }

  get runs(): readonly RunSummary[] {
    return this.#list;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** The run's log, where somebody follows it. */
  log(id: string): RunLog | undefined {
    return this.#logs.get(id);
  }

  /** Follows runs until the returned function is called. Resolves when there is something to tell. */
  async follow(follower: Follower): Promise<() => void> {
    this.#followers.add(follower);
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#look();
    return () => {
      this.#followers.delete(follower);
      this.#dropLogs();
    };
  }

  /** One look for somebody who does not follow. */
  async refresh(): Promise<readonly RunSummary[]> {
    await this.#walk();
    await this.#readList();
    return this.#list;
  }

  /** The folder of a run that is there; null for any other name. */
  async folderOf(id: string): Promise<string | null> {
    const known = () => this.#found.find((run) => run.id === id)?.folder ?? null;
    const folder = known();
    if (folder !== null) return folder;
    await this.#walk();
    return known();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { wake } of this.#followers) wake();
    this.#followers.clear();
    this.#logs.clear();
  }

  /** A look; who comes while one is under way gets that one and the next. */
  async #look(): Promise<void> {
    await this.#looking;
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    let more = false;
    try {
      if (performance.now() >= this.#walkAt) await this.#walk();
      await this.#readList();
      more = await this.#readLogs();
    } catch (error) {
      this.#options.onError(error);
    }
    for (const { wake } of this.#followers) wake();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#closed || this.#followers.size === 0) return;
    this.#timer = setTimeout(
      () => void this.#look(),
      more ? this.#options.pollMs / 10 : this.#options.pollMs,
    );
    // Never what keeps the process from ending.
    this.#timer.unref();
  }

  async #walk(): Promise<void> {
    const start = performance.now();
    this.#found = await findRuns(this.#root, this.#options.depth);
    const took = performance.now() - start;
    this.#walkAt = performance.now() + Math.max(LOOKS_PER_WALK * this.#options.pollMs, TIME_PER_WALK * took);
  }

  async #readList(): Promise<void> {
    this.#summaries.forget(new Set(this.#found.map(({ folder }) => folder)));
    const list: RunSummary[] = [];
    for (const run of this.#found) list.push(await this.#summaries.of(run));
    this.#list = list;
  }

  async #readLogs(): Promise<boolean> {
    this.#dropLogs();
    const followed = this.#followed();
    for (const id of followed) {
      const run = this.#found.find((candidate) => candidate.id === id);
      if (run !== undefined && !this.#logs.has(id)) this.#logs.set(id, new RunLog(id, run.folder));
    }
    const until = performance.now() + this.#options.budgetMs;
    let waiting = [...this.#logs.values()].filter(({ id }) => followed.has(id));
    while (waiting.length > 0 && performance.now() < until) {
      const unfinished: RunLog[] = [];
      for (const log of waiting) if (await this.#read(log)) unfinished.push(log);
      waiting = unfinished;
    }
    return waiting.length > 0;
  }

  /** One run that cannot be read keeps no other from being. */
  async #read(log: RunLog): Promise<boolean> {
    try {
      return await log.read();
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  #followed(): Set<string> {
    return new Set([...this.#followers].flatMap(({ runs }) => runs));
  }

  /** Logs whose run is gone, or that nobody has followed for a while: who reconnects finds them as they were. */
  #dropLogs(): void {
    const followed = this.#followed();
    const found = new Set(this.#found.map(({ id }) => id));
    const now = performance.now();
    for (const id of this.#logs.keys()) {
      if (followed.has(id)) this.#followedAt.set(id, now);
      const idle = now - (this.#followedAt.get(id) ?? 0);
      if (found.has(id) && idle < LINGER_MS) continue;
      this.#logs.delete(id);
      this.#followedAt.delete(id);
    }
  }
}
