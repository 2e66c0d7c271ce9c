import { basename, join, resolve } from "node:path";
import type { SkippedPhoto } from "../assess/index.ts";
import type { ExportRunOptions, Parity, StorageLoss, WeightStorage } from "../export/index.ts";
import { choiceOption, flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatBytes, formatTable, type Io, oneLine } from "./output.ts";
import { Progress } from "./progress.ts";

export const command: Command = {
  name: "export",
  summary: "turn a training run into an ONNX network",
  help: `Writes a run's networks as a folder that 'colorize --model' and 'evaluate --model' take: generator.onnx,
discriminator.onnx, README.md (the model card) and SHA256SUMS.

Each network is run in ONNX Runtime beside the trained one before anything is written: they must agree.

Usage: autochrome export <run> [flags]

<run> is the folder that 'train' made.

Flags
  -o, --out <folder>        where to write (default: models/<name of the run>); an earlier export is replaced
      --checkpoint <which>  best (default) by validation, last, or pretrained: before the adversarial phase
      --weights <type>      how they are stored: float32 (default), float16 (half the size) or int8 (a quarter: 255
                            steps for each filter); all compute in float32, equally fast
      --measure <photos>    colour photos that it was not trained on: says what float16 or int8 costs on them, beside
                            float32, and the card too
      --name <name>         the network's name (default: the output folder's)
      --model-version <x>   its version (default: 1.0.0)
      --license <license>   license of the weights, for the card
      --trained-on <text>   what it was trained on, for the card (default: names of the photo folders)
      --size <pixels>       short side that the network sees by default (default: as validated in training)
      --temperature <x>     of a generator with colour classes: 1 paints the mean of all likely colours, towards 0 the
                            likeliest one (default: as trained)
      --vividness <x>       the same: how much more likely colour is held beside gray than it is in photos
      --smoothing <pixels>  the same, with a pretrained encoder: how far places that look alike agree on one colour, in
                            pixels of chroma; 0: not at all
      --l1                  also the network as it was before the adversarial phase, l1.onnx: 'evaluate' shows it
                            as a baseline
      --metrics <file>      'evaluate --json' of this network, for the card
      --json                what was written, as JSON on stdout
  -q, --quiet               errors only

Examples
  autochrome export runs/photos-1
  autochrome export runs/photos-1 -o models/mine --weights float16 --license CC-BY-4.0
  autochrome export runs/photos-1 -o models/mine --weights int8 --measure held-out/
  autochrome evaluate held-out/ --model models/mine --json > mine.json
  autochrome export runs/photos-1 -o models/mine --metrics mine.json`,
  options: {
    out: { type: "string", short: "o" },
    checkpoint: { type: "string" },
    weights: { type: "string" },
    measure: { type: "string" },
    name: { type: "string" },
    "model-version": { type: "string" },
    license: { type: "string" },
    "trained-on": { type: "string" },
    size: { type: "string" },
    temperature: { type: "string" },
    vividness: { type: "string" },
    smoothing: { type: "string" },
    l1: { type: "boolean" },
    metrics: { type: "string" },
  },

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const [run, ...others] = positionals;
    if (run === undefined || others.length > 0) {
      throw usageError("name one run's folder, such as runs/photos-1. Run 'autochrome export --help'.");
    }
    const out = stringOption(values, "out") ?? join("models", basename(resolve(run)));
    const metricsFile = stringOption(values, "metrics");
    const temperature = numberOption(values, "temperature", { min: 0.05, max: 2 });
    const vividness = numberOption(values, "vividness", { min: -5, max: 5 });
    const smoothing = numberOption(values, "smoothing", { min: 0, max: 100 });
    const options = {
      checkpoint: choiceOption(values, "checkpoint", ["best", "last", "pretrained"]),
      weights: choiceOption(values, "weights", ["float32", "float16", "int8"]),
      name: stringOption(values, "name"),
      version: stringOption(values, "model-version"),
      license: stringOption(values, "license"),
      trainedOn: stringOption(values, "trained-on"),
      size: numberOption(values, "size", { min: 16, max: 4096, integer: true }),
      l1: flagOption(values, "l1"),
      paint: {
        ...(temperature !== undefined && { temperature }),
        ...(vividness !== undefined && { vividness }),
        ...(smoothing !== undefined && { smoothing }),
      },
    };
    const photos = stringOption(values, "measure");
    const { weights = "float32" } = options;
    if (photos !== undefined && weights === "float32") {
      throw usageError(
        "--measure tells what storing weights in fewer bits costs: add --weights float16 or int8.",
      );
    }
    const { exportRun, formatStorageLoss, readEvaluation } = await import("../export/index.ts");
    const metrics = metricsFile === undefined ? undefined : await readEvaluation(metricsFile);
    const storageLoss =
      photos === undefined ? undefined : await measureLoss(run, weights, photos, options, io);
    const result = await exportRun(run, out, { ...options, metrics, storageLoss });
    if (io.json) {
      io.printJson({ ...result, ...(storageLoss && { storageLoss }) });
      return 0;
    }
    const rows = result.files.map(({ path, bytes, parity }) => [
      path,
      formatBytes(bytes),
      parity === undefined ? "" : differs(parity, weights),
    ]);
    if (!io.quiet) for (const line of formatTable(rows)) io.print(line);
    if (storageLoss && !io.quiet) {
      io.print(
        `${weights} beside float32 on ${storageLoss.photos} photos: ${formatStorageLoss(storageLoss)}`,
      );
    }
    io.note(
      `checkpoint '${result.checkpoint}' of step ${result.step}. Next: autochrome colorize --model ${out}`,
    );
    return 0;
  },
};

function differs({ difference, rms, tolerance }: Parity, weights: WeightStorage): string {
  const most = `differs from the trained one by at most ${difference.toExponential(1)}`;
  return weights === "int8"
    ? `${most}, by ${rms.toExponential(1)} root mean square (allowed ${tolerance})`
    : `${most} (allowed ${tolerance})`;
}

async function measureLoss(
  run: string,
  weights: WeightStorage,
  photos: string,
  exported: ExportRunOptions,
  io: Io,
): Promise<StorageLoss> {
  const { measureStorage } = await import("../assess/index.ts");
  const progress = new Progress(io, { label: "measure", total: null, unit: "photo" });
  const warning = io.paint("yellow", "warning:");
  let done = 0;
  try {
    return await measureStorage(run, weights, {
      photos,
      exported,
      onPhoto({ total, name }) {
        progress.setTotal(total);
        progress.update(++done, name);
      },
      onSkip({ error }: SkippedPhoto) {
        done++;
        io.note(`${warning} left out: ${oneLine(error)}`);
      },
    });
  } finally {
    progress.finish();
  }
}
