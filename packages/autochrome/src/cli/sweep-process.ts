/**
 * Trials in processes of their own, so that several train at once.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { AutochromeError } from "../errors.ts";
import type { TrialControl, TrialResult, TrialRunner } from "../sweep/index.ts";

const POLL_MS = 1000;

/** Runs each trial as `autochrome train`, and follows it by the metrics that it writes. */
export function processRunner(jobs: number): TrialRunner {
  return async ({ config }, { resume, signal, onProgress, onValidation }) => {
    const run = config.run!;
    const file = `${run}.config.json`;
    // Each would take all cores for itself.
    const threads = config.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ ...config, threads }));
    const args = resume ? ["train", "--resume", "--run", run] : ["train", "--config", file, "--run", run];
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...args, "--json"], {
      stdio: ["ignore", "pipe", "pipe"],
      // Ctrl-C reaches it through `signal` alone: a second one would make it give up saving.
      detached: true,
    });
    const text = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => {
      text.out += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      text.err = (text.err + chunk).slice(-20_000);
    });
    const stop = () => child.kill("SIGINT");
    signal.addEventListener("abort", stop, { once: true });
    const metrics = new MetricsFollower(`${run}/metrics.jsonl`, config.steps, onProgress, onValidation);
    if (resume) await metrics.skip();
    const polling = setInterval(() => void metrics.read(), POLL_MS);
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
      });
      await metrics.read();
      if (text.out.trim() !== "") return JSON.parse(text.out) as TrialResult;
      if (code === 130) return { ended: "interrupted", best: null, step: 0, seconds: 0 };
      throw new AutochromeError(reasonOf(text.err) ?? `its process ended with code ${code}`, {
        code: "TRIAL_FAILED",
      });
    } finally {
      clearInterval(polling);
      signal.removeEventListener("abort", stop);
    }
  };
}

/** The last error that a process has printed. */
function reasonOf(text: string): string | null {
  const lines = text.split("\n").filter((line) => line.includes("error:"));
  return lines.at(-1)?.replace(/^.*?error:\s*/, "") ?? null;
}

/** Reads what is added to a run's `metrics.jsonl`. */
class MetricsFollower {
  readonly #path: string;
  readonly #steps: number | null;
  readonly #onProgress: TrialControl["onProgress"];
  readonly #onValidation: TrialControl["onValidation"];
  #step = 0;
  #validatedStep = 0;
  #reading = false;

  constructor(
    path: string,
    steps: number | null,
    onProgress: TrialControl["onProgress"],
    onValidation: TrialControl["onValidation"],
  ) {
    this.#path = path;
    this.#steps = steps;
    this.#onProgress = onProgress;
    this.#onValidation = onValidation;
  }

  /** Leaves out what stands there already. */
  async skip(): Promise<void> {
    for (const { step, validation } of await this.#lines()) if (validation) this.#validatedStep = step;
  }

  async read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      for (const { step, validation } of await this.#lines()) {
        if (validation !== undefined && step > this.#validatedStep) {
          this.#validatedStep = step;
          this.#onValidation(step, validation);
        }
        if (validation === undefined && step > this.#step) {
          this.#step = step;
          this.#onProgress({ step, progress: this.#steps === null ? 0 : step / this.#steps });
        }
      }
    } finally {
      this.#reading = false;
    }
  }

  async #lines(): Promise<{ step: number; validation?: Record<string, number> }[]> {
    const text = await readFile(this.#path, "utf8").catch(() => "");
    return text.split("\n").flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        // The last line may be half-written.
        return [];
      }
    });
  }
}
