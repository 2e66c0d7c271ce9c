/**
 * The folder of a run: its configuration, its records and the lock that keeps a second training out.
 *
 * @module
 */
import { appendFile, open, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, extname, join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AutochromeError } from "../errors.ts";
import { makeFolder, readError, writeError, writeFileAtomic } from "../image/index.ts";
import { resolveConfig, type TrainConfig } from "./config/index.ts";
import type { InitReport } from "./init/index.ts";

const CONFIG = "config.json";
const INIT = "init.json";
const METRICS = "metrics.jsonl";
const EVENTS = "events.jsonl";
const LOCK = "lock";
const LOCK_POLL_MS = 100;
const LOCK_PATIENCE_MS = 3000;

/** A line of `metrics.jsonl` or `events.jsonl`. */
export type RecordLine = { step: number } & Record<string, unknown>;

/** Open folder of a run; `close` it whatever happens. */
export class RunFolder {
  readonly path: string;
  /** The topmost folder that `open` had to create, or null. */
  readonly #created: string | null;
  #metrics: string[] = [];

  private constructor(path: string, created: string | null) {
    this.path = path;
    this.#created = created;
  }

  /**
   * Creates the folder and takes its lock.
   *
   * @param resume whether a run is expected to be there
   * @throws AutochromeError when another training holds it, it holds a run that is not to be resumed, or it
   *   cannot be written
   */
  static async open(path: string, resume: boolean): Promise<RunFolder> {
    let created: string | null;
    try {
      created = await makeFolder(path);
      await makeFolder(join(path, "samples"));
      await makeFolder(join(path, "checkpoints"));
    } catch (error) {
      throw writeError(path, error);
    }
    if (!resume && (await exists(join(path, CONFIG)))) {
      throw new AutochromeError(
        `${path} holds a run already: add --resume to go on with it, or name another folder with --run.`,
        { code: "RUN_EXISTS", exitCode: 2 },
      );
    }
    await takeLock(path);
    return new RunFolder(path, created);
  }

  async writeConfig(config: TrainConfig): Promise<void> {
    await writeFileAtomic(join(this.path, CONFIG), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** What the run's first weights were, for the model card. */
  async writeInit(report: InitReport): Promise<void> {
    await writeFileAtomic(join(this.path, INIT), `${JSON.stringify(report, null, 2)}\n`);
  }

  /** Remembers a line of `metrics.jsonl`; `flush` writes. */
  addMetrics(line: RecordLine): void {
    this.#metrics.push(`${JSON.stringify(line)}\n`);
  }

  async flush(): Promise<void> {
    const lines = this.#metrics.join("");
    this.#metrics = [];
    if (lines !== "") await this.#append(METRICS, lines);
  }

  async addEvent(line: RecordLine): Promise<void> {
    await this.#append(EVENTS, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
  }

  /** Forgets the metrics of steps after `step`: a resumed run writes them anew. */
  async truncateMetrics(step: number): Promise<void> {
    this.#metrics = [];
    const path = join(this.path, METRICS);
    if (!(await exists(path))) return;
    const kept = (await readFile(path, "utf8")).split("\n").filter((line) => {
      try {
        return (JSON.parse(line) as RecordLine).step <= step;
      } catch {
        // A line that a killed process left half-written, or the emptiness after the last.
        return false;
      }
    });
    await writeFileAtomic(path, kept.map((line) => `${line}\n`).join(""));
  }

  /** Gives the lock back; a folder in which no run has begun is removed. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await releaseLock(this.path);
      if (this.#created !== null && !(await exists(join(this.path, CONFIG)))) {
        await rm(this.path, { recursive: true, force: true });
        // The folder around it only if it is new too, and still empty.
        if (resolve(this.#created) !== resolve(this.path)) await rmdir(dirname(this.path)).catch(() => {});
      }
    }
  }

  async #append(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    try {
      await appendFile(path, text);
    } catch (error) {
      throw writeError(path, error);
    }
  }
}

/**
 * The configuration that a run was started with.
 *
 * @throws AutochromeError when the folder holds no run, or a damaged one
 */
export async function readRunConfig(run: string): Promise<TrainConfig> {
  const path = join(run, CONFIG);
  if (!(await exists(path))) {
    throw new AutochromeError(`${run} holds no run to resume: check --run, or leave --resume out.`, {
      code: "NO_RUN",
      exitCode: 2,
    });
  }
  try {
    return resolveConfig({ saved: JSON.parse(await readFile(path, "utf8")) as TrainConfig });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
    throw new AutochromeError(`${path} is damaged (${error.message}): start another run with --run.`, {
      code: "CORRUPT_RUN",
      cause: error,
    });
  }
}

/** What a run's first weights were; null for random ones, or where the record is gone. */
export async function readInitReport(run: string): Promise<InitReport | null> {
  try {
    return JSON.parse(await readFile(join(run, INIT), "utf8")) as InitReport;
  } catch {
    return null;
  }
}

/** `runs/<name of the photos>-<n>`, the first that is not there yet. */
export async function nextRunFolder(photos: readonly string[], root = "runs"): Promise<string> {
  const source = basename(resolve(photos[0] ?? "run"));
  const name =
    source.slice(0, source.length - extname(source).length).replace(/[^\p{L}\p{N}._-]+/gu, "-") || "run";
  for (let n = 1; ; n++) {
    const path = join(root, `${name}-${n}`);
    if (!(await exists(path))) return path;
  }
}

/**
 * The run under `root` that was written to last.
 *
 * @throws AutochromeError when there is none
 */
export async function latestRunFolder(root = "runs"): Promise<string> {
  const names = await readdir(root).catch(() => []);
  let latest: { path: string; time: number } | null = null;
  for (const name of names) {
    const path = join(root, name);
    if (!(await exists(join(path, CONFIG)))) continue;
    for (const file of [CONFIG, METRICS]) {
      const time = await stat(join(path, file)).then(
        (stats) => stats.mtimeMs,
        () => 0,
      );
      if (latest === null || time > latest.time) latest = { path, time };
    }
  }
  if (latest !== null) return latest.path;
  throw new AutochromeError(`there is no run in ${root}/ to resume: name its folder with --run.`, {
    code: "NO_RUN",
    exitCode: 2,
  });
}

/**
 * Keeps a second process out of a folder, until `releaseLock`. The lock of a process that is gone is taken over.
 *
 * @param words what writes there, and the flag that names another folder, for the message
 * @throws AutochromeError when another process holds the folder, or it cannot be written
 */
export async function takeLock(
  folder: string,
  words: { what: string; flag: string } = { what: "training", flag: "--run" },
): Promise<void> {
  const path = join(folder, LOCK);
  const text = JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() });
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, "wx");
      await file.writeFile(text);
      await file.close();
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST") || attempt > 0) {
        throw writeError(path, error);
      }
    }
    const holder = await readFile(path, "utf8").then(
      (content) => parseLock(content),
      () => null,
    );
    if (holder !== null && (holder.host !== hostname() || !(await hasEnded(holder.pid)))) {
      throw new AutochromeError(
        `another ${words.what} (process ${holder.pid} on ${holder.host}) is writing to ${folder}: wait for it, ` +
          `name another folder with ${words.flag}, or delete ${path} if none is running.`,
        { code: "RUN_LOCKED" },
      );
    }
    await rm(path, { force: true });
  }
}

export async function releaseLock(folder: string): Promise<void> {
  await rm(join(folder, LOCK), { force: true });
}

/** Null for what a process left that died while writing it. */
function parseLock(content: string): { pid: number; host: string } | null {
  try {
    return JSON.parse(content) as { pid: number; host: string };
  } catch {
    return null;
  }
}

/** True once the process is gone; one that was just killed may need a moment to give its memory back. */
async function hasEnded(pid: number): Promise<boolean> {
  for (let waited = 0; ; waited += LOCK_POLL_MS) {
    if (!isAlive(pid)) return true;
    if (waited >= LOCK_PATIENCE_MS) return false;
    await setTimeout(LOCK_POLL_MS);
  }
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

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
