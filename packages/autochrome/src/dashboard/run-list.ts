/**
 * The runs below a folder, and how each of them fares.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join, resolve } from "node:path";
import type { RunState, RunSummary } from "./api.ts";
import { lastLines, parseRecord } from "./tail.ts";

/** A run and where it is. */
export interface FoundRun {
  id: string;
  folder: string;
}

const MAX_FOLDERS = 5000;
const MAX_RUNS = 500;
/** Folders that a run or a project has, with no runs in them. */
const PASSED_OVER: ReadonlySet<string> = new Set(["checkpoints", "samples", "node_modules"]);
const METRICS_TAIL = 16 * 1024;
const EVENTS_TAIL = 64 * 1024;
/** Longer than a validation of large photos takes: nothing is written meanwhile. */
const STALLED_MS = 180_000;

/** Runs in `root`, at most so many folders deep, or `root` itself where it is one; in alphabetical order. */
export async function findRuns(root: string, depth: number): Promise<FoundRun[]> {
  const found: FoundRun[] = [];
  const queue: { folder: string; id: string; depth: number }[] = [{ folder: root, id: "", depth: 0 }];
  for (let looked = 0; looked < MAX_FOLDERS && found.length < MAX_RUNS; looked++) {
    const next = queue.shift();
    if (next === undefined) break;
    const entries = await readdir(next.folder, { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    if (
      names.has("config.json") &&
      ["events.jsonl", "metrics.jsonl", "checkpoints"].some((n) => names.has(n))
    ) {
      found.push({ id: next.id === "" ? basename(resolve(root)) : next.id, folder: next.folder });
      continue;
    }
    if (next.depth === depth) continue;
    for (const entry of entries) {
      if (!entry.isDirectory() || entry.name.startsWith(".") || PASSED_OVER.has(entry.name)) continue;
      const id = next.id === "" ? entry.name : `${next.id}/${entry.name}`;
      queue.push({ folder: join(next.folder, entry.name), id, depth: next.depth + 1 });
    }
  }
  return found.sort((a, b) => a.id.localeCompare(b.id, "en", { numeric: true }));
}

/** Reads summaries, again only where a run's records have changed. */
export class Summaries {
  readonly #known = new Map<string, { signature: string; ended: RunState | null; summary: RunSummary }>();

  async of({ id, folder }: FoundRun): Promise<RunSummary> {
    const files = ["metrics.jsonl", "events.jsonl", "config.json"].map((name) => join(folder, name));
    const stats = await Promise.all(files.map((path) => stat(path).catch(() => null)));
    const signature = stats.map((file) => (file ? `${file.ino}.${file.size}.${file.mtimeMs}` : "")).join(" ");
    let known = this.#known.get(folder);
    if (known?.signature !== signature) {
      const updated = Math.max(...stats.map((file) => file?.mtimeMs ?? 0));
      known = { signature, ...(await readSummary(id, folder, updated)) };
      this.#known.set(folder, known);
    }
    const state = known.ended ?? (await liveState(folder, known.summary.updated));
    return { ...known.summary, state, secondsLeft: state === "running" ? known.summary.secondsLeft : null };
  }

  forget(folders: ReadonlySet<string>): void {
    for (const folder of this.#known.keys()) if (!folders.has(folder)) this.#known.delete(folder);
  }
}

async function readSummary(
  id: string,
  folder: string,
  updated: number,
): Promise<{ ended: RunState | null; summary: RunSummary }> {
  const rows = (await lastLines(join(folder, "metrics.jsonl"), METRICS_TAIL)).map(parseRecord);
  const row = rows.findLast((candidate) => candidate !== null && candidate.validation === undefined) ?? {};
  const config = parseRecord(await readFile(join(folder, "config.json"), "utf8").catch(() => "")) ?? {};
  const events = (await lastLines(join(folder, "events.jsonl"), EVENTS_TAIL)).map(parseRecord);
  const kinds: Readonly<Record<string, RunState | null>> = {
    started: null,
    resumed: null,
    done: "finished",
    interrupted: "interrupted",
    unstable: "unstable",
  };
  const last = events.findLast((event) => typeof event?.kind === "string" && event.kind in kinds);
  const ended = last ? kinds[last.kind as string]! : null;
  const step = number(row.step) ?? 0;
  const progress = ended === "finished" ? 1 : (number(row.progress) ?? progressOf(config, row));
  return {
    ended,
    summary: {
      id,
      name: basename(resolve(folder)),
      state: ended ?? "running",
      step,
      epoch: number(row.epoch),
      progress: progress === null ? null : Math.min(1, progress),
      secondsLeft: number(row.secondsLeft),
      preset: typeof config.preset === "string" ? config.preset : null,
      updated,
    },
  };
}

/** For rows that do not tell it: how far the nearest limit is. */
function progressOf(config: Record<string, unknown>, row: Record<string, unknown>): number | null {
  const shares = [
    ["step", "steps", 1],
    ["epoch", "epochs", 1],
    ["seconds", "minutes", 60],
  ] as const;
  const known = shares.flatMap(([done, limit, unit]) => {
    const [at, end] = [number(row[done]), number(config[limit])];
    return at === null || end === null ? [] : [at / (unit * end)];
  });
  return known.length === 0 ? null : Math.max(...known);
}

/** Of a run that has not said that it ended. */
async function liveState(folder: string, updated: number): Promise<RunState> {
  const lock = parseRecord(await readFile(join(folder, "lock"), "utf8").catch(() => ""));
  if (lock === null || (lock.host === hostname() && !isAlive(Number(lock.pid)))) return "interrupted";
  return Date.now() - updated > STALLED_MS ? "stalled" : "running";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and another user's.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
