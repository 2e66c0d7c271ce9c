import { extname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Job as BullJob, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { AutochromeError } from "../errors.ts";
import { formatOfExtension } from "../image/index.ts";
import { type ColorizerOptions, colorizeFile, type FileOutcome, Lanes } from "../inference/index.ts";
import { GiveBack, Intake } from "./intake.ts";
import { type Batch, type JobData, jobId, parseJob } from "./jobs.ts";
import { removeLeftovers } from "./leftovers.ts";
import { Networks } from "./networks.ts";
import { isMissing, isShared, mayPass } from "./outcome.ts";
import { PhotoQueue, workerName } from "./photo-queue.ts";
import { identityOf, placeOf } from "./places.ts";

export type WorkerEvent =
  | { type: "ready"; where: string; queue: string; model: Networks["own"]; warnings: readonly string[] }
  | FileOutcome
  | { type: "failed"; input: string; output: string; error: Error; attempts: number; again: boolean }
  /** Redis is gone, or back. */
  | { type: "connection"; state: "gone" | "back" }
  | { type: "note"; message: string };

export interface WorkerOptions extends ColorizerOptions {
  url: string;
  queue?: string;
  /** What the paths of jobs are relative to. */
  root?: string;
  /** Photos under way at once. */
  concurrency?: number;
  /** Seconds after which the photos of a worker that fell silent are given to others. */
  lockSeconds?: number;
  /** End when nothing waits, is under way or is to be tried again. */
  exitWhenEmpty?: boolean;
  /** Once aborted, the photos being coloured are finished, the others in hand given back. */
  signal?: AbortSignal;
  onEvent?: (event: WorkerEvent) => void;
}

export interface WorkerResult {
  done: number;
  skipped: number;
  /** Photos that will not be tried again. */
  failed: number;
}

type PhotoJob = BullJob<JobData, FileOutcome>;

/** As in `colorizeFiles`: one in the network, one being decoded, one being encoded. */
const CONCURRENCY = 3;
const LOCK_SECONDS = 30;

/** How often a photo may be in hand when its worker dies and be tried again. */
const MOST_STALLS = 1;

/** One count a minute, as BullMQ keeps them. */
const METRICS_MINUTES = 60;

/** How long a worker takes nothing new after a failure that the next photo would share, such as a full disk. */
const REST_MS = 30_000;

const IDLE_CHECK_MS = 500;

/** Time in which Redis has to take the last results when a worker ends. */
const FAREWELL_MS = 5000;

/**
 * Colours photos of a queue until it is stopped, or (`exitWhenEmpty`) the queue is empty.
 *
 * @throws AutochromeError where Redis or the model cannot be used, or jobs ask for what this worker has not got (a root,
 *   another network): those are given back
 */
export async function runWorker(options: WorkerOptions): Promise<WorkerResult> {
  const { url, queue: name, signal, onEvent = () => {} } = options;
  const queue = await PhotoQueue.open({
    url,
    queue: name,
    patient: true,
    onChange: (state) => onEvent({ type: "connection", state }),
  });
  try {
    const networks = await Networks.load(options);
    try {
      const { where, warnings } = queue.link;
      onEvent({ type: "ready", where, queue: queue.name, model: networks.own, warnings });
      if (signal?.aborted) return { done: 0, skipped: 0, failed: 0 };
      return await new PhotoWorker(queue, networks, options).run();
    } finally {
      await networks.dispose();
    }
  } finally {
    await queue.close();
  }
}

class PhotoWorker {
  readonly #queue: PhotoQueue;
  readonly #networks: Networks;
  readonly #options: WorkerOptions;
  readonly #worker: Worker<JobData, FileOutcome>;
  readonly #emit: (event: WorkerEvent) => void;
  readonly #intake: Intake;
  readonly #lanes = new Lanes();
  readonly #batches = new Map<string, Batch>();
  readonly #result: WorkerResult = { done: 0, skipped: 0, failed: 0 };
  /** Jobs in hand. */
  #inHand = 0;
  #stopping = false;
  /** Device and inode of the root when the worker began. */
  #rootIdentity: string | null = null;
  /** Jobs whose news Redis did not take. */
  readonly #lost = new Set<string>();
  #lastNote = "";
  /** What ends the worker as a failure. */
  #fatal: AutochromeError | null = null;
  #end: () => void = () => {};

  constructor(queue: PhotoQueue, networks: Networks, options: WorkerOptions) {
    const { concurrency = CONCURRENCY, lockSeconds = LOCK_SECONDS, onEvent = () => {} } = options;
    this.#queue = queue;
    this.#networks = networks;
    this.#options = options;
    this.#emit = onEvent;
    const { redis, skipVersionCheck } = queue.link;
    this.#worker = new Worker<JobData, FileOutcome>(
      queue.name,
      (job, token) => this.#process(job, token ?? ""),
      {
        connection: redis,
        skipVersionCheck,
        name: workerName(),
        concurrency,
        autorun: false,
        lockDuration: lockSeconds * 1000,
        stalledInterval: lockSeconds * 500,
        maxStalledCount: MOST_STALLS,
        // What is done is a file; kept here, a million would fill Redis and keep photos from being added again.
        removeOnComplete: { count: 0 },
        metrics: { maxDataPoints: METRICS_MINUTES },
      },
    );
    this.#intake = new Intake(this.#worker);
    this.#listen();
  }

  async run(): Promise<WorkerResult> {
    const { signal, exitWhenEmpty = false, root } = this.#options;
    if (root !== undefined) {
      this.#rootIdentity = await identityOf(root);
      if (this.#rootIdentity === null) {
        throw new AutochromeError(`there is no folder '${root}' (--root). Mount it, or name another.`, {
          code: "ROOT",
        });
      }
    }
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    signal?.addEventListener("abort", () => this.#end(), { once: true });
    const running = this.#worker.run();
    running.catch(() => {});
    if (exitWhenEmpty) void this.#endWhenEmpty();
    await ended;
    await this.#stop();
    if (this.#fatal !== null) throw this.#fatal;
    return this.#result;
  }

  #listen(): void {
    const worker = this.#worker;
    worker.on("completed", (_job, outcome) => {
      this.#result[outcome.type]++;
      this.#emit(outcome);
    });
    worker.on("failed", (job, error) => {
      if (job === undefined) return;
      const again = job.finishedOn === undefined;
      if (!again) this.#result.failed++;
      const { i: input, o: output } = job.data;
      this.#emit({ type: "failed", input, output, error, attempts: job.attemptsMade, again });
    });
    worker.on("error", (error) => {
      const { message } = error;
      // Lost connections are told of once, by the link.
      if (/ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|Connection is closed|ENOTFOUND|EAI_AGAIN/.test(message)) return;
      const job = /Missing (?:lock|key) for job (\S+?)\.|could not renew lock for job (\S+)/.exec(message);
      if (job === null) return this.#noteOnce(message.split("\n")[0]!);
      const id = (job[1] ?? job[2])!;
      if (this.#lost.has(id)) return;
      this.#lost.add(id);
      this.#emit({
        type: "note",
        message: `job ${id} is no longer this worker's (given to another, or removed); its result, once written, stands`,
      });
    });
  }

  #noteOnce(message: string): void {
    if (message === this.#lastNote) return;
    this.#lastNote = message;
    this.#emit({ type: "note", message });
  }

  async #stop(): Promise<void> {
    this.#stopping = true;
    this.#intake.end();
    const closed = this.#worker.close();
    // Without Redis the results' news cannot be brought: the files stand, and are found by whoever comes next.
    const bereft = (async () => {
      while (this.#inHand > 0) await wait(50);
      await wait(FAREWELL_MS);
      return "bereft";
    })();
    if ((await Promise.race([closed, bereft])) === "bereft") {
      this.#queue.link.redis.disconnect();
      this.#worker.disconnect().catch(() => {});
    }
  }

  async #endWhenEmpty(): Promise<void> {
    while (!this.#stopping) {
      await wait(IDLE_CHECK_MS);
      if (this.#inHand > 0 || this.#queue.link.redis.status !== "ready") continue;
      const counts = await this.#queue.bull.getJobCounts("wait", "active", "delayed", "prioritized");
      if (Object.values(counts).every((count) => count === 0)) this.#end();
    }
  }

  async #process(job: PhotoJob, token: string): Promise<FileOutcome> {
    this.#inHand++;
    try {
      return await this.#colorize(job).catch((error) => this.#checkRoot(error));
    } catch (error) {
      if (error instanceof GiveBack) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      // It must not use up the attempts of all photos.
      if (isShared(error) && this.#intake.rest(REST_MS)) {
        const message = `no new photo for ${REST_MS / 1000} s: ${(error as Error).message}`;
        this.#emit({ type: "note", message });
      }
      throw failure(error);
    } finally {
      this.#inHand--;
    }
  }

  async #colorize(job: PhotoJob): Promise<FileOutcome> {
    if (this.#stopping || this.#intake.alone) throw new GiveBack();
    const { b, i, o } = parseJob(job.data);
    const batch = await this.#batch(b);
    const colorizer = await this.#networks.of(batch.model).catch((error) => this.#unfit(error));
    const root = this.#root(batch);
    const [input, output] = [await placeOf(i, root), await placeOf(o, root)];
    const tag = jobId(b, o);
    if (job.attemptsStarted > 1) await removeLeftovers(output, tag);
    const format = formatOfExtension(extname(output)) ?? "png";
    const { size, saturation, tones, quality, mark } = batch;
    const begin = () => {
      if (this.#stopping) throw new GiveBack();
    };
    const colour = () =>
      colorizeFile(
        { input, output, format },
        { colorizer, size, saturation, tones, quality, mark, tag },
        this.#lanes,
        undefined,
        begin,
      );
    if (job.stalledCounter === 0) return colour();
    return this.#intake.byItself(() => this.#inHand === 1, colour);
  }

  async #batch(id: string): Promise<Batch> {
    const known = this.#batches.get(id) ?? (await this.#queue.getBatch(id));
    if (known === null) {
      throw new AutochromeError("the options it was added with are gone from Redis. Add it again.", {
        code: "BAD_JOB",
      });
    }
    this.#batches.set(id, known);
    return known;
  }

  /** Where the root itself has gone (a mount that was lost), no photo is at fault. */
  async #checkRoot(error: unknown): Promise<never> {
    const { root } = this.#options;
    if (root !== undefined && isMissing(error) && (await identityOf(root)) !== this.#rootIdentity) {
      const message = `the root '${root}' is no longer what it was when the worker began. Mount it again, then start the worker.`;
      this.#unfit(new AutochromeError(message, { code: "ROOT" }));
    }
    throw error;
  }

  #root(batch: Batch): string | null {
    const { root = null } = this.#options;
    if (batch.rooted === (root !== null)) return root;
    return this.#unfit(
      new AutochromeError(
        batch.rooted
          ? "the photos' paths are relative to a root. Start the worker with --root and the folder that was --root when they were added."
          : "the photos' paths are absolute, which a worker with --root does not follow. Start it without --root.",
        { code: "ROOT" },
      ),
    );
  }

  /** Ends the worker: not the photo is at fault, and another worker may be able to colour it. */
  #unfit(error: unknown): never {
    if (!(error instanceof AutochromeError)) throw error;
    this.#fatal ??= error;
    this.#stopping = true;
    this.#end();
    throw new GiveBack();
  }
}

/** What BullMQ keeps of a failure: its message without a stack; and whether it tries again. */
function failure(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const kept = mayPass(error) ? new Error(message) : new UnrecoverableError(message);
  kept.stack = "";
  return kept;
}
