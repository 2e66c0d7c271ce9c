import { TONES } from "../chroma/tones/index.ts";
import { DEVICES } from "../devices.ts";
import type { ColorizeEvent, ColorizeFilesResult, Colorizer } from "../inference/index.ts";
import { choiceOption, flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { NamedHints } from "./colorize-hints.ts";
import type { Command, CommandContext, OptionValues } from "./command.ts";
import { formatDuration, type Io, oneLine } from "./output.ts";
import { Progress } from "./progress.ts";

export const FORMATS = ["jpeg", "png", "webp", "avif", "tiff"] as const;

type Settings = ReturnType<typeof readSettings>;

function readSettings(values: OptionValues) {
  return {
    out: stringOption(values, "out"),
    size: numberOption(values, "size", { min: 16, max: 4096, integer: true }),
    saturation: numberOption(values, "saturation", { min: 0, max: 10 }),
    tones: choiceOption(values, "tones", TONES),
    hints: stringOption(values, "hints"),
    format: choiceOption(values, "format", FORMATS),
    quality: numberOption(values, "quality", { min: 1, max: 100, integer: true }),
    overwrite: flagOption(values, "overwrite"),
    mark: flagOption(values, "mark", true),
    model: stringOption(values, "model"),
    adapter: stringOption(values, "adapter"),
    threads: numberOption(values, "threads", { min: 1, max: 1024, integer: true }),
    device: choiceOption(values, "device", DEVICES),
  };
}

export const command: Command = {
  name: "colorize",
  summary: "colour photos with a trained network",
  help: `Colours photos at their full size. Results are written beside the photos as <name>.color.<ext>.

Usage: autochrome colorize <file|folder|glob|-> ... [flags]

A folder is searched with all its subfolders. '-' reads a photo from stdin and writes the result to stdout.
Results that exist are skipped, so that an interrupted batch can be taken up again.

Flags
  -o, --out <path>        folder to write under (the inputs' tree is kept), or the file for one photo
      --overwrite         colour again what was coloured before (originals are never written over)
      --model <path>      .onnx file, model folder, or name of an installed network
      --adapter <a>       how to use an .onnx file that is not Autochrome's: eccv16, siggraph17, deoldify,
                          deoldify-255, ddcolor, or a JSON file (default: the JSON beside the file)
      --size <pixels>     short side that the network sees (default: the network's own, see 'info')
      --saturation <x>    strength of the colours: 0 gray, 1 as predicted (default), up to 10
      --tones <t>         restore (default): sepia, yellowed and faded photos are made neutral and given back the range
                          that they lost; keep: every photo keeps its own lightness
      --hints <path>      colours wanted at places of a photo: a JSON file for one photo, or a folder that holds
                          <photo>.hints.json for any of them (docs/hints.md)
      --format <format>   jpeg, png, webp, avif or tiff (default: the photo's own)
      --quality <1-100>   quality of jpeg, webp and avif
      --no-mark           do not mark the result as coloured by AI in its metadata
      --threads <n>       threads for the network (default: one a core)
      --device <name>     cpu (default), cuda, webgpu, coreml or dml; auto takes the fastest
      --json              what became of each photo, as JSON on stdout
  -q, --quiet             errors only
      --debug             stack traces with errors

Exit codes: 0 all well, 1 a photo failed, 2 wrong usage, 130 interrupted.

Examples
  autochrome colorize grandmother.jpg
  autochrome colorize album/ -o colour/ --saturation 1.2
  autochrome colorize grandmother.jpg --hints grandmother.hints.json
  autochrome colorize 'scans/**/*.tif' --format jpeg --quality 95 -o colour/
  cat photo.png | autochrome colorize - > photo.color.png`,
  options: {
    out: { type: "string", short: "o" },
    overwrite: { type: "boolean" },
    model: { type: "string", short: "m" },
    adapter: { type: "string" },
    size: { type: "string" },
    saturation: { type: "string" },
    tones: { type: "string" },
    hints: { type: "string" },
    format: { type: "string" },
    quality: { type: "string" },
    mark: { type: "boolean" },
    threads: { type: "string" },
    device: { type: "string" },
  },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const settings = readSettings(values);
    if (positionals.length === 0) {
      throw usageError("name a photo, a folder, or '-' for stdin. Run 'autochrome colorize --help'.");
    }
    const fromStdin = positionals.includes("-");
    if (fromStdin && positionals.length > 1) {
      throw usageError("'-' (stdin) cannot be mixed with other inputs. Colour them separately.");
    }
    if (settings.out === "-" && positionals.length > 1) {
      throw usageError("'-o -' (stdout) takes one photo. Name one, or a folder to write into.");
    }
    const { openHints } = await import("./colorize-hints.ts");
    const hints = settings.hints === undefined ? null : await openHints(settings.hints, positionals);
    const { loadColorizer } = await import("../inference/index.ts");
    const { model, adapter, size, threads, device } = settings;
    const colorizer = await loadColorizer({ model, adapter, size, threads, device });
    try {
      if (fromStdin || settings.out === "-")
        return await colorizeStream(positionals[0], settings, hints, colorizer, io);
      return await colorizeBatch(positionals, settings, hints, colorizer, io);
    } finally {
      await colorizer.dispose();
    }
  },
};

/** One photo, from stdin or to stdout or both. */
async function colorizeStream(
  input: string,
  settings: Settings,
  source: NamedHints | null,
  colorizer: Colorizer,
  io: Io,
): Promise<number> {
  const { decodePhoto, encodePhoto, formatOfExtension, writeFileAtomic } = await import("../image/index.ts");
  const { out, overwrite, quality, mark, saturation, tones } = settings;
  const toStdout = out === undefined || out === "-";
  if (toStdout && io.stdout.isTTY) {
    throw usageError(
      "a photo would be written to the terminal. Redirect stdout to a file, or name one with -o.",
    );
  }
  if (toStdout && io.json)
    throw usageError("stdout carries the photo: leave --json out, or name a file with -o.");
  if (input === "-" && io.stdin.isTTY) {
    throw usageError(
      "stdin is the terminal. Pipe a photo in: autochrome colorize - < photo.jpg > photo.color.jpg",
    );
  }
  const { existsSync } = await import("node:fs");
  if (!toStdout && !overwrite && existsSync(out)) {
    throw usageError(`'${out}' exists. Use --overwrite to write over it.`);
  }
  const photo = await decodePhoto(input === "-" ? await io.readStdin() : input);
  const hints = (await source?.of(input)) ?? [];
  const colored = await colorizer.colorize(photo, { saturation, tones, hints });
  const { extname } = await import("node:path");
  const named = toStdout ? undefined : (formatOfExtension(extname(out)) ?? undefined);
  const { name, version } = colorizer.info;
  const encoded = await encodePhoto(colored, {
    format: settings.format ?? named,
    quality,
    mark: mark ? { model: `${name} ${version}` } : null,
  });
  if (toStdout) {
    await io.writeData(encoded);
  } else {
    await writeFileAtomic(out, encoded);
    io.note(`stdin -> ${out}`);
    if (io.json) {
      const photos = [{ input, output: out, hints: hints.length, tonesRestored: colored.tonesRestored }];
      io.printJson({ ok: 1, skipped: 0, failed: 0, model: name, photos });
    }
  }
  return 0;
}

async function colorizeBatch(
  inputs: readonly string[],
  settings: Settings,
  source: NamedHints | null,
  colorizer: Colorizer,
  io: Io,
): Promise<number> {
  const { colorizeFiles } = await import("../inference/index.ts");
  io.signal.addEventListener("abort", () => {
    io.note("interrupted: finishing the photos in hand; Ctrl-C again stops at once");
  });
  const progress = new Progress(io, { label: "colorize", total: null, unit: "photo" });
  const photos: Record<string, unknown>[] = [];
  let finished = 0;
  let result: ColorizeFilesResult;
  try {
    result = await colorizeFiles(inputs, {
      ...settings,
      hints: [],
      ...(source !== null && { hintsOf: source.of }),
      colorizer,
      signal: io.signal,
      onEvent(event) {
        if (event.type === "found") {
          progress.setTotal(event.total);
          return;
        }
        report(event, io);
        if (io.json) photos.push(toJson(event));
        finished++;
        progress.update(finished);
      },
    });
  } finally {
    progress.finish();
  }
  const { done: ok, skipped, failed, left } = result;
  const { name, version, path } = colorizer.info;
  if (io.json) io.printJson({ ok, skipped, failed, left, model: { name, version, path }, photos });
  const existing = skipped > 0 && ok === 0 && failed === 0 ? " (--overwrite colours them again)" : "";
  if (source?.used() === 0 && ok > 0) {
    io.warn(
      `${io.paint("yellow", "warning:")} no photo has hints in '${settings.hints}': they are named after it, <photo>.hints.json.`,
    );
  }
  const rest = left > 0 ? `, ${left} not begun` : "";
  io.note(`${ok} ok, ${skipped} skipped, ${failed} failed${rest}${existing}`);
  return failed > 0 ? 1 : 0;
}

function report(event: Exclude<ColorizeEvent, { type: "found" }>, io: Io): void {
  switch (event.type) {
    case "done":
      io.note(`${event.input} -> ${event.output}  ${io.paint("dim", details(event))}`);
      break;
    case "skipped":
      io.note(io.paint("dim", `${event.output} ${event.reason}: skipped`));
      break;
    case "failed":
      io.warn(`${io.paint("red", "failed:")} ${oneLine(event.error)}`);
      if (io.debug) io.warn(event.error.stack ?? "");
      break;
  }
}

function details(event: Extract<ColorizeEvent, { type: "done" }>): string {
  const { width, height, milliseconds, hints, tonesRestored } = event;
  const hinted = hints === 0 ? "" : `, ${hints} ${hints === 1 ? "hint" : "hints"}`;
  return `${width}x${height}, ${formatDuration(milliseconds)}${hinted}${tonesRestored ? ", tones restored" : ""}`;
}

function toJson(event: Exclude<ColorizeEvent, { type: "found" }>): Record<string, unknown> {
  const { type, ...rest } = event;
  if (event.type !== "failed") return { status: type, ...rest };
  return { status: type, input: event.input, output: event.output, error: oneLine(event.error) };
}
