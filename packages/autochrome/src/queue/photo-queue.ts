import { hostname } from "node:os";
import { Queue } from "bullmq";
import { AutochromeError } from "../errors.ts";
import { type ConnectOptions, connectRedis, type RedisLink } from "./connection.ts";
import { type Batch, batchId, type JobData, jobId, parseBatch } from "./jobs.ts";
import { type Planned, sameOutput } from "./plan.ts";

/** The queue that is used when none is named. */
export const DEFAULT_QUEUE = "autochrome";

/** Photos added in one go. */
const BULK = 1000;

/** Name of every job, which BullMQ asks for and keeps a million times. */
const JOB_NAME = "p";

export interface OpenOptions extends ConnectOptions {
  url: string;
  queue?: string;
}

export interface AddOptions {
  /** How often a photo is tried whose failure may pass. */
  attempts?: number;
  /** Seconds before the second attempt; each later wait is twice as long. */
  backoff?: number;
  signal?: AbortSignal;
  onProblem?: (problem: { input: string; error: AutochromeError }) => void;
  onProgress?: (counts: Readonly<AddCounts>) => void;
}

export interface AddCounts {
  added: number;
  /** In the queue already: waiting or under way. */
  already: number;
  /** In the queue already, among those that failed. */
  failedBefore: number;
  /** Inputs that cannot be added. */
  problems: number;
}

/** A queue of photos in Redis. Make it with {@link PhotoQueue.open}, end it with `close`. */
export class PhotoQueue {
  readonly name: string;
  readonly link: RedisLink;
  readonly bull: Queue<JobData>;

  private constructor(name: string, link: RedisLink) {
    this.name = name;
    this.link = link;
    const { redis: connection, skipVersionCheck } = link;
    this.bull = new Queue<JobData>(name, { connection, skipVersionCheck });
    // The link tells of lost connections; commands that fail throw by themselves.
    this.bull.on("error", () => {});
  }

  /** @throws AutochromeError as `connectRedis`, and for a name that no queue can have (exit code 2) */
  static async open({ url, queue = DEFAULT_QUEUE, ...options }: OpenOptions): Promise<PhotoQueue> {
    if (!/^[\w.-]{1,100}$/.test(queue)) {
      throw new AutochromeError(
        `a queue cannot be named '${queue}'. Use letters, digits, '.', '_' and '-', 100 at most.`,
        { code: "USAGE", exitCode: 2 },
      );
    }
    return new PhotoQueue(queue, await connectRedis(url, options));
  }

  async close(): Promise<void> {
    await this.bull.close();
    await this.link.close();
  }

  /** No worker takes a new photo until `resume`; those in hand are finished. */
  async pause(): Promise<void> {
    await this.bull.pause();
  }

  async resume(): Promise<void> {
    await this.bull.resume();
  }

  /** Removes every job of the queue, those in hand included: their workers finish them and nobody is told. */
  async clear(): Promise<void> {
    await this.bull.obliterate({ force: true, count: BULK });
    await this.link.redis.del(this.batchesKey);
  }

  /** Removes the failed jobs. */
  async clearFailed(): Promise<number> {
    return (await this.bull.clean(0, 0, "failed")).length;
  }

  /** Where options are kept that many jobs share. */
  get batchesKey(): string {
    return this.bull.toKey("batches");
  }

  /** Keeps a set of options, before jobs name it. */
  async putBatch(batch: Batch): Promise<string> {
    const id = batchId(batch);
    await this.link.redis.hset(this.batchesKey, id, JSON.stringify(batch));
    return id;
  }

  async getBatch(id: string): Promise<Batch | null> {
    const text = await this.link.redis.hget(this.batchesKey, id);
    return text === null ? null : parseBatch(text);
  }

  /** Adds photos as they come, in bulks. Those that the queue holds already are not added again. */
  async add(photos: AsyncIterable<Planned>, options: AddOptions = {}): Promise<AddCounts> {
    const { attempts = 5, backoff = 5, signal, onProblem = () => {}, onProgress = () => {} } = options;
    const opts = { attempts, backoff: { type: "exponential", delay: backoff * 1000, jitter: 0.5 } };
    const counts: AddCounts = { added: 0, already: 0, failedBefore: 0, problems: 0 };
    let bulk: JobData[] = [];
    const flush = async () => {
      const fresh = await this.#unknown(bulk, counts, onProblem);
      bulk = [];
      await this.bull.addBulk(
        fresh.map((data) => ({ name: JOB_NAME, data, opts: { ...opts, jobId: jobId(data.b, data.o) } })),
      );
      counts.added += fresh.length;
      onProgress(counts);
    };
    for await (const photo of photos) {
      if (signal?.aborted) break;
      if ("error" in photo) {
        counts.problems++;
        onProblem(photo);
        continue;
      }
      bulk.push(photo.job);
      if (bulk.length >= BULK) await flush();
    }
    if (bulk.length > 0) await flush();
    return counts;
  }

  /** Those of a bulk that the queue does not hold; counts the others. */
  async #unknown(
    bulk: readonly JobData[],
    counts: AddCounts,
    onProblem: NonNullable<AddOptions["onProblem"]>,
  ): Promise<JobData[]> {
    const { redis } = this.link;
    const pipeline = redis.pipeline();
    for (const { b, o } of bulk) pipeline.hget(this.bull.toKey(jobId(b, o)), "data");
    const held = await results(pipeline.exec());
    const known: JobData[] = [];
    const fresh = bulk.filter((job, n) => {
      const text = held[n];
      if (typeof text !== "string") return true;
      const { i } = JSON.parse(text) as JobData;
      if (i === job.i) {
        known.push(job);
      } else {
        counts.problems++;
        onProblem({ input: job.i, error: sameOutput(job.i, job.o, `'${i}'`) });
      }
      return false;
    });
    if (known.length > 0) {
      const failed = redis.pipeline();
      for (const { b, o } of known) failed.zscore(this.bull.toKey("failed"), jobId(b, o));
      for (const score of await results(failed.exec())) {
        if (score === null) counts.already++;
        else counts.failedBefore++;
      }
    }
    return fresh;
  }
}

/** @throws the first error among a pipeline's results */
async function results(run: Promise<[Error | null, unknown][] | null>): Promise<unknown[]> {
  return ((await run) ?? []).map(([error, value]) => {
    if (error !== null) throw error;
    return value;
  });
}

/** By which a worker is known to others: host and process. */
export function workerName(): string {
  return `${hostname().replace(/[^\w.-]/g, "-")}/${process.pid}`;
}
