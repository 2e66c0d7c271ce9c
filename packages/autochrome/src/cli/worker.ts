import { DEVICES } from "../devices.ts";
import type { WorkerEvent } from "../queue/index.ts";
import { choiceOption, flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext, OptionValues } from "./command.ts";
import { formatDuration, type Io, oneLine } from "./output.ts";
import { Progress } from "./progress.ts";
import { connectionNote, QUEUE_HELP, QUEUE_OPTIONS, queuePlace } from "./queue-options.ts";

function readSettings(values: OptionValues) {
  return {
    root: stringOption(values, "root"),
    model: stringOption(values, "model"),
    adapter: stringOption(values, "adapter"),
    threads: numberOption(values, "threads", { min: 1, max: 1024, integer: true }),
    device: choiceOption(values, "device", DEVICES),
    concurrency: numberOption(values, "concurrency", { min: 1, max: 64, integer: true }),
    lockSeconds: numberOption(values, "lock", { min: 1, max: 86_400 }),
    exitWhenEmpty: flagOption(values, "exit-when-empty"),
  };
}

export const command: Command = {
  name: "worker",
  summary: "colour photos of a queue",
  help: `Colours the photos of a queue that 'autochrome queue add' filled, until it is stopped. Any number of workers, on
any number of machines that reach the photos, share a queue.

Usage: autochrome worker [flags]

Flags
${QUEUE_HELP}
      --root <folder>     where this machine has the folder that was --root when photos were added
      --model <path>      .onnx file, model folder, or name of an installed network
      --adapter <a>       how to use an .onnx file that is not Autochrome's, see 'colorize'
      --concurrency <n>   photos in hand at once (default: 3: one is decoded, one coloured, one written)
      --threads <n>       threads for the network (default: one a core)
      --device <name>     cpu (default), cuda, webgpu, coreml or dml; auto takes the fastest
      --lock <seconds>    silence after which other workers take over this one's photos (default: 30)
      --exit-when-empty   end when no photo waits, is under way or is to be tried again
      --json              one line of JSON a photo on stdout, and one with the counts at the end
  -q, --quiet             errors only

Ctrl-C or SIGTERM finishes the photos being coloured, gives the others back and ends; a second one ends at once, and
the photos in hand are taken over by others. While Redis is away the worker waits for it.

Exit codes: 0 all well, 1 a photo failed for good or the worker had to stop, 2 wrong usage, 130 interrupted.

Examples
  autochrome worker --redis redis://queue-host
  AUTOCHROME_REDIS=redis://:secret@queue-host autochrome worker --root /mnt/archive --exit-when-empty`,
  options: {
    ...QUEUE_OPTIONS,
    root: { type: "string" },
    model: { type: "string", short: "m" },
    adapter: { type: "string" },
    concurrency: { type: "string" },
    threads: { type: "string" },
    device: { type: "string" },
    lock: { type: "string" },
    "exit-when-empty": { type: "boolean" },
  },
  handlesInterrupt: true,

  async run({ values, positionals, io }: CommandContext): Promise<number> {
    const settings = readSettings(values);
    const place = queuePlace(values, io);
    if (positionals.length > 0) {
      throw usageError(
        `a worker takes its photos from the queue, not '${positionals[0]}'. Add that with 'autochrome queue add'.`,
      );
    }
    io.signal.addEventListener("abort", () => {
      io.note("ending: finishing the photos in hand; once more stops at once");
    });
    const { runWorker } = await import("../queue/index.ts");
    const progress = new Progress(io, { label: "worker", total: null, unit: "photo" });
    let finished = 0;
    try {
      const result = await runWorker({
        ...place,
        ...settings,
        signal: io.signal,
        onEvent(event) {
          report(event, io);
          if (["done", "skipped", "failed"].includes(event.type)) progress.update(++finished);
        },
      });
      const { done: ok, skipped, failed } = result;
      if (io.json) io.print(JSON.stringify({ ok, skipped, failed }));
      io.note(`${ok} ok, ${skipped} skipped, ${failed} failed`);
      return failed > 0 ? 1 : 0;
    } finally {
      progress.finish();
    }
  },
};

function report(event: WorkerEvent, io: Io): void {
  switch (event.type) {
    case "ready": {
      const { name, version } = event.model;
      for (const warning of event.warnings) io.warn(`${io.paint("yellow", "warning:")} ${warning}`);
      io.note(`colouring the queue '${event.queue}' at ${event.where} with ${name} ${version}`.trimEnd());
      return;
    }
    case "done": {
      const { input, output, width, height, milliseconds } = event;
      const detail = io.paint("dim", `${width}x${height}, ${formatDuration(milliseconds)}`);
      io.note(`${input} -> ${output}  ${detail}`);
      if (io.json) io.print(JSON.stringify({ status: "done", ...without(event) }));
      return;
    }
    case "skipped":
      io.note(io.paint("dim", `${event.output} ${event.reason}: skipped`));
      if (io.json) io.print(JSON.stringify({ status: "skipped", ...without(event) }));
      return;
    case "failed": {
      const { input, output, error, attempts, again } = event;
      const reason = oneLine(error);
      const tried = `attempt ${attempts}${again ? ", to be tried again" : ", given up"}`;
      io.warn(`${io.paint("red", "failed:")} ${reason} (${tried})`);
      if (io.json)
        io.print(JSON.stringify({ status: "failed", input, output, error: reason, attempts, again }));
      return;
    }
    case "connection":
      connectionNote(event.state, io);
      return;
    case "note":
      io.warn(`${io.paint("yellow", "note:")} ${event.message}`);
  }
}

function without<T extends { type: string }>({ type: _, ...rest }: T): Omit<T, "type"> {
  return rest;
}
