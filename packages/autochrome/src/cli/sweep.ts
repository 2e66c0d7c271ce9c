// The library is loaded inside `run`, so that help stays instant.
import { basename, extname, join } from "node:path";
import type { SweepEvents, SweepResults, Trial, TrialRecord } from "../sweep/index.ts";
import { flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatDuration, formatTable, type Io } from "./output.ts";
import { Progress } from "./progress.ts";
import { processRunner } from "./sweep-process.ts";

export const command: Command = {
  name: "sweep",
  summary: "try many settings in short runs and compare them",
  help: `Trains a network for each point of a grid, or for points drawn at random, and compares them on validation photos.
Each trial is a run of its own in sweeps/<name>/trial-001 and so on, with all that 'train' leaves there.

Usage: autochrome sweep <sweep.json> [flags]

Flags
  -o, --out <folder>  the sweep's folder (default: sweeps/<name of the file>)
      --jobs <n>      trials at once, each in a process of its own (default: 1)
      --dry-run       only list the trials
      --retry-failed  train failed trials again
      --json          the results as JSON on stdout
  -q, --quiet         warnings and errors only
      --debug         stack traces with errors

The file
  search      grid (default) or random
  trials      random: how many points to draw; seed (default 1) fixes them
  seeds       each point is trained once with each of these (default: [1])
  base        settings that all trials share, as in a file for 'train --config'
  parameters  what is varied: a list of values, or a range {"min", "max", "scale": "linear" | "log", "integer",
              "points"} ("points" for a grid)
  objective   {"metric": "score", "goal": "maximize"}: of the run's best checkpoint; any metric of the validations
  stop        {"after": steps, "trials": 3}: ends trials that do worse than the median of the others

The same command goes on with a sweep that was interrupted: what is finished stays, the trial in hand is resumed
exactly. Ctrl-C saves. A trial that fails is recorded with its reason and ends nothing.
Exit codes: 0 all well, 1 no trial succeeded, 2 wrong usage, 130 interrupted.

Examples
  autochrome sweep lambda.json
  autochrome sweep lambda.json --dry-run
  autochrome sweep lambda.json --jobs 2 --json > results.json

A file
  {
    "base": { "photos": ["photos/"], "preset": "tiny", "steps": 300 },
    "parameters": { "lambda": [10, 50, 100], "generatorLearningRate": { "min": 1e-4, "max": 1e-3, "scale": "log", "points": 3 } }
  }`,
  options: {
    out: { type: "string", short: "o" },
    jobs: { type: "string" },
    "dry-run": { type: "boolean" },
    "retry-failed": { type: "boolean" },
  },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const [file, ...more] = positionals;
    if (file === undefined)
      throw usageError("no sweep was named: give its file, as in 'autochrome sweep sweep.json'.");
    if (more.length > 0) throw usageError(`one sweep at a time: '${more[0]}' is one too many.`);
    const folder = stringOption(values, "out") ?? join("sweeps", basename(file, extname(file)));
    const jobs = numberOption(values, "jobs", { min: 1, max: 64, integer: true }) ?? 1;
    const { readSweepFile, planTrials, runSweep } = await import("../sweep/index.ts");
    const { scorePhotos } = await import("../train.ts");
    const settings = await readSweepFile(file);
    if (flagOption(values, "dry-run")) {
      list(await planTrials(settings, folder), io);
      return 0;
    }
    const view = new View(io, jobs);
    try {
      const { results, ended } = await runSweep(settings, folder, view.events(), {
        signal: io.signal,
        jobs,
        retryFailed: flagOption(values, "retry-failed"),
        score: scorePhotos,
        ...(jobs > 1 && { runner: processRunner(jobs) }),
      });
      view.finish();
      await report(results, folder, ended, file, io);
      return results.counts.done > 0 || ended === "interrupted" ? 0 : 1;
    } finally {
      view.finish();
    }
  },
};

function list(trials: readonly Trial[], io: Io): void {
  if (io.json) {
    io.printJson(trials.map(({ id, point, seed, config }) => ({ id, point, seed, config })));
    return;
  }
  const keys = Object.keys(trials[0]!.point);
  const rows = trials.map(({ id, point, seed }) => [
    id,
    ...keys.map((key) => String(point[key])),
    String(seed),
  ]);
  for (const line of formatTable([["trial", ...keys, "seed"], ...rows])) io.print(line);
}

/** A bar over all trials, and a line for each that ends. */
class View {
  readonly #io: Io;
  readonly #jobs: number;
  readonly #inHand = new Map<string, number>();
  #bar: Progress | null = null;
  #over = 0;

  constructor(io: Io, jobs: number) {
    this.#io = io;
    this.#jobs = jobs;
  }

  finish(): void {
    this.#bar?.finish();
  }

  events(): SweepEvents {
    return {
      onPlan: (trials, records) => {
        this.#over = records.size;
        const left = trials.length - records.size;
        const found = records.size > 0 ? `, ${records.size} of them over already` : "";
        this.#io.note(`${trials.length} trials${found}; ${left} to train, ${this.#jobs} at a time`);
        this.#bar = new Progress(this.#io, {
          label: "sweep",
          total: trials.length,
          unit: "trial",
          start: records.size,
        });
      },
      onTrialStart: ({ id, config }, resumed) => {
        this.#inHand.set(id, 0);
        if (resumed) this.#io.note(`${id}: resumed in ${config.run}`);
      },
      onTrialProgress: ({ id, point }, step, progress) => {
        this.#inHand.set(id, progress);
        const parts = [...this.#inHand.values()].reduce((sum, share) => sum + share, 0);
        const values = Object.entries(point)
          .map(([key, value]) => `${key} ${value}`)
          .join(", ");
        this.#bar?.update(round(this.#over + parts), `${id}: step ${step}, ${values}`);
      },
      onTrialEnd: (trial, record) => {
        this.#inHand.delete(trial.id);
        this.#over++;
        this.#io.note(this.#line(trial, record));
      },
    };
  }

  #line({ id, point }: Trial, { status, objective, reason, steps, seconds }: TrialRecord): string {
    const values = Object.entries(point)
      .map(([key, value]) => `${key} ${value}`)
      .join(", ");
    if (status === "failed") return `${id} (${values}): ${this.#io.paint("red", "failed")}: ${reason}`;
    const why = reason === null ? "" : `; ${this.#io.paint("yellow", "stopped")}: ${reason}`;
    return `${id} (${values}): ${objective!.toPrecision(4)}, ${steps} steps in ${formatDuration(seconds * 1000)}${why}`;
  }
}

async function report(
  results: SweepResults,
  folder: string,
  ended: "done" | "interrupted",
  file: string,
  io: Io,
): Promise<void> {
  const { summarizeCounts, tableOf } = await import("../sweep/index.ts");
  if (io.json) io.printJson(results);
  else {
    const { header, rows } = tableOf(results);
    for (const line of formatTable([header, ...rows])) io.print(line);
  }
  io.note(`${summarizeCounts(results.counts)}. Plots: ${join(folder, "report.html")}`);
  if (ended === "interrupted") io.note(`saved. Go on with: autochrome sweep ${file} --out ${folder}`);
  else if (results.best) io.note(`The best: autochrome train --config ${join(folder, "best.json")}`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
