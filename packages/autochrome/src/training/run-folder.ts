/**
 * The folder of a run: its configuration and its records.
 *
 * @module
 */
import { appendFile, readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve, sep } from "node:path";
import { AutochromeError } from "../errors.ts";
import { makeFolder, readError, writeError, writeFileAtomic } from "../image/index.ts";
import { repairCheckpoints } from "./checkpoint.ts";
import { completeConfig, type TrainConfig } from "./config/index.ts";
import { FolderLock } from "./folder-lock.ts";
import type { InitReport } from "./init/index.ts";

const CONFIG = "config.json";
const INIT = "init.json";
const METRICS = "metrics.jsonl";
const EVENTS = "events.jsonl";
const SAMPLES = "samples";
const CHECKPOINTS = "checkpoints";

/** A line of `metrics.jsonl` or `events.jsonl`. */
export type RecordLine = { step: number } & Record<string, unknown>;

/** Open folder of a run; `close` it whatever happens. */
export class RunFolder {
  readonly path: string;
  readonly #lock: FolderLock;
  /** Folders that `open` had to make, those within others last. */
  readonly #made: readonly string[];
  #metrics: string[] = [];

  private constructor(path: string, lock: FolderLock, made: readonly string[]) {
    this.path = path;
    this.#lock = lock;
    this.#made = made;
  }

  /**
   * Makes the folder, takes its lock and clears away what a killed training left half-written.
   *
   * @param resume whether a run is expected to be there
   * @throws AutochromeError when another training holds it, it holds a run that is not to be resumed, or it
   *   cannot be written
   */
  static async open(path: string, resume: boolean): Promise<RunFolder> {
    if (!resume) await requireNoRun(path);
    const made: string[] = [];
    try {
      for (const folder of [path, join(path, SAMPLES), join(path, CHECKPOINTS)]) {
        const topmost = await makeFolder(folder);
        // The folder around a run may be new too: `runs/`.
        if (topmost !== null && resolve(topmost) !== resolve(folder)) made.push(dirname(folder));
        if (topmost !== null) made.push(folder);
      }
      const lock = await FolderLock.take(path);
      try {
        // Another training may have come and gone since.
        if (!resume) await requireNoRun(path);
        await sweep(path);
        await repairCheckpoints(path);
      } catch (error) {
        await lock.release();
        throw error;
      }
      return new RunFolder(path, lock, made);
    } catch (error) {
      await removeEmpty(made);
      throw writeError(path, error);
    }
  }

  /** Opens a new folder, named after the photos: `runs/<name>-<n>`. */
  static async openNext(sources: Pick<TrainConfig, "photos" | "val">): Promise<RunFolder> {
    for (;;) {
      const path = await nextRunFolder(sources.photos);
      requireApart(path, sources);
      try {
        return await RunFolder.open(path, false);
      } catch (error) {
        // A training that began at the same moment was quicker: the next number is free.
        const taken = error instanceof AutochromeError && ["RUN_LOCKED", "RUN_EXISTS"].includes(error.code);
        if (!taken) throw error;
      }
    }
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

  /** @param durable whether they have to be on the disk itself, as they have before the checkpoint they lead to */
  async flush(durable = false): Promise<void> {
    const lines = this.#metrics.join("");
    this.#metrics = [];
    if (lines !== "" || durable) await this.#append(METRICS, lines, durable);
  }

  async addEvent(line: RecordLine): Promise<void> {
    await this.#append(EVENTS, `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
  }

  /** Forgets the metrics and samples of steps after `step`: they will be made anew. */
  async forgetAfter(step: number): Promise<void> {
    this.#metrics = [];
    await this.#keepLines(METRICS, (line) => line.step <= step);
    for (const name of await readdir(join(this.path, SAMPLES))) {
      const made = /^step-(\d+)\./.exec(name);
      if (made && Number(made[1]) > step) await rm(join(this.path, SAMPLES, name), { force: true });
    }
  }

  /** Keeps those events that `isKept` says yes to. */
  async keepEvents(isKept: (line: RecordLine) => boolean): Promise<void> {
    await this.#keepLines(EVENTS, isKept);
  }

  /** Gives the lock back; of a folder in which no run has begun, what `open` made is removed. */
  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      if (this.#made.includes(this.path) && !(await exists(join(this.path, CONFIG)))) {
        await rm(this.path, { recursive: true, force: true }).catch(() => {});
      }
      await this.#lock.release();
      if (!(await exists(join(this.path, CONFIG)))) await removeEmpty(this.#made);
    }
  }

  /** Also drops lines that a killed process left half-written. */
  async #keepLines(name: string, isKept: (line: RecordLine) => boolean): Promise<void> {
    const path = join(this.path, name);
    if (!(await exists(path))) return;
    const before = await readFile(path, "utf8");
    const lines = before.split("\n").filter((line) => {
      try {
        return isKept(JSON.parse(line) as RecordLine);
      } catch {
        return false;
      }
    });
    const after = lines.map((line) => `${line}\n`).join("");
    if (after !== before) await writeFileAtomic(path, after);
  }

  async #append(name: string, text: string, durable = false): Promise<void> {
    const path = join(this.path, name);
    try {
      await appendFile(path, text, { flush: durable });
    } catch (error) {
      throw writeError(path, error);
    }
  }
}

async function requireNoRun(path: string): Promise<void> {
  if (!(await exists(join(path, CONFIG)))) return;
  throw new AutochromeError(
    `${path} holds a run already: add --resume to go on with it, or name another folder with --run.`,
    { code: "RUN_EXISTS", exitCode: 2 },
  );
}

/**
 * Refuses a run's folder among the photos: its sample sheets would be taken for photos the next time.
 *
 * @throws AutochromeError (exit code 2) naming the source that holds it
 */
export function requireApart(path: string, { photos, val }: Pick<TrainConfig, "photos" | "val">): void {
  for (const source of val === null ? photos : [...photos, val]) {
    if (!`${resolve(path)}${sep}`.startsWith(resolve(source) + sep)) continue;
    throw new AutochromeError(
      `the run's folder ${path} lies among the photos in ${source}, and its sample sheets would be taken for ` +
        "photos: name one outside with --run.",
      { code: "RUN_AMONG_PHOTOS", exitCode: 2 },
    );
  }
}

/** Removes the temporary files of a training that was killed while writing. */
async function sweep(path: string): Promise<void> {
  for (const folder of [path, join(path, SAMPLES)]) {
    for (const name of await readdir(folder)) {
      if (/^\..+\.\d+\.[0-9a-f]{8}\.tmp$/.test(name)) await rm(join(folder, name), { force: true });
    }
  }
}

/** Those of the folders that nothing was put into. */
async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {});
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
  let saved: unknown;
  try {
    saved = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
    throw new AutochromeError(
      `${path} is damaged (${error.message}): put what stands under "config" in checkpoints/last/state.json ` +
        "there, or start another run with --run.",
      { code: "CORRUPT_RUN", cause: error },
    );
  }
  return completeConfig(saved, path);
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

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
