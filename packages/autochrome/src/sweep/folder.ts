/**
 * The folder of a sweep: its settings, and what has become of its trials.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { makeFolder, readError, writeError, writeFileAtomic } from "../image/index.ts";
import { describePoint, type Trial } from "./plan.ts";
import { type SweepSettings, sweepError } from "./settings.ts";

const SWEEP = "sweep.json";
const TRIAL = "trial.json";

/** How a trial ended. */
export interface TrialRecord {
  /** `stopped`: early, since the others did better. */
  status: "done" | "stopped" | "failed";
  /** The objective at the run's best checkpoint; null where there is none. */
  objective: number | null;
  /** `score` and the metrics of that validation. */
  metrics: Record<string, number>;
  bestStep: number | null;
  steps: number;
  /** Of training. */
  seconds: number;
  /** Why it was stopped or failed. */
  reason: string | null;
}

interface SavedSweep {
  formatVersion: 1;
  settings: SweepSettings;
  trials: { id: string; point: Trial["point"]; seed: number }[];
}

/**
 * Opens the sweep's folder. One that holds the same sweep is gone on with; it may have got more trials.
 *
 * @throws AutochromeError when it holds another sweep, naming what differs, or cannot be written
 */
export async function openSweep(
  folder: string,
  settings: SweepSettings,
  trials: readonly Trial[],
): Promise<void> {
  const path = join(folder, SWEEP);
  const saved = await readSaved(path);
  if (saved !== null) requireSameSweep(saved, settings, trials, folder);
  try {
    await makeFolder(folder);
  } catch (error) {
    throw writeError(folder, error);
  }
  const now: SavedSweep = {
    formatVersion: 1,
    settings,
    trials: trials.map(({ id, point, seed }) => ({ id, point, seed })),
  };
  await writeFileAtomic(path, `${JSON.stringify(now, null, 2)}\n`);
}

async function readSaved(path: string): Promise<SavedSweep | null> {
  if (!(await exists(path))) return null;
  try {
    return JSON.parse(await readFile(path, "utf8")) as SavedSweep;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
    throw new AutochromeError(`${path} is damaged (${error.message}): start the sweep in another folder.`, {
      code: "CORRUPT_SWEEP",
      cause: error,
    });
  }
}

function requireSameSweep(
  saved: SavedSweep,
  settings: SweepSettings,
  trials: readonly Trial[],
  folder: string,
): void {
  const differs = (what: string, before: unknown, now: unknown) =>
    sweepError(
      `${folder} holds another sweep: ${what} was ${JSON.stringify(before)}, and is ${JSON.stringify(now)} now. ` +
        "Put it back, or name another folder with --out.",
    );
  const bases = [saved.settings.base, settings.base] as Record<string, unknown>[];
  for (const key of new Set(bases.flatMap((base) => Object.keys(base)))) {
    const [before, now] = bases.map((base) => base[key]);
    if (JSON.stringify(before) !== JSON.stringify(now)) throw differs(`base.${key}`, before, now);
  }
  for (const [i, before] of saved.trials.entries()) {
    const now = trials[i];
    const text = (trial: { point: Trial["point"]; seed: number }) =>
      `${describePoint(trial.point)}, seed ${trial.seed}`;
    if (now === undefined || text(now) !== text(before) || now.id !== before.id) {
      throw differs(before.id, text(before), now === undefined ? null : text(now));
    }
  }
}

/** How a trial ended, or null while it has not. */
export async function readTrial(folder: string, id: string): Promise<TrialRecord | null> {
  const path = join(folder, id, TRIAL);
  if (!(await exists(path))) return null;
  try {
    return JSON.parse(await readFile(path, "utf8")) as TrialRecord;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
    throw new AutochromeError(
      `${path} is damaged (${error.message}): delete ${join(folder, id)} to train it again.`,
      {
        code: "CORRUPT_SWEEP",
        cause: error,
      },
    );
  }
}

export async function writeTrial(folder: string, id: string, record: TrialRecord): Promise<void> {
  // A training that failed at once has taken its empty folder away.
  await makeFolder(join(folder, id));
  await writeFileAtomic(join(folder, id, TRIAL), `${JSON.stringify(record, null, 2)}\n`);
}

/** True where a training of this trial has begun, which then can be resumed. */
export function hasBegun(folder: string, id: string): Promise<boolean> {
  return exists(join(folder, id, "config.json"));
}

/** The validations that a trial's run has recorded so far, `score` among the metrics. */
export async function readValidations(
  folder: string,
  id: string,
): Promise<{ step: number; metrics: Record<string, number> }[]> {
  const text = await readFile(join(folder, id, "metrics.jsonl"), "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => {
    if (!line.includes('"validation"')) return [];
    try {
      const { step, validation } = JSON.parse(line) as { step: number; validation?: Record<string, number> };
      return validation === undefined ? [] : [{ step, metrics: validation }];
    } catch {
      // The line that a killed process left half-written.
      return [];
    }
  });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
