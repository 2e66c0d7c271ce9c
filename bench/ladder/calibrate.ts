// What a rung's steps cost on this machine, measured beside the reference's, so that other programs disturb both.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";
import type { StepCost } from "./plan.ts";
import { borrowScans, lendScans } from "./scans.ts";

/** Steps before the first timed one: three are traced, and memory settles. */
const WARM = 4;
const ROUNDS = 5;
const TURN = 2;

/** What was measured of one kind of step. */
export interface Calibration {
  /** Milliseconds of the reference's L1 step; all others are measured as multiples of it. */
  reference: number;
  machine: string;
  costs: (StepCost & { rung: string; settings: PartialConfig })[];
}

/** Trainings that take turns with the reference's. */
export class Stopwatch {
  readonly #folder: string;
  readonly #scans: string;
  readonly #sources: PartialConfig;
  readonly #settings: PartialConfig;
  #reference: TimedTraining | null = null;
  #times: number[] = [];

  /**
   * @param folder for trainings that nobody needs afterwards
   * @param scans see `borrowScans`
   * @param sources photos
   * @param reference the reference's settings
   */
  constructor(folder: string, scans: string, sources: PartialConfig, reference: PartialConfig) {
    this.#folder = folder;
    this.#scans = scans;
    this.#sources = sources;
    this.#settings = reference;
  }

  /** Milliseconds of the reference's steps so far: the lower quartile, as other programs only slow them. */
  get reference(): number {
    return quantileOf(this.#times, 0.25);
  }

  /**
   * A step's cost in steps of the reference.
   *
   * @throws TrainingFailed with the reason
   */
  async measure(settings: PartialConfig): Promise<StepCost> {
    this.#reference ??= await this.#begin("reference", this.#settings, 1e9);
    if (this.#times.length === 0) await this.#reference.take(WARM);
    const timed = WARM + ROUNDS * TURN;
    const training = await this.#begin("rung", settings, timed);
    try {
      const l1 = await this.#compare(training);
      return { l1, adversarial: await this.#compare(training) };
    } finally {
      await lendScans(join(this.#folder, "rung"), this.#scans);
      training.end();
    }
  }

  async close(): Promise<void> {
    this.#reference?.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #compare(training: TimedTraining): Promise<number> {
    await training.take(WARM);
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const own = await training.take(TURN);
      const reference = await this.#reference!.take(TURN);
      this.#times.push(...reference);
      ratios.push(sum(own) / sum(reference));
    }
    return quantileOf(ratios, 0.5);
  }

  async #begin(name: string, settings: PartialConfig, pretrainSteps: number): Promise<TimedTraining> {
    const run = join(this.#folder, name);
    await rm(run, { recursive: true, force: true });
    await mkdir(this.#folder, { recursive: true });
    const config = { ...settings, ...this.#sources, run, pretrainSteps, steps: 1e9, checkpointEvery: 1e9 };
    await writeFile(`${run}.json`, JSON.stringify(config));
    await borrowScans(this.#scans, run);
    return new TimedTraining(`${run}.json`);
  }
}

/** A training that was to be timed has ended. */
export class TrainingFailed extends Error {}

class TimedTraining {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(config: string) {
    const script = fileURLToPath(new URL("step-timer.ts", import.meta.url));
    this.#child = spawn(process.execPath, [...process.execArgv, script, config], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin.on("error", () => {});
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Milliseconds of the next so many steps. */
  async take(steps: number): Promise<number[]> {
    this.#child.stdin.write(Buffer.alloc(steps));
    const times: number[] = [];
    while (times.length < steps) {
      const { value, done } = await this.#lines.next();
      if (done) throw new TrainingFailed("its process has ended while it was timed, see above");
      const told = JSON.parse(value) as { ms: number } | { failed: string };
      if ("failed" in told) throw new TrainingFailed(told.failed);
      times.push(told.ms);
    }
    return times;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** By linear interpolation between the two nearest ranks. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (sorted.length - 1) * share;
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (rank - below);
}
