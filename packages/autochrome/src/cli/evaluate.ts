import type { Evaluation } from "../assess/index.ts";
import { DEVICES } from "../devices.ts";
import { choiceOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { type Io, oneLine } from "./output.ts";
import { Progress } from "./progress.ts";

export const command: Command = {
  name: "evaluate",
  summary: "measure a network on colour photos",
  help: `Measures a network on colour photos that it was not trained on: each is made gray, coloured as 'colorize' does,
and compared with the truth; plain gray and the training photos' mean colour are measured beside it. A
discriminator, where there is one, judges real against coloured.

Usage: autochrome evaluate <folder|photo|list.txt|table.tsv> ... [flags]

Flags
      --model <path>          .onnx file, model folder, name of an installed network, or a run's folder
      --adapter <a>           how to use an .onnx file that is not Autochrome's: eccv16, siggraph17, deoldify,
                              deoldify-255, ddcolor, or a JSON file (default: the JSON beside the file)
      --discriminator <path>  discriminator.onnx (default: the one beside the generator)
      --size <pixels>         short side that the network sees (default: the network's own)
      --long-side <pixels>    long side at which photos are measured, at most (default: 512)
      --limit <n>             at most n photos, evenly spaced over all
      --seed <n>              seed of the 95% intervals (default: 1)
      --threads <n>           threads for the network (default: one a core)
      --device <name>         cpu (default), cuda, webgpu, coreml or dml; auto takes the fastest
      --report <file.html>    all of it with pictures, as one self-contained page
      --json                  all of it as JSON on stdout, instead of tables
  -q, --quiet                 no progress and no messages

Photos that cannot be read are left out and counted. Exit codes: 0 measured, 1 failure, 2 wrong usage.

Examples
  autochrome evaluate held-out/
  autochrome evaluate held-out/ --model models/mine --report mine.html
  autochrome evaluate held-out/ --model runs/photos-1 --limit 50
  autochrome evaluate held-out/ --model downloads/ddcolor.onnx --adapter ddcolor
  autochrome evaluate held-out/ --model models/mine --json > mine.json`,
  options: {
    model: { type: "string", short: "m" },
    adapter: { type: "string" },
    discriminator: { type: "string" },
    size: { type: "string" },
    "long-side": { type: "string" },
    limit: { type: "string" },
    seed: { type: "string" },
    threads: { type: "string" },
    device: { type: "string" },
    report: { type: "string" },
  },

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    if (positionals.length === 0) {
      throw usageError("name a folder of colour photos. Run 'autochrome evaluate --help'.");
    }
    const options = {
      photos: positionals,
      model: stringOption(values, "model"),
      adapter: stringOption(values, "adapter"),
      discriminator: stringOption(values, "discriminator"),
      size: numberOption(values, "size", { min: 16, max: 4096, integer: true }),
      longSide: numberOption(values, "long-side", { min: 16, max: 16384, integer: true }),
      limit: numberOption(values, "limit", { min: 1, integer: true }),
      seed: numberOption(values, "seed", { min: 0, integer: true }),
      threads: numberOption(values, "threads", { min: 1, max: 1024, integer: true }),
      device: choiceOption(values, "device", DEVICES),
      report: stringOption(values, "report"),
    };
    const { evaluate } = await import("../assess/index.ts");
    const progress = new Progress(io, { label: "evaluate", total: null, unit: "photo" });
    const warning = io.paint("yellow", "warning:");
    let done = 0;
    let evaluation: Evaluation;
    try {
      evaluation = await evaluate({
        ...options,
        onStart({ total, model, discriminator }) {
          progress.setTotal(total);
          const judge = discriminator ? "and its discriminator" : "without a discriminator";
          io.note(`${model.name} ${model.version} ${judge}, on ${total} photos`);
        },
        onPhoto: ({ name }) => progress.update(++done, name),
        onSkip({ error }) {
          done++;
          io.note(`${warning} left out: ${oneLine(error)}`);
        },
        onNotice: (message) => io.note(`${warning} ${message}`),
      });
    } finally {
      progress.finish();
    }
    await print(evaluation, io);
    if (evaluation.skipped.length > 0) {
      const { result, skipped } = evaluation;
      io.warn(
        `${warning} ${skipped.length} of ${result.photos + skipped.length} photos could not be read and were left out`,
      );
    }
    if (options.report !== undefined) io.note(`report: ${options.report}`);
    return 0;
  },
};

async function print({ result, json }: Evaluation, io: Io): Promise<void> {
  if (io.json) {
    io.printJson(json);
    return;
  }
  const { formatEvaluation } = await import("../evaluation/index.ts");
  io.print(formatEvaluation(result));
}
