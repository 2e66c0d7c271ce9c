/**
 * A sweep, from its settings to its results.
 *
 * @module
 */
import { AutochromeError } from "../errors.ts";
import { makeFolder, writeError } from "../image/index.ts";
import { FolderLock, type ScorePhotos } from "../training/index.ts";
import { hasBegun, openSweep, readTrial, readValidations, type TrialRecord, writeTrial } from "./folder.ts";
import { type Curve, stopReason } from "./median-rule.ts";
import { planTrials, type Trial } from "./plan.ts";
import { rankPoints, type SweepResults, writeResults } from "./results.ts";
import { type SweepSettings, sweepError } from "./settings.ts";
import { inProcess, type TrialResult, type TrialRunner } from "./trial.ts";

export interface SweepEvents {
  /** Before the first trial: all of them, and the records of those that are over already. */
  onPlan?: (trials: readonly Trial[], records: ReadonlyMap<string, TrialRecord>) => void;
  onTrialStart?: (trial: Trial, resumed: boolean) => void;
  /** `progress` from 0 to 1. */
  onTrialProgress?: (trial: Trial, step: number, progress: number) => void;
  onTrialEnd?: (trial: Trial, record: TrialRecord) => void;
}

export interface SweepOptions {
  /** Ends the sweep with the trials in hand saved. */
  signal?: AbortSignal;
  /** Trials at once; default 1. More than one needs a `runner` with processes of its own. */
  jobs?: number;
  /** Trains one trial; default in this process. */
  runner?: TrialRunner;
  /** Judges validations in this process. */
  score?: ScorePhotos;
  /** Trains failed trials again. */
  retryFailed?: boolean;
}

export interface SweepOutcome {
  ended: "done" | "interrupted";
  results: SweepResults;
}

/**
 * Trains every trial of a sweep that is not over yet; one that was interrupted goes on where it was saved. Failed trials
 * are recorded with their reason and end nothing.
 *
 * @param folder the sweep's; each trial is a run in `<folder>/<trial>`
 * @throws AutochromeError when a trial's settings are wrong (before any is trained), the folder holds another sweep, is
 *   in use or cannot be written, or the objective's metric does not exist
 */
export async function runSweep(
  settings: SweepSettings,
  folder: string,
  events: SweepEvents = {},
  options: SweepOptions = {},
): Promise<SweepOutcome> {
  const trials = await planTrials(settings, folder);
  await makeFolder(folder).catch((error: unknown) => {
    throw writeError(folder, error);
  });
  const lock = await FolderLock.take(folder, { what: "sweep", flag: "--out" });
  try {
    await openSweep(folder, settings, trials);
    return await new Sweep(settings, folder, trials, events, options).run();
  } finally {
    await lock.release();
  }
}

class Sweep {
  readonly #settings: SweepSettings;
  readonly #folder: string;
  readonly #trials: readonly Trial[];
  readonly #events: SweepEvents;
  readonly #options: SweepOptions;
  readonly #runner: TrialRunner;
  readonly #records = new Map<string, TrialRecord>();
  readonly #curves = new Map<string, Curve>();
  /** Ends what is in hand when the sweep itself cannot go on. */
  readonly #failure = new AbortController();
  readonly #signal: AbortSignal;

  constructor(
    settings: SweepSettings,
    folder: string,
    trials: readonly Trial[],
    events: SweepEvents,
    options: SweepOptions,
  ) {
    this.#settings = settings;
    this.#folder = folder;
    this.#trials = trials;
    this.#events = events;
    this.#options = options;
    this.#runner = options.runner ?? inProcess(options.score);
    const signals = options.signal ? [options.signal, this.#failure.signal] : [this.#failure.signal];
    this.#signal = AbortSignal.any(signals);
  }

  async run(): Promise<SweepOutcome> {
    const waiting: Trial[] = [];
    for (const trial of this.#trials) {
      const record = await readTrial(this.#folder, trial.id);
      const again = record?.status === "failed" && this.#options.retryFailed === true;
      if (record === null || again) waiting.push(trial);
      else await this.#remember(trial, record);
    }
    this.#events.onPlan?.(this.#trials, this.#records);
    const work = async () => {
      for (let trial = waiting.shift(); trial && !this.#signal.aborted; trial = waiting.shift()) {
        await this.#train(trial);
      }
    };
    const jobs = Math.max(1, this.#options.jobs ?? 1);
    const ends = await Promise.allSettled(Array.from({ length: jobs }, work));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
    const results = rankPoints(this.#settings, this.#trials, this.#records);
    await writeResults(this.#folder, this.#settings, results);
    return { ended: this.#signal.aborted ? "interrupted" : "done", results };
  }

  async #train(trial: Trial): Promise<void> {
    const { id } = trial;
    const resume = await hasBegun(this.#folder, id);
    const own = resume ? await this.#curveOf(id) : [];
    const worse = new AbortController();
    let reason: string | null = null;
    let unknown: AutochromeError | null = null;
    this.#events.onTrialStart?.(trial, resume);
    const onValidation = (step: number, metrics: Record<string, number>) => {
      const value = metrics[this.#settings.objective.metric];
      if (value === undefined) {
        unknown = unknownMetric(this.#settings, metrics);
        this.#failure.abort();
        return;
      }
      own.push({ step, value });
      reason ??= stopReason(this.#settings, own, this.#othersOf(id));
      if (reason !== null) worse.abort();
    };
    let record: TrialRecord | null;
    try {
      const result = await this.#runner(trial, {
        resume,
        signal: AbortSignal.any([this.#signal, worse.signal]),
        onProgress: ({ step, progress }) => this.#events.onTrialProgress?.(trial, step, progress),
        onValidation,
      });
      if (unknown !== null) throw unknown;
      record = this.#recordOf(result, reason);
    } catch (error) {
      if (error === unknown || this.#endsAll(error)) {
        this.#failure.abort();
        throw error;
      }
      record = failedRecord(error instanceof Error ? error.message : String(error));
    }
    // Interrupted: its folder is whole, and the next sweep goes on with it.
    if (record === null) return;
    await writeTrial(this.#folder, id, record);
    await this.#remember(trial, record);
    this.#events.onTrialEnd?.(trial, record);
  }

  /** A full disk or a locked folder would fail every trial to come. */
  #endsAll(error: unknown): boolean {
    return (
      error instanceof AutochromeError && ["ENOSPC", "EROFS", "EACCES", "RUN_LOCKED"].includes(error.code)
    );
  }

  /** Null for a trial that was interrupted from outside. */
  #recordOf({ ended, best, step, seconds }: TrialResult, reason: string | null): TrialRecord | null {
    if (ended === "interrupted" && reason === null) return null;
    const metrics = best === null ? {} : { score: best.score, ...best.metrics };
    const objective = metrics[this.#settings.objective.metric as keyof typeof metrics] ?? null;
    const common = { metrics, bestStep: best?.step ?? null, steps: step, seconds };
    if (ended === "unstable") {
      return { ...common, status: "failed", objective: null, reason: `a monitor ended it at step ${step}` };
    }
    if (objective === null || !Number.isFinite(objective)) {
      return {
        ...common,
        status: "failed",
        objective: null,
        reason: "no validation gave a finite objective",
      };
    }
    return { ...common, status: reason === null ? "done" : "stopped", objective, reason };
  }

  async #remember(trial: Trial, record: TrialRecord): Promise<void> {
    this.#records.set(trial.id, record);
    if (record.status !== "failed") this.#curves.set(trial.id, await this.#curveOf(trial.id));
  }

  async #curveOf(id: string): Promise<{ step: number; value: number }[]> {
    const { metric } = this.#settings.objective;
    const validations = await readValidations(this.#folder, id);
    return validations.flatMap(({ step, metrics }) => {
      const value = metrics[metric];
      return value === undefined ? [] : [{ step, value }];
    });
  }

  #othersOf(id: string): Curve[] {
    return [...this.#curves].filter(([other]) => other !== id).map(([, curve]) => curve);
  }
}

function failedRecord(reason: string): TrialRecord {
  return { status: "failed", objective: null, metrics: {}, bestStep: null, steps: 0, seconds: 0, reason };
}

function unknownMetric({ objective }: SweepSettings, metrics: Record<string, number>): AutochromeError {
  return sweepError(
    `objective: there is no metric '${objective.metric}'. Validations give ${Object.keys(metrics).join(", ")}.`,
  );
}
