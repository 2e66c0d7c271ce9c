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
import { flagOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext, OptionSpec, OptionSpecs, OptionValues } from "./command.ts";
import { formatDuration, formatTable, type Io } from "./output.ts";
import { Progress } from "./progress.ts";

export const command: Command = {
  name: "train",
  summary: "train a network on a folder of colour photos",
  help: helpText(),
  options: optionSpecs(),
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const resume = flagOption(values, "resume");
    const { train, resolveWithInit, readConfigFile, readRunConfig, latestRunFolder } = await import(
      "../training/index.ts"
    );
    const flags = readFlags(values, positionals);
    if (resume) flags.run ??= await latestRunFolder();
    const file = stringOption(values, "config");
    const config = await resolveWithInit({
      saved: resume ? await readRunConfig(flags.run!) : undefined,
      file: file === undefined ? undefined : await readConfigFile(file),
      flags,
    });
    const bars = new Bars(io, config);
    let result: TrainResult;
    try {
      result = await train(config, bars.events(), { resume, signal: io.signal, score: scorePhotos });
    } finally {
      bars.finish();
    }
    report(result, io);
    return result.ended === "unstable" ? 1 : 0;
  },
};

/** Every setting as `--batch-size`, and as `--batchSize`, the way a configuration file spells it. */
function optionSpecs(): OptionSpecs {
  const specs: Record<string, OptionSpec> = { resume: { type: "boolean" }, config: { type: "string" } };
  for (const { key, boolean } of describeConfig()) {
    if (key === "photos") continue;
    const spec: OptionSpec = { type: boolean ? "boolean" : "string" };
    specs[flagName(key).slice(2)] = spec;
    specs[key] = spec;
  }
  return specs;
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
  return flags as PartialConfig;
}

/** Progress bars and messages from a training's events. */
class Bars {
  readonly #io: Io;
  readonly #config: TrainConfig;
  #scan: Progress | null = null;
  #training: Progress | null = null;

  constructor(io: Io, config: TrainConfig) {
    this.#io = io;
    this.#config = config;
  }

  finish(): void {
    this.#scan?.finish();
    this.#training?.finish();
  }

  events(): TrainEvents {
    const io = this.#io;
    return {
      onScanProgress: (done, total) => {
        this.#scan ??= new Progress(io, { label: "look through", total, unit: "photo" });
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
      onMonitor: ({ step, monitor, message, advice, action }) => {
        const adapted = this.#config.onInstability === "warn" ? "" : `; ${action}`;
        io.warn(
          `${io.paint("yellow", "warning:")} step ${step}, ${monitor}: ${message}${adapted}. Try: ${advice}.`,
        );
      },
      onSkip: ({ error }) => io.warn(`${io.paint("yellow", "warning:")} left out: ${error.message}`),
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
  const { run, ended, step, seconds, best, config } = result;
  const time = formatDuration(seconds * 1000);
  if (ended === "interrupted") {
    io.note(`saved at step ${step}. Go on with: autochrome train --resume --run ${run}`);
  } else {
    const reached = ended === "done" ? "done" : "ended by a monitor";
    const chosen = best === null ? "" : `; best: step ${best.step}, score ${best.score.toFixed(3)}`;
    io.note(`${reached}: ${step} steps in ${time}${chosen}. Next: autochrome export ${run}`);
  }
  if (io.json) io.printJson({ run, ended, step, seconds, best, config });
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

Usage: autochrome train <folder|photo|list.txt|table.tsv> ... [flags]
       autochrome train --resume [--run runs/<name>]

Flags
      --resume         go on with a run, the latest or the one that --run names
      --config <file>  settings as JSON, named as below but in camel case: {"batchSize": 8}
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
  autochrome train photos/ --preset tiny --backend cpu`;
}
