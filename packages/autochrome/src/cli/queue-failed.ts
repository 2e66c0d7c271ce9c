import type { DeadLetter, DeadLetterFilter } from "../queue/index.ts";
import { flagOption, numberOption, stringOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { oneLine } from "./output.ts";
import { QUEUE_HELP, QUEUE_OPTIONS, withQueue } from "./queue-options.ts";

const LIMIT = 1000;

const PATTERN_HELP = `A pattern is part of a photo's path, or, with '*' and '?', the whole of it ('*' stands for '/' too).`;

export const failed: Command = {
  name: "queue failed",
  summary: "photos of a queue that were given up, with reasons",
  help: `Lists the photos that were given up: damaged ones, and those whose last attempt failed.

Usage: autochrome queue failed [pattern] [flags]

${PATTERN_HELP}

Flags
${QUEUE_HELP}
      --reason <text>     only those whose reason holds this text
      --limit <n>         at most so many, the oldest first (default: ${LIMIT})
      --json              as JSON on stdout

Exit code: 0 also where there are some.

Examples
  autochrome queue failed --redis redis://queue-host
  autochrome queue failed '*/1907/*' --reason damaged --json`,
  options: { ...QUEUE_OPTIONS, reason: { type: "string" }, limit: { type: "string" } },

  async run(context: CommandContext): Promise<number> {
    const { values, io } = context;
    const limit = numberOption(values, "limit", { min: 1, integer: true }) ?? LIMIT;
    const filter = readFilter(context);
    return withQueue(context, async (queue) => {
      const { deadLetters } = await import("../queue/index.ts");
      const photos: DeadLetter[] = [];
      for await (const letter of deadLetters(queue, filter)) {
        photos.push(letter);
        if (photos.length === limit) break;
      }
      const total = await queue.bull.getFailedCount();
      if (io.json) {
        const listed = photos.map(({ time, ...rest }) => ({ ...rest, time: new Date(time).toISOString() }));
        io.printJson({ queue: queue.name, failed: total, photos: listed });
        return 0;
      }
      for (const { input, reason, attempts } of photos) {
        io.print(`${input}  ${attempts} attempt${attempts === 1 ? "" : "s"}: ${oneLine(reason)}`);
      }
      const shown = photos.length < total ? ` (${photos.length} shown)` : "";
      io.note(`${total} failed in '${queue.name}'${shown}`);
      return 0;
    });
  },
};

export const retry: Command = {
  name: "queue retry",
  summary: "put given-up photos back into the queue",
  help: `Puts photos that were given up back into the queue, with all their attempts.

Usage: autochrome queue retry --all | <pattern> [flags]

${PATTERN_HELP}

Flags
${QUEUE_HELP}
      --all               all of them
      --reason <text>     only those whose reason holds this text
      --json              how many, as JSON on stdout

Examples
  autochrome queue retry --all --redis redis://queue-host
  autochrome queue retry --reason 'disk is full'
  autochrome queue retry 'box-12/'`,
  options: { ...QUEUE_OPTIONS, all: { type: "boolean" }, reason: { type: "string" } },

  async run(context: CommandContext): Promise<number> {
    const { values, io } = context;
    const filter = readFilter(context);
    const all = flagOption(values, "all");
    if (all && filter.path !== undefined) throw usageError("--all and a pattern contradict each other.");
    if (!all && filter.path === undefined && filter.reason === undefined) {
      throw usageError(
        "which photos? Give a pattern, --reason, or --all. See them with 'autochrome queue failed'.",
      );
    }
    return withQueue(context, async (queue) => {
      const { retryDeadLetters } = await import("../queue/index.ts");
      const retried = await retryDeadLetters(queue, filter);
      const left = await queue.bull.getFailedCount();
      if (io.json) io.printJson({ queue: queue.name, retried, failed: left });
      io.note(`${retried} put back into '${queue.name}', ${left} failed ${left === 1 ? "is" : "are"} left`);
      return 0;
    });
  },
};

function readFilter({ values, positionals }: CommandContext): DeadLetterFilter {
  if (positionals.length > 1) throw usageError("give one pattern, in quotes where it holds '*'.");
  return { path: positionals[0], reason: stringOption(values, "reason") };
}
