import { dirname } from "node:path";
// The settings' own index: training/index.ts would load TensorFlow.js to show the help.
import { scorePhotos } from "../train.ts";
import {
  CONFIG_KEYS,
  type ConfigKey,
  describeConfig,
  flagName,
  type PartialConfig,
  PRESETS,
  parseSetting,
  type TrainConfig,
} from "../training/config/index.ts";
import type { StepEvent, TrainEvents, TrainResult } from "../training/index.ts";
import { flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext, OptionSpec, OptionSpecs, OptionValues } from "./command.ts";
import { formatDuration, formatTable, type Io } from "./output.ts";
import { Progress } from "./progress.ts";
import { serveTraining } from "./train-dashboard.ts";

/** Photos that vanish during training and are named one by one; a folder may hold thousands. */
const SKIPS_SHOWN = 5;

export const command: Command = {
  name: "train",
  summary: "train a network on a folder of colour photos",
  help: helpText(),
  options: optionSpecs(),
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const resume = flagOption(values, "resume");
    const dashboardPort = readDashboardPort(values);
    const { train, resolveWithInit, readConfigFile, readRunConfig, latestRunFolder, nextRunFolder } =
      await import("../training/index.ts");
    const flags = readFlags(values, positionals);
    if (resume) flags.run ??= await latestRunFolder();
    const file = stringOption(values, "config");
    const config = await resolveWithInit({
      saved: resume ? await readRunConfig(flags.run!) : undefined,
      file: file === undefined ? undefined : await readConfigFile(file),
      flags,
    });
    // The run's name is settled here, because the dashboard's address has it.
    if (dashboardPort !== undefined) config.run ??= await nextRunFolder(config.photos);
    const dashboard =
      dashboardPort === undefined ? null : await serveTraining(config.run!, dashboardPort, io);
    const bars = new Bars(io, config);
    const onInterrupt = () => io.note("ending after this step, then saving; Ctrl-C again ends at once");
    io.signal.addEventListener("abort", onInterrupt);
    let result: TrainResult;
    try {
      result = await train(config, bars.events(), { resume, signal: io.signal, score: scorePhotos });
    } catch (error) {
      bars.finish();
      if (io.signal.aborted && error === io.signal.reason) {
        io.note("ended before the first step");
        return 1;
      }
      bars.tellWayOn();
      throw error;
    } finally {
      bars.finish();
      io.signal.removeEventListener("abort", onInterrupt);
      await dashboard?.close();
    }
    bars.tellSkipped();
    report(result, io);
    return result.ended === "unstable" ? 1 : 0;
  },
};

/** Every setting as `--batch-size`, and as `--batchSize`, the way a configuration file spells it. */
function optionSpecs(): OptionSpecs {
  const specs: Record<string, OptionSpec> = {
    resume: { type: "boolean" },
    config: { type: "string" },
    dashboard: { type: "boolean" },
    "dashboard-port": { type: "string" },
  };
  for (const { key, boolean } of describeConfig()) {
    if (key === "photos") continue;
    const spec: OptionSpec = { type: boolean ? "boolean" : "string" };
    specs[flagName(key).slice(2)] = spec;
    specs[key] = spec;
  }
  return specs;
}

/** Null takes a free port; undefined where no dashboard is asked for. */
function readDashboardPort(values: OptionValues): number | null | undefined {
  const port = numberOption(values, "dashboard-port", { min: 0, max: 65535, integer: true });
  return flagOption(values, "dashboard", port !== undefined) ? (port ?? null) : undefined;
}

function readFlags(values: OptionValues, positionals: readonly string[]): PartialConfig {
  const flags: Partial<Record<ConfigKey, unknown>> = {};
  if (positionals.length > 0) flags.photos = [...positionals];
  for (const key of CONFIG_KEYS) {
    const names = [...new Set([flagName(key).slice(2), key])].filter((name) => values[name] !== undefined);
    if (names.length > 1) throw usageError(`--${names[0]} and --${names[1]} are one setting. Give one.`);
    const value = names[0] === undefined ? undefined : values[names[0]];
    if (typeof value === "boolean") flags[key] = value;
    else if (typeof value === "string") flags[key] = parseSetting(key, value);
  }
  // `resolveConfig` checks every value against the schema.
  requireNoContradiction(flags as PartialConfig);
  return flags as PartialConfig;
}

/** Settings that say the same, or one of which has nothing to say beside the other. */
const EXCLUSIVE: readonly [ConfigKey, ConfigKey, string][] = [
  ["pretrainSteps", "pretrainFraction", "are one setting, in steps and as a share"],
  ["val", "valFraction", "contradict each other: with photos to validate on, none are split off"],
];

/** @throws AutochromeError (exit code 2) where two flags contradict each other */
function requireNoContradiction(flags: PartialConfig): void {
  for (const [one, other, why] of EXCLUSIVE) {
    if (flags[one] == null || flags[other] == null) continue;
    throw usageError(`${flagName(one)} and ${flagName(other)} ${why}. Give one.`);
  }
}

/** Progress bars and messages from a training's events. */
class Bars {
  readonly #io: Io;
  readonly #config: TrainConfig;
  #scan: Progress | null = null;
  #training: Progress | null = null;
  #lastCheckpoint: { step: number; run: string } | null = null;
  #skipped = 0;

  constructor(io: Io, config: TrainConfig) {
    this.#io = io;
    this.#config = config;
  }

  finish(): void {
    this.#scan?.finish();
    this.#training?.finish();
  }

  /** After a failure: what is kept of the run. */
  tellWayOn(): void {
    this.tellSkipped();
    if (this.#lastCheckpoint === null) return;
    const { step, run } = this.#lastCheckpoint;
    this.#io.note(
      `the checkpoint of step ${step} is whole. Go on with: autochrome train --resume --run ${run}`,
    );
  }

  tellSkipped(): void {
    if (this.#skipped === 0) return;
    this.#io.warn(
      `${this.#io.paint("yellow", "note:")} ${this.#skipped} photos or shards could not be read any more; others took their place`,
    );
  }

  events(): TrainEvents {
    const io = this.#io;
    return {
      onScanProgress: (done, total) => {
        this.#scan ??= new Progress(io, { label: "look through", total, unit: "photo" });
        this.#scan.setTotal(total);
        this.#scan.update(done);
      },
      onScan: ({ photos, found, leftOut }, role) => {
        this.#scan?.finish();
        this.#scan = null;
        const reasons = Object.entries(leftOut).filter(([, { count }]) => count > 0);
        const why = reasons.map(([reason, { count }]) => `${count} ${reason}`).join(", ");
        const purpose = role === "train" ? "" : " to validate on";
        io.note(`${photos.length} of ${found} photos${purpose}${why === "" ? "" : `; left out: ${why}`}`);
        for (const [reason, { examples }] of reasons) {
          const { path, detail } = examples[0]!;
          io.note(io.paint("dim", `  ${reason}, for example ${path}${detail === "" ? "" : `: ${detail}`}`));
        }
      },
      onStart: (event) => {
        const parameters = (count: number) => `${(count / 1e6).toFixed(count < 1e5 ? 2 : 1)} M`;
        io.note(
          `${event.run}: ${event.trainingPhotos} photos to train on, ${event.validationPhotos} to validate on; ` +
            `generator ${parameters(event.generatorParameters)}, discriminator ` +
            `${parameters(event.discriminatorParameters)} parameters` +
            `${event.step > 0 ? `; resumed at step ${event.step}` : ""}`,
        );
        this.#training = new Progress(io, { label: "train", total: null, unit: "step", start: event.step });
      },
      onStep: (event) => {
        if (event.progress > 0)
          this.#training?.setTotal(Math.max(event.step, Math.round(event.step / event.progress)));
        this.#training?.update(event.step, stepText(event));
      },
      onValidation: ({ step, score, metrics, best }) => {
        const shown = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(3)}`);
        const mark = best ? io.paint("green", " (best so far)") : "";
        io.note(`step ${step}: score ${score.toFixed(3)}${mark}  ${shown.join("  ")}`);
      },
      onMonitor: ({ step, monitor, message, advice, since, action }) => {
        const adapted = this.#config.onInstability === "warn" ? "" : `; ${action}`;
        io.warn(
          `${io.paint("yellow", "warning:")} step ${step}, ${monitor} (since step ${since}): ${message}${adapted}. Try: ${advice}.`,
        );
      },
      onCheckpoint: ({ step, path, name }) => {
        if (name === "last") this.#lastCheckpoint = { step, run: dirname(dirname(path)) };
      },
      onSkip: ({ error }) => {
        this.#skipped++;
        if (this.#skipped <= SKIPS_SHOWN) {
          io.warn(`${io.paint("yellow", "warning:")} left out: ${error.message}`);
        } else if (this.#skipped === SKIPS_SHOWN + 1) {
          io.warn(`${io.paint("yellow", "warning:")} more photos are left out; they are counted at the end`);
        }
      },
      onNotice: (message) => io.warn(`${io.paint("yellow", "note:")} ${message}`),
    };
  }
}

function stepText({ losses, phase, imagesPerSecond, epoch, waitFraction }: StepEvent): string {
  const parts = [
    `${imagesPerSecond.toFixed(1)} images/s`,
    `epoch ${epoch.toFixed(1)}`,
    `L1 ${losses.l1.toFixed(4)}`,
  ];
  if (phase === "adversarial") {
    parts.push(`G ${losses.adversarial!.toFixed(2)}`, `D ${losses.discriminator!.toFixed(2)}`);
  }
  parts.push(phase === "l1" ? "phase L1" : "phase GAN");
  if (waitFraction > 0.1) parts.push(`waits for photos ${(100 * waitFraction).toFixed(0)}%`);
  return parts.join("  ");
}

function report(result: TrainResult, io: Io): void {
  const { run, ended, step, seconds, waitFraction, best, config } = result;
  const time = formatDuration(seconds * 1000);
  io.note(`waited for photos ${(100 * waitFraction).toFixed(1)}% of the time`);
  if (ended === "interrupted") {
    io.note(`saved at step ${step}. Go on with: autochrome train --resume --run ${run}`);
  } else {
    const reached = ended === "done" ? "done" : "ended by a monitor";
    const chosen = best === null ? "" : `; best: step ${best.step}, score ${best.score.toFixed(3)}`;
    io.note(`${reached}: ${step} steps in ${time}${chosen}. Next: autochrome export ${run}`);
  }
  if (io.json) io.printJson({ run, ended, step, seconds, waitFraction, best, config });
}

function helpText(): string {
  const shown = (value: unknown) => (value === null || value === undefined ? "" : ` [${value}]`);
  const preset = PRESETS.small as PartialConfig;
  const rows = describeConfig()
    .filter(({ key }) => key !== "photos")
    .map(({ key, description, default: standard, choices }) => {
      const words = choices === null ? "" : ` (${choices.join(" | ")})`;
      const value = key in preset ? preset[key] : key === "preset" ? "small" : standard;
      return [`  ${flagName(key)}`, `${description}${words}${shown(value)}`];
    });
  return `Trains a generator and a discriminator on colour photos. Everything about the run is kept in its folder.

Usage: autochrome train <folder|photo|list.txt|table.tsv|shards> ... [flags]
       autochrome train --resume [--run runs/<name>]

Flags
      --resume         go on with a run, the latest or the one that --run names
      --config <file>  settings as JSON, named as below but in camel case: {"batchSize": 8}
      --dashboard      a live page of the run while it trains (see also: autochrome dashboard)
      --dashboard-port <n>  its port (default: 8123, or the next that is free)
      --json           the result as JSON on stdout
  -q, --quiet          warnings and errors only
      --debug          stack traces with errors

Settings, in brackets what the preset 'small' or the default says. Flags go before the file, the file before
the preset (${Object.keys(PRESETS).join(", ")}).
${formatTable(rows).join("\n")}

Ctrl-C saves and ends with exit code 130; what was saved goes on with --resume.
Exit codes: 0 all well, 1 failure, 2 wrong usage, 130 interrupted.

Examples
  autochrome train photos/ --minutes 60
  autochrome train photos/ --val held-out/ --run runs/first --preset small --steps 4000
  autochrome train --resume --run runs/first --steps 8000
  autochrome train shards/ --val held-out/             (tar shards, as 'autochrome pack' writes them)
  autochrome train 'shards/name-{000000..000012}.tar'
  autochrome train photos/ --minutes 60 --dashboard
  autochrome train photos/ --preset tiny --backend cpu`;
}
