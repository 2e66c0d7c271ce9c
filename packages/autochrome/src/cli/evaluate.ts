import type { ComparedModels, Evaluation, SkippedPhoto } from "../assess/index.ts";
import { DEVICES } from "../devices.ts";
import { choiceOption, listOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { type Io, oneLine } from "./output.ts";
import { Progress } from "./progress.ts";

export const command: Command = {
  name: "evaluate",
  summary: "measure a network on colour photos",
  help: `Measures a network on colour photos that it was not trained on: each is made gray, coloured as 'colorize' does,
and compared with the truth; plain gray, the training photos' mean colour and, where a run kept it, the network
before its adversarial phase are measured beside it. A discriminator, where there is one, judges real against
coloured. Several networks are set side by side on the same photos, and the others compared to the first.

Usage: autochrome evaluate <folder|photo|list.txt|table.tsv> ... [flags]

Flags
      --model <path>          .onnx file, model folder, name of an installed network, or a run's folder; give it
                              several times, or a folder of runs and models, to compare
      --adapter <a>           how to use an .onnx file that is not Autochrome's: eccv16, siggraph17, deoldify,
                              deoldify-255, ddcolor, or a JSON file (default: the JSON beside it); of one network
                              only
      --discriminator <path>  discriminator.onnx (default: the one beside the generator); of one network only
      --size <pixels>         short side that the network sees (default: the network's own)
      --long-side <pixels>    long side at which photos are measured, at most (default: 512)
      --limit <n>             at most n photos, evenly spaced over all
      --seed <n>              seed of the 95% intervals (default: 1)
      --threads <n>           threads for the network (default: one a core)
      --device <name>         cpu (default), cuda, webgpu, coreml or dml; auto takes the fastest
      --fid-network <file>    ONNX network that gives features, for the Fréchet distance (FID with Inception)
      --lpips-network <file>  ONNX network that gives the distance of two pictures, for LPIPS
      --report <file.html>    all of it with pictures, as one self-contained page
      --json                  all of it as JSON on stdout, instead of tables
  -q, --quiet                 no progress and no messages

Photos that cannot be read are left out and counted. Exit codes: 0 measured, 1 failure, 2 wrong usage.

Examples
  autochrome evaluate held-out/
  autochrome evaluate held-out/ --model models/mine --report mine.html
  autochrome evaluate held-out/ --model runs/photos-1 --limit 50
  autochrome evaluate held-out/ --model models/mine --json > mine.json
  autochrome evaluate held-out/ --model downloads/ddcolor.onnx --adapter ddcolor
  autochrome evaluate held-out/ --model models/small --model runs/photos-1 --report both.html
  autochrome evaluate held-out/ --model runs/ --json > all-runs.json`,
  options: {
    model: { type: "string", short: "m", multiple: true },
    adapter: { type: "string" },
    discriminator: { type: "string" },
    size: { type: "string" },
    "long-side": { type: "string" },
    limit: { type: "string" },
    seed: { type: "string" },
    threads: { type: "string" },
    device: { type: "string" },
    "fid-network": { type: "string" },
    "lpips-network": { type: "string" },
    report: { type: "string" },
  },

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    if (positionals.length === 0) {
      throw usageError("name a folder of colour photos. Run 'autochrome evaluate --help'.");
    }
    const models = listOption(values, "model");
    const discriminator = stringOption(values, "discriminator");
    const adapter = stringOption(values, "adapter");
    const options = {
      photos: positionals,
      size: numberOption(values, "size", { min: 16, max: 4096, integer: true }),
      longSide: numberOption(values, "long-side", { min: 16, max: 16384, integer: true }),
      limit: numberOption(values, "limit", { min: 1, integer: true }),
      seed: numberOption(values, "seed", { min: 0, integer: true }),
      threads: numberOption(values, "threads", { min: 1, max: 1024, integer: true }),
      device: choiceOption(values, "device", DEVICES),
      fidNetwork: stringOption(values, "fid-network"),
      lpipsNetwork: stringOption(values, "lpips-network"),
      report: stringOption(values, "report"),
    };
    const { compare, evaluate, findModels } = await import("../assess/index.ts");
    const found = await findModels(models);
    if (found.length > 1 && discriminator !== undefined) {
      throw usageError("--discriminator is for one network, and there are several. Leave it out.");
    }
    if (found.length > 1 && adapter !== undefined) {
      throw usageError(
        "--adapter is for one network, and there are several. Put a JSON beside each that needs one: x.adapter.json " +
          "with the adapter's name in quotes.",
      );
    }
    const progress = new Progress(io, { label: "evaluate", total: null, unit: "photo" });
    const warning = io.paint("yellow", "warning:");
    let done = 0;
    const events = {
      onPhoto: ({ name }: { name: string }) => progress.update(++done, name),
      onSkip({ error }: SkippedPhoto) {
        done++;
        io.note(`${warning} left out: ${oneLine(error)}`);
      },
      onNotice: (message: string) => io.note(`${warning} ${message}`),
    };
    let evaluation: Evaluation | ComparedModels;
    try {
      if (found.length > 1) {
        evaluation = await compare({
          ...options,
          ...events,
          models: found,
          onStart({ total, models: names }) {
            progress.setTotal(total);
            io.note(`${names.join(", ")} on ${total} photos`);
          },
        });
      } else {
        evaluation = await evaluate({
          ...options,
          ...events,
          model: found[0],
          adapter,
          discriminator,
          onStart({ total, model, discriminator: judged }) {
            progress.setTotal(total);
            const judge = judged ? "and its discriminator" : "without a discriminator";
            io.note(`${model.name} ${model.version} ${judge}, on ${total} photos`);
          },
        });
      }
    } finally {
      progress.finish();
    }
    await print(evaluation, io);
    const { skipped } = evaluation;
    if (skipped.length > 0) {
      const measured = "models" in evaluation ? evaluation.models[0].result.photos : evaluation.result.photos;
      io.warn(
        `${warning} ${skipped.length} of ${measured + skipped.length} photos could not be read and were left out`,
      );
    }
    if (options.report !== undefined) io.note(`report: ${options.report}`);
    return 0;
  },
};

async function print(evaluation: Evaluation | ComparedModels, io: Io): Promise<void> {
  if (io.json) {
    io.printJson(evaluation.json);
    return;
  }
  const { formatComparison, formatEvaluation } = await import("../evaluation/index.ts");
  io.print(
    "models" in evaluation
      ? formatComparison(evaluation.models, evaluation.comparison)
      : formatEvaluation(evaluation.result),
  );
}
