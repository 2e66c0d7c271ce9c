import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { TONES } from "../chroma/tones/index.ts";
import type { AddCounts, Batch } from "../queue/index.ts";
import { choiceOption, flagOption, numberOption, stringOption, usageError } from "./args.ts";
import { FORMATS } from "./colorize.ts";
import type { Command, CommandContext, OptionValues } from "./command.ts";
import { formatDuration, type Io, oneLine } from "./output.ts";
import { formatRate, Progress } from "./progress.ts";
import { QUEUE_HELP, QUEUE_OPTIONS, withQueue } from "./queue-options.ts";

/** Problems printed one by one; a list of a million wrong lines would only scroll. */
const PROBLEMS_SHOWN = 20;

function readSettings(values: OptionValues) {
  return {
    out: stringOption(values, "out"),
    root: stringOption(values, "root"),
    model: stringOption(values, "model"),
    size: numberOption(values, "size", { min: 16, max: 4096, integer: true }),
    saturation: numberOption(values, "saturation", { min: 0, max: 10 }),
    tones: choiceOption(values, "tones", TONES),
    format: choiceOption(values, "format", FORMATS),
    quality: numberOption(values, "quality", { min: 1, max: 100, integer: true }),
    mark: flagOption(values, "mark", true),
    attempts: numberOption(values, "attempts", { min: 1, max: 100, integer: true }),
    backoff: numberOption(values, "backoff", { min: 0, max: 86_400 }),
    nul: flagOption(values, "null"),
  };
}

export const command: Command = {
  name: "queue add",
  summary: "add photos to the queue",
  help: `Adds photos to a queue, for workers to colour. What is in the queue already is not added again, and what has its
result already is passed over by the workers, so that the same line can be given again at any time.

Usage: autochrome queue add <folder|photo|list.txt|glob|-> ... [flags]

A folder is searched with all its subfolders. A list names one photo a line ('#' begins a comment; relative names
count from the list's folder, or from --root); '-' reads one from stdin. Listed photos are not looked at here: they
may lie on another machine. Results are named as by 'colorize'.

Flags
${QUEUE_HELP}
  -o, --out <folder>      folder to write under (the inputs' tree is kept); default: beside each photo
      --root <folder>     keep paths relative to this folder, for workers that have it elsewhere (their --root);
                          photos and -o lie in it, and a relative -o is one in it
      --model <path>      network that workers shall use: file, folder or name (default: the installed one)
      --size <pixels>     short side that the network sees (default: the network's own)
      --saturation <x>    strength of the colours: 0 gray, 1 as predicted (default), up to 10
      --tones <t>         restore (default) sepia, yellowed and faded photos, or keep their lightness
      --format <format>   jpeg, png, webp, avif or tiff (default: the photo's own)
      --quality <1-100>   quality of jpeg, webp and avif
      --no-mark           do not mark results as coloured by AI in their metadata
      --attempts <n>      how often a photo is tried whose failure may pass (default: 5)
      --backoff <s>       seconds before the second attempt, each later wait twice as long (default: 5)
  -0, --null              lists' lines end with NUL characters, as from 'find -print0'
      --json              the counts as JSON on stdout
  -q, --quiet             errors only

Exit codes: 0 all well, 1 an input could not be added, 2 wrong usage, 130 interrupted.

Examples
  autochrome queue add /mnt/archive/scans -o /mnt/archive/colour --redis redis://queue-host
  autochrome queue add scans.txt --root /mnt/archive -o colour
  find . -name '*.tif' -print0 | autochrome queue add - --null --format jpeg`,
  options: {
    ...QUEUE_OPTIONS,
    out: { type: "string", short: "o" },
    root: { type: "string" },
    model: { type: "string", short: "m" },
    size: { type: "string" },
    saturation: { type: "string" },
    tones: { type: "string" },
    format: { type: "string" },
    quality: { type: "string" },
    mark: { type: "boolean" },
    attempts: { type: "string" },
    backoff: { type: "string" },
    null: { type: "boolean", short: "0" },
  },
  handlesInterrupt: true,

  async run(context: CommandContext): Promise<number> {
    const { values, positionals, io } = context;
    const settings = readSettings(values);
    if (positionals.length === 0) {
      throw usageError(
        "name a folder, a photo, a list (.txt), or '-' for a list on stdin. Run 'autochrome queue add --help'.",
      );
    }
    if (positionals.includes("-") && io.stdin.isTTY) {
      throw usageError("stdin is the terminal. Pipe a list in: autochrome queue add - < list.txt");
    }
    const root = settings.root === undefined ? null : resolve(settings.root);
    const out = settings.out === undefined ? undefined : resolve(root ?? ".", settings.out);
    if (out !== undefined && (await isOther(out))) {
      throw usageError(`'${settings.out}' is a file. Name a folder to write into.`);
    }
    return withQueue(
      context,
      async (queue) => {
        const { findPhotos, nameNetwork, planJobs, storedPath } = await import("../queue/index.ts");
        for (const warning of queue.link.warnings) io.warn(`${io.paint("yellow", "warning:")} ${warning}`);
        if (out !== undefined) storedPath(out, root);
        const { size, saturation, tones, format, quality, mark, attempts, backoff, nul } = settings;
        const model = await nameNetwork(settings.model);
        const batch: Batch = { model, rooted: root !== null, size, saturation, tones, format, quality, mark };
        const found = findPhotos(positionals, { stdin: io.stdin, nul, root });
        const planned = planJobs(found, { batch: await queue.putBatch(batch), out, format, root });
        const progress = new Progress(io, { label: "add", total: null, unit: "photo" });
        const started = performance.now();
        let shown = 0;
        let counts: AddCounts;
        try {
          counts = await queue.add(planned, {
            attempts,
            backoff,
            signal: io.signal,
            onProblem({ error }) {
              if (++shown <= PROBLEMS_SHOWN) io.warn(`${io.paint("red", "failed:")} ${oneLine(error)}`);
              if (shown === PROBLEMS_SHOWN + 1) io.warn("… more of them are counted only");
            },
            onProgress: (now) => progress.update(now.added + now.already + now.failedBefore),
          });
        } finally {
          progress.finish();
        }
        report(counts, queue.name, performance.now() - started, io);
        return counts.problems > 0 ? 1 : 0;
      },
      true,
    );
  },
};

function report(counts: AddCounts, queue: string, milliseconds: number, io: Io): void {
  const { added, already, failedBefore, problems } = counts;
  if (io.json) io.printJson({ queue, added, already, failedBefore, problems });
  const parts = [`${added} added`, `${already} in the queue already`];
  if (failedBefore > 0)
    parts.push(`${failedBefore} failed before ('autochrome queue retry' tries them again)`);
  parts.push(`${problems} failed`);
  const rate = formatRate(((added + already + failedBefore) / milliseconds) * 1000, "photo");
  const speed = milliseconds > 1000 ? io.paint("dim", `  (${formatDuration(milliseconds)}, ${rate})`) : "";
  io.note(`${parts.join(", ")}${speed}`);
}

async function isOther(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}
