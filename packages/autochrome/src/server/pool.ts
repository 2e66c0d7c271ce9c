import { AutochromeError } from "../errors.ts";
import { Problem, type ProblemCode } from "./problems.ts";
import type { Colored, FromWorker, Job, WorkerSettings } from "./protocol.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface PoolOptions extends WorkerSettings {
  /** How many processes. */
  workers: number;
  /** Milliseconds that a photo may wait for a worker. */
  queueMs: number;
  /** Milliseconds that a worker may take for a photo. */
  workMs: number;
  /** Resident bytes at which a worker is killed. */
  workerBytes: number;
  /** Photos after which a worker is replaced. */
  recycleAfter?: number;
  onEvent?: (event: PoolEvent) => void;
}

export type PoolEvent =
  | { type: "restart"; reason: "crashed" | "took-too-long" | "too-much-memory" | "recycled" | "cannot-start" }
  | { type: "message"; message: string };

/** What became of a photo, and how long it took. */
export interface Answer extends Colored {
  waitedMs: number;
  workedMs: number;
}

interface Ticket {
  job: Job;
  signal: AbortSignal;
  since: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
  patience: NodeJS.Timeout;
  /** Called when its signal is aborted while it waits. */
  quit: () => void;
}

interface Slot {
  state: "starting" | "idle" | "busy" | "waiting" | "closed";
  process: WorkerProcess | null;
  /** Photos that its process has done. */
  done: number;
  /** Deaths in a row that nothing explains, without a photo done between them. */
  failures: number;
  /** True where its process was ended on purpose. */
  recycled: boolean;
  bytes: number;
  running: { id: number; ticket: Ticket; since: number; leave: () => void; verdict: Problem | null } | null;
  retry: NodeJS.Timeout | null;
}

/** Resident memory at which a worker is replaced after its photo, as a share of what it may use at most. */
const WORN_OUT = 0.5;
const RECYCLE_AFTER = 1000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 30_000;

/** The library's errors in the terms of problems. */
const CODES: Readonly<Record<string, ProblemCode>> = {
  EMPTY: "empty-photo",
  NOT_AN_IMAGE: "not-a-photo",
  DAMAGED: "damaged-photo",
  TOO_LARGE: "too-many-pixels",
  ENCODE: "cannot-encode",
  FORMAT_LIMIT: "cannot-encode",
  USAGE: "bad-option",
  BAD_HINTS: "bad-option",
};

/**
 * Worker processes that colour one photo each at a time, and the queue before them. First come, first served; a
 * photo that is given up leaves the queue; a process that dies, or is killed because it takes too long or too much
 * memory, is replaced and costs the photo that it had.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots: Slot[];
  readonly #queue: Ticket[] = [];
  #lastId = 0;
  #closed = false;
  #onReady: (() => void) | null = null;
  #onUnusable: ((error: Error) => void) | null = null;
  /** Smoothed milliseconds of work a photo. */
  #typicalMs = 500;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, () => ({
      state: "closed" as const,
      process: null,
      done: 0,
      failures: 0,
      recycled: false,
      bytes: 0,
      running: null,
      retry: null,
    }));
  }

  /**
   * Starts the processes; resolves once one is ready.
   *
   * @throws AutochromeError where the network cannot be used
   */
  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#onReady = resolve;
      this.#onUnusable = reject;
      for (const slot of this.#slots) this.#startProcess(slot);
    });
    this.#onUnusable = null;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get busy(): number {
    return this.#slots.filter(({ state }) => state === "busy").length;
  }

  /** Workers that have a photo or could take one. */
  get ready(): number {
    return this.#slots.filter(({ state }) => state === "busy" || state === "idle").length;
  }

  /** Resident bytes of all workers, as they told last. */
  get bytes(): number {
    return this.#slots.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get pids(): number[] {
    return this.#slots.flatMap(({ process }) => process?.pid ?? []);
  }

  /** Seconds after which the queue of now will be done, at least 1 and at most 60. */
  get retryAfter(): number {
    const photos = this.#queue.length + this.busy;
    return Math.min(60, Math.max(1, Math.ceil((photos * this.#typicalMs) / 1000 / this.#slots.length)));
  }

  /**
   * Colours a photo.
   *
   * @param signal aborted when nobody waits for the answer any more
   * @throws Problem for everything that can be wrong with the photo or with us; the signal's reason once aborted
   */
  run(job: Job, signal: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const { queueMs } = this.#options;
      const patience = setTimeout(() => {
        this.#leaveQueue(ticket);
        const limit = { name: "queueMs", value: queueMs } as const;
        const detail = `the photo waited ${queueMs / 1000} s for a worker. Try again later.`;
        reject(new Problem("waited-too-long", detail, { limit, retryAfter: this.retryAfter }));
      }, queueMs);
      const quit = () => {
        if (this.#leaveQueue(ticket)) reject(signal.reason);
      };
      const ticket: Ticket = { job, signal, since: performance.now(), resolve, reject, patience, quit };
      signal.addEventListener("abort", quit);
      this.#queue.push(ticket);
      this.#dispatch();
    });
  }

  /** Ends all processes at once; photos under way fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const ticket of this.#queue.splice(0)) {
      stopWaiting(ticket);
      ticket.reject(
        new Problem("draining", "the server is shutting down. Try again later.", { retryAfter: 5 }),
      );
    }
    for (const slot of this.#slots) {
      if (slot.retry) clearTimeout(slot.retry);
      slot.process?.kill();
    }
    while (this.#slots.some(({ process }) => process !== null)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  #leaveQueue(ticket: Ticket): boolean {
    const place = this.#queue.indexOf(ticket);
    if (place === -1) return false;
    this.#queue.splice(place, 1);
    stopWaiting(ticket);
    return true;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const slot = this.#slots.find(({ state }) => state === "idle");
      if (slot === undefined) return;
      const ticket = this.#queue.shift()!;
      stopWaiting(ticket);
      this.#hand(slot, ticket);
    }
  }

  #hand(slot: Slot, ticket: Ticket): void {
    const id = ++this.#lastId;
    const { workMs } = this.#options;
    const overdue = setTimeout(() => {
      const limit = { name: "workMs", value: workMs } as const;
      const detail = `the photo was given up after ${workMs / 1000} s. Send a smaller one.`;
      this.#kill(slot, "took-too-long", new Problem("took-too-long", detail, { limit }));
    }, workMs);
    const cancel = () => slot.process?.send({ type: "cancel", id });
    ticket.signal.addEventListener("abort", cancel, { once: true });
    const leave = () => {
      clearTimeout(overdue);
      ticket.signal.removeEventListener("abort", cancel);
    };
    slot.state = "busy";
    slot.running = { id, ticket, since: performance.now(), leave, verdict: null };
    slot.process!.send({ type: "job", id, ...ticket.job });
  }

  #kill(slot: Slot, reason: "took-too-long" | "too-much-memory", verdict: Problem): void {
    if (slot.running === null || slot.running.verdict !== null) return;
    slot.running.verdict = verdict;
    this.#tell({ type: "restart", reason });
    slot.process?.kill();
  }

  #tell(event: PoolEvent): void {
    this.#options.onEvent?.(event);
  }

  #startProcess(slot: Slot): void {
    if (this.#closed) return;
    slot.state = "starting";
    slot.done = 0;
    slot.bytes = 0;
    const worker: WorkerProcess = new WorkerProcess({
      onMessage: (message) => {
        if (slot.process === worker) this.#hear(slot, message);
      },
      onExit: (how) => {
        if (slot.process === worker) this.#bury(slot, how);
      },
    });
    slot.process = worker;
    const { models, threads, maxPixels } = this.#options;
    worker.send({ type: "start", models, threads, maxPixels });
  }

  #hear(slot: Slot, message: FromWorker): void {
    switch (message.type) {
      case "ready":
        slot.state = "idle";
        this.#onReady?.();
        this.#dispatch();
        break;
      case "unusable":
        this.#tell({ type: "message", message: `a worker cannot start: ${message.message}` });
        this.#onUnusable?.(new AutochromeError(message.message, { code: message.code }));
        slot.process?.kill();
        break;
      case "memory":
        this.#weigh(slot, message.bytes);
        break;
      default:
        this.#finish(slot, message);
    }
  }

  #weigh(slot: Slot, bytes: number): void {
    slot.bytes = bytes;
    const { workerBytes } = this.#options;
    if (bytes <= workerBytes) return;
    const limit = { name: "workerBytes", value: workerBytes } as const;
    const detail = "the photo needs more memory than a worker may use. Send a smaller one.";
    this.#kill(slot, "too-much-memory", new Problem("too-much-memory", detail, { limit }));
  }

  #finish(slot: Slot, message: FromWorker & { type: "done" | "failed" }): void {
    const { running } = slot;
    if (running === null || running.id !== message.id || running.verdict !== null) return;
    const { ticket, since, leave } = running;
    leave();
    slot.running = null;
    slot.state = "idle";
    slot.bytes = message.bytes;
    slot.done++;
    slot.failures = 0;
    const workedMs = performance.now() - since;
    this.#typicalMs += 0.1 * (workedMs - this.#typicalMs);
    const { workerBytes, recycleAfter = RECYCLE_AFTER } = this.#options;
    if (slot.done >= recycleAfter || message.bytes > WORN_OUT * workerBytes) this.#recycle(slot);
    if (message.type === "done") {
      const { photo, format, width, height } = message;
      ticket.resolve({ photo, format, width, height, waitedMs: since - ticket.since, workedMs });
    } else {
      ticket.reject(ticket.signal.aborted ? ticket.signal.reason : this.#problemOf(message));
    }
    this.#dispatch();
  }

  #problemOf({ code, message }: { code: string; message: string }): Problem {
    const known = CODES[code];
    if (known === undefined) {
      this.#tell({ type: "message", message: `a photo failed: ${message}` });
      return new Problem("failed", "the photo could not be coloured, for a reason that is ours.");
    }
    const limit = { name: "maxPixels", value: this.#options.maxPixels } as const;
    return new Problem(known, message, code === "TOO_LARGE" ? { limit } : {});
  }

  #recycle(slot: Slot): void {
    this.#tell({ type: "restart", reason: "recycled" });
    slot.state = "waiting";
    slot.recycled = true;
    slot.process?.kill();
  }

  /** Its process has ended: the photo that it had is answered, and another process takes its place. */
  #bury(slot: Slot, how: string): void {
    const { running, recycled } = slot;
    const starting = slot.state === "starting";
    slot.state = "waiting";
    slot.process = null;
    slot.running = null;
    slot.recycled = false;
    slot.bytes = 0;
    if (running !== null) {
      running.leave();
      const crash = this.#closed
        ? new Problem("draining", "the server is shutting down. Try again later.", { retryAfter: 5 })
        : new Problem("worker-crashed", "the process that coloured the photo died. Try again.");
      running.ticket.reject(running.verdict ?? crash);
    }
    if (this.#closed) return;
    if (!recycled && (running === null || running.verdict === null)) {
      slot.failures++;
      this.#tell({ type: "restart", reason: starting ? "cannot-start" : "crashed" });
      this.#tell({ type: "message", message: `a worker ${how}${starting ? " before it was ready" : ""}` });
      if (starting) this.#onUnusable?.(new AutochromeError(`a worker process ${how}.`, { code: "WORKER" }));
    }
    // The first death may be the photo's fault; a second one without a photo done is none of a photo's.
    if (slot.failures < 2) this.#startProcess(slot);
    else {
      const backoff = FIRST_BACKOFF_MS * 2 ** (slot.failures - 2);
      slot.retry = setTimeout(() => this.#startProcess(slot), Math.min(LONGEST_BACKOFF_MS, backoff));
    }
  }
}

function stopWaiting({ patience, signal, quit }: Ticket): void {
  clearTimeout(patience);
  signal.removeEventListener("abort", quit);
}
