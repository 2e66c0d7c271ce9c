/**
 * Every limit of the server in one table: its default, its flag, and what it bounds.
 *
 * @module
 */

const MEGA = 1_000_000;

interface LimitEntry {
  /** In bytes, pixels, milliseconds or a count, as `unit` says. */
  default: number;
  /** Flag of `autochrome serve`, which takes multiples of `scale`. */
  flag: string;
  scale: number;
  min: number;
  max: number;
  unit: "bytes" | "pixels" | "milliseconds" | "count" | "bytes a second";
  what: string;
}

/** Values of the flags are multiples of `scale`; values in the program are not. */
export const LIMITS = {
  maxBytes: {
    default: 32 * MEGA,
    flag: "max-megabytes",
    scale: MEGA,
    min: 0.001,
    max: 1000,
    unit: "bytes",
    what: "bytes of one photo, in megabytes",
  },
  maxPixels: {
    default: 50 * MEGA,
    flag: "max-megapixels",
    scale: MEGA,
    min: 0.001,
    max: 268,
    unit: "pixels",
    what: "pixels of one photo, in megapixels",
  },
  maxRequests: {
    default: 64,
    flag: "max-requests",
    scale: 1,
    min: 1,
    max: 10_000,
    unit: "count",
    what: "photos under way at once: being sent, waiting, being coloured or being answered",
  },
  maxHeldBytes: {
    default: 512 * MEGA,
    flag: "max-held-megabytes",
    scale: MEGA,
    min: 0.001,
    max: 100_000,
    unit: "bytes",
    what: "bytes of all photos and answers under way, in megabytes",
  },
  uploadMs: {
    default: 60_000,
    flag: "upload-seconds",
    scale: 1000,
    min: 0.1,
    max: 3600,
    unit: "milliseconds",
    what: "time in which a photo has to arrive",
  },
  queueMs: {
    default: 60_000,
    flag: "queue-seconds",
    scale: 1000,
    min: 0.1,
    max: 3600,
    unit: "milliseconds",
    what: "time that a photo waits for its turn",
  },
  workMs: {
    default: 60_000,
    flag: "work-seconds",
    scale: 1000,
    min: 0.1,
    max: 3600,
    unit: "milliseconds",
    what: "time in which a photo has to be coloured; its worker process is killed then",
  },
  minRate: {
    default: 4000,
    flag: "min-kilobytes-per-second",
    scale: 1000,
    min: 0,
    max: 100_000,
    unit: "bytes a second",
    what: "rate below which an upload, or the reading of an answer, is given up, in kilobytes a second",
  },
  answerMs: {
    default: 15_000,
    flag: "answer-seconds",
    scale: 1000,
    min: 0.1,
    max: 3600,
    unit: "milliseconds",
    what: "time after which an answer is given up of which nothing is read",
  },
  headerMs: {
    default: 10_000,
    flag: "header-seconds",
    scale: 1000,
    min: 0.1,
    max: 600,
    unit: "milliseconds",
    what: "time in which a request's header has to arrive",
  },
  keepAliveMs: {
    default: 20_000,
    flag: "keep-alive-seconds",
    scale: 1000,
    min: 0,
    max: 600,
    unit: "milliseconds",
    what: "time that an idle connection is kept",
  },
  maxConnections: {
    default: 512,
    flag: "max-connections",
    scale: 1,
    min: 1,
    max: 100_000,
    unit: "count",
    what: "connections at once; more are closed",
  },
  workerBytes: {
    default: 3000 * MEGA,
    flag: "worker-megabytes",
    scale: MEGA,
    min: 100,
    max: 1_000_000,
    unit: "bytes",
    what: "memory of one worker process, in megabytes; it is killed beyond",
  },
  drainMs: {
    default: 30_000,
    flag: "drain-seconds",
    scale: 1000,
    min: 0,
    max: 3600,
    unit: "milliseconds",
    what: "time that requests under way have after SIGTERM",
  },
} as const satisfies Readonly<Record<string, LimitEntry>>;

export type LimitName = keyof typeof LIMITS;
export type Limits = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(LIMITS) as LimitName[];

/** All limits: those given, and defaults for the others. */
export function withDefaults(given: Partial<Limits> = {}): Limits {
  const all = LIMIT_NAMES.map((name) => [name, given[name] ?? LIMITS[name].default]);
  return Object.fromEntries(all) as Limits;
}
