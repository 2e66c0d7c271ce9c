import type { PhotoQueue } from "./photo-queue.ts";

export interface WorkerStatus {
  host: string;
  pid: number;
  /** Address from which it speaks with Redis. */
  address: string;
  /** Seconds since it connected. */
  seconds: number;
}

export interface InHand {
  input: string;
  /** `host/pid`; null where not known. */
  worker: string | null;
  seconds: number;
}

/** A queue at one moment. */
export interface QueueStatus {
  queue: string;
  where: string;
  paused: boolean;
  waiting: number;
  /** Waiting for another attempt after a failure. */
  delayed: number;
  active: number;
  /** Coloured, or passed over because the result was there, since the queue was made or cleared. */
  done: number;
  failed: number;
  /** Photos a second over the last minute, of all workers. */
  rate: number;
  /** At that rate; null where nothing moves. */
  secondsLeft: number | null;
  workers: WorkerStatus[];
  /** The photos in hand, the first hundred. */
  inHand: InHand[];
}

const MOST_IN_HAND = 100;
const MINUTE_MS = 60_000;

export async function readStatus(queue: PhotoQueue, now = Date.now()): Promise<QueueStatus> {
  const { bull, name, link } = queue;
  const [counts, paused, metrics, clients, jobs] = await Promise.all([
    bull.getJobCounts("wait", "active", "delayed", "prioritized", "failed"),
    bull.isPaused(),
    bull.getMetrics("completed", 0, 0),
    bull.getWorkers(),
    bull.getActive(0, MOST_IN_HAND - 1),
  ]);
  const waiting = (counts.wait ?? 0) + (counts.prioritized ?? 0);
  const { active = 0, delayed = 0, failed = 0 } = counts;
  const rate = ratePerSecond(metrics.meta, metrics.data, now);
  const left = waiting + delayed + active;
  return {
    queue: name,
    where: link.where,
    paused,
    waiting,
    delayed,
    active,
    done: Number(metrics.meta.count),
    failed,
    rate,
    secondsLeft: left === 0 ? 0 : rate > 0 ? left / rate : null,
    workers: clients.flatMap(workerStatus),
    // A job may have been finished and removed since its id was read.
    inHand: jobs
      .filter((job) => job?.data !== undefined)
      .map(({ data, processedBy, processedOn }) => ({
        input: data.i,
        worker: processedBy ?? null,
        seconds: processedOn === undefined ? 0 : Math.max(0, now - processedOn) / 1000,
      })),
  };
}

/**
 * Rate over the last minute from BullMQ's counts by clock minutes: those of this minute, and of the one before as much
 * as still lies within 60 seconds.
 *
 * @param meta count since ever; the same, and the time, when the last minute was closed
 * @param closed counts of closed minutes, the newest first
 */
export function ratePerSecond(
  meta: { count: number; prevTS: number; prevCount: number },
  closed: readonly number[],
  now: number,
): number {
  const [count, since, before] = [Number(meta.count), Number(meta.prevTS), Number(meta.prevCount)];
  if (!(since > 0)) return 0;
  const minutesAgo = Math.floor(now / MINUTE_MS) - Math.floor(since / MINUTE_MS);
  const recent = count - before;
  const intoMinute = now % MINUTE_MS;
  const share = 1 - intoMinute / MINUTE_MS;
  if (minutesAgo <= 0) {
    // In its first minute a queue has worked for less than one.
    if (closed.length === 0) return (recent * 1000) / Math.max(1000, now - since);
    return (recent + Number(closed[0]) * share) / 60;
  }
  if (minutesAgo > 1) return 0;
  return (recent * share) / 60;
}

function workerStatus(client: Readonly<Record<string, string>>): WorkerStatus[] {
  // As `workerName` makes it, behind what BullMQ puts before it.
  const match = /:w:(.*)\/(\d+)$/.exec(client.rawname ?? "");
  if (match === null) return [];
  const [, host = "", pid = ""] = match;
  return [{ host, pid: Number(pid), address: client.addr ?? "", seconds: Number(client.age ?? 0) }];
}
