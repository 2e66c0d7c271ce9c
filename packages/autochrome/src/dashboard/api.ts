/**
 * What the server and the page say to each other. Both sides import this file, so it holds types and names alone.
 *
 * @module
 */

/**
 * `running`; `stalled`: its process lives and has written nothing for minutes; `finished`: its limit was reached;
 * `interrupted`: by Ctrl-C, a kill or a failure; `unstable`: ended by a monitor.
 */
export type RunState = "running" | "stalled" | "finished" | "interrupted" | "unstable";

/** A run as the list shows it. */
export interface RunSummary {
  /** Path below the served folder, with forward slashes. */
  id: string;
  name: string;
  state: RunState;
  step: number;
  epoch: number | null;
  /** Share that is over, 0 to 1; null where the run does not tell. */
  progress: number | null;
  secondsLeft: number | null;
  preset: string | null;
  /** When its records were last written, milliseconds since 1970. */
  updated: number;
}

/** The list's changes; the first message of a connection holds all runs. */
export interface RunsMessage {
  /** True in the first message: what is not named is not there. */
  complete: boolean;
  runs: RunSummary[];
  gone: string[];
}

/** A column of a series; null where a row has no such value. */
export interface Column {
  /** Means of the buckets; of `step`, `epoch` and `seconds` the last values. */
  mean: (number | null)[];
  /** Smallest and largest values; left out where a bucket is one row. */
  low?: (number | null)[];
  high?: (number | null)[];
}

/**
 * Rows in buckets of `stride` neighbours. A message replaces everything from bucket `from` on; `from` 0 starts
 * anew.
 */
export interface SeriesUpdate {
  from: number;
  stride: number;
  columns: Record<string, Column>;
}

/** A line of events.jsonl. */
export type RunEvent = { step: number; kind: string; time?: string } & Record<string, unknown>;

export interface Sample {
  step: number;
  /** Part of the address: another one when the picture was drawn anew. */
  version: string;
}

/** News of one run; what is left out is as it was. */
export interface RunMessage {
  run: string;
  metrics?: SeriesUpdate;
  validation?: SeriesUpdate;
  /** To be appended, or where `fresh` to take the place of all so far. */
  events?: { fresh: boolean; list: RunEvent[] };
  samples?: Sample[];
  config?: Record<string, unknown>;
}

/** Names of the server-sent events. */
export const RUNS_EVENT = "runs";
export const RUN_EVENT = "run";
export const PING_EVENT = "ping";

/** A connection follows so many runs at most. */
export const MAX_FOLLOWED = 8;
