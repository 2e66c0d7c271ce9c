// The costs of steps that a ladder knows, and how it comes to know more.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";
import { type Calibration, Stopwatch } from "./calibrate.ts";
import { costSettings, costsAlike, LadderError, type PlannedRung, type StepCost } from "./plan.ts";

export interface CostSources {
  photos: string;
  val: string;
  /** All rungs: the first is the reference. */
  all: readonly PlannedRung[];
  /** A file of another ladder's costs. */
  calibration: string | null;
  /** The ladder's folder. */
  out: string;
}

/** What steps cost: from the file that was given, from earlier, or measured when it is asked for. */
export class Costs {
  readonly #path: string;
  readonly #known: Calibration;
  readonly #stopwatch: Stopwatch;
  readonly #tell: (line: string) => void;

  private constructor(path: string, known: Calibration, stopwatch: Stopwatch, tell: (line: string) => void) {
    this.#path = path;
    this.#known = known;
    this.#stopwatch = stopwatch;
    this.#tell = tell;
  }

  /** @throws LadderError when the calibration that was given cannot be read */
  static async open(
    { out, photos, val, all, calibration }: CostSources,
    tell: (line: string) => void,
  ): Promise<Costs> {
    const path = join(out, "calibration.json");
    // Small crops, as its steps are only there to tell how fast the machine is at the moment.
    const reference = { ...all[0]!.stages[0]!.settings, cropSize: 64 };
    const sources = { photos: [photos], val };
    const stopwatch = new Stopwatch(join(out, "calibration"), join(out, "scans"), sources, reference);
    const known = await readCalibration(existsSync(path) ? path : calibration);
    return new Costs(path, known, stopwatch, tell);
  }

  /** @throws TrainingFailed with the reason */
  async of(rung: string, settings: PartialConfig): Promise<StepCost> {
    const known = this.#known;
    let cost: StepCost | undefined = known.costs.find((other) => costsAlike(other.settings, settings));
    if (cost === undefined) {
      this.#tell(`${rung}: timing its steps`);
      const measured = await this.#stopwatch.measure(settings);
      if (known.reference === 0) known.reference = this.#stopwatch.reference;
      cost = { l1: measured.l1 * known.reference, adversarial: measured.adversarial * known.reference };
      known.costs.push({ rung, ...cost, settings: costSettings(settings) });
      this.#tell(
        `${rung}: ${cost.l1.toFixed(0)} ms a step of L1, ${cost.adversarial.toFixed(0)} ms of the GAN`,
      );
    }
    await writeFile(this.#path, `${JSON.stringify(known, null, 2)}\n`);
    return { l1: cost.l1, adversarial: cost.adversarial };
  }

  close(): Promise<void> {
    return this.#stopwatch.close();
  }
}

async function readCalibration(path: string | null): Promise<Calibration> {
  if (path === null) {
    const machine = `${cpus()[0]?.model ?? "unknown"}, ${availableParallelism()} cores`;
    return { reference: 0, machine, costs: [] };
  }
  try {
    return JSON.parse(await readFile(path, "utf8")) as Calibration;
  } catch (error) {
    throw new LadderError(`--calibration ${path} cannot be read: ${(error as Error).message}`);
  }
}
