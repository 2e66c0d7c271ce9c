import type { Job } from "bullmq";
import type { JobData } from "./jobs.ts";
import type { PhotoQueue } from "./photo-queue.ts";

/** A photo that will not be tried again by itself. */
export interface DeadLetter {
  id: string;
  input: string;
  output: string;
  reason: string;
  attempts: number;
  /** `host/pid` of the worker that had it last. */
  worker: string | null;
  /** When it was given up, in milliseconds since 1970. */
  time: number;
}

/** Which dead letters are meant: all of these must hold. */
export interface DeadLetterFilter {
  /** Part of the input's path, or with `*` and `?` all of it (`*` stands for `/` too). */
  path?: string;
  /** Part of the reason. */
  reason?: string;
}

const PAGE = 500;

/** BullMQ's reason for a job whose worker's lock ran out more often than `maxStalledCount`. */
const STALLED = "job stalled more than allowable limit";

/** Dead letters, the oldest first. */
export async function* deadLetters(
  queue: PhotoQueue,
  filter: DeadLetterFilter = {},
): AsyncGenerator<DeadLetter> {
  const matches = matcher(filter);
  for (let from = 0; ; from += PAGE) {
    const letters = (await page(queue, from, PAGE)).map(letterOf);
    if (letters.length === 0) return;
    yield* letters.filter(matches);
  }
}

/**
 * Puts dead letters back into the queue, with all their attempts.
 *
 * @returns how many
 */
export async function retryDeadLetters(queue: PhotoQueue, filter: DeadLetterFilter = {}): Promise<number> {
  const matches = matcher(filter);
  let retried = 0;
  let from = 0;
  // What fails again meanwhile comes last, and is left.
  let left = await queue.bull.getFailedCount();
  while (left > 0) {
    const jobs = await page(queue, from, Math.min(PAGE, left));
    if (jobs.length === 0) break;
    const chosen = jobs.filter((job) => matches(letterOf(job)));
    const moved = (await Promise.all(chosen.map(retry))).filter((done) => done).length;
    retried += moved;
    left -= jobs.length;
    from += jobs.length - chosen.length;
  }
  return retried;
}

/** @returns false where someone else has retried or removed it meanwhile */
async function retry(job: Job<JobData>): Promise<boolean> {
  try {
    await job.retry("failed", { resetAttemptsMade: true });
    return true;
  } catch (error) {
    if (/Missing key|not in the/i.test(String(error))) return false;
    throw error;
  }
}

async function page({ bull }: PhotoQueue, from: number, length: number): Promise<Job<JobData>[]> {
  const jobs = await bull.getJobs(["failed"], from, from + length - 1, true);
  return jobs.filter((job) => job?.data !== undefined);
}

function matcher({ path, reason }: DeadLetterFilter): (letter: DeadLetter) => boolean {
  const isPath = path === undefined ? () => true : pathMatcher(path);
  return (letter) => isPath(letter.input) && (reason === undefined || letter.reason.includes(reason));
}

function letterOf(job: Job<JobData>): DeadLetter {
  const { id = "", data, failedReason, attemptsMade, processedBy, finishedOn } = job;
  return {
    id,
    input: data.i,
    output: data.o,
    reason: describeReason(failedReason),
    attempts: attemptsMade,
    worker: processedBy ?? null,
    time: finishedOn ?? 0,
  };
}

/** A reason in our words where it is BullMQ's. */
export function describeReason(reason: string): string {
  if (reason !== STALLED) return reason;
  return "its worker's process ended or hung twice while it had this photo: it may need more memory than there is, or crash a decoder. Try it by itself with 'autochrome colorize'.";
}

/** @param pattern part of a path, or a whole one where it holds `*` or `?` */
export function pathMatcher(pattern: string): (path: string) => boolean {
  if (!/[*?]/.test(pattern)) return (path) => path.includes(pattern);
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const whole = new RegExp(`^${source}$`, "s");
  return (path) => whole.test(path);
}
