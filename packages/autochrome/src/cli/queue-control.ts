import { flagOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { QUEUE_HELP, QUEUE_OPTIONS, withQueue } from "./queue-options.ts";

function refuseWords({ positionals }: CommandContext): void {
  if (positionals.length > 0) throw usageError(`'${positionals[0]}' is not expected here.`);
}

export const pause: Command = {
  name: "queue pause",
  summary: "let workers take no new photos",
  help: `Lets all workers of a queue finish the photos in hand and take no new ones, until 'autochrome queue resume'.

Usage: autochrome queue pause [flags]

Flags
${QUEUE_HELP}`,
  options: QUEUE_OPTIONS,

  async run(context: CommandContext): Promise<number> {
    refuseWords(context);
    return withQueue(context, async (queue) => {
      await queue.pause();
      const active = await queue.bull.getActiveCount();
      if (context.io.json) context.io.printJson({ queue: queue.name, paused: true, active });
      const rest = active > 0 ? `; ${active} in hand will be finished` : "";
      context.io.note(`'${queue.name}' is paused${rest}`);
      return 0;
    });
  },
};

export const resume: Command = {
  name: "queue resume",
  summary: "let workers go on",
  help: `Lets the workers of a paused queue go on.

Usage: autochrome queue resume [flags]

Flags
${QUEUE_HELP}`,
  options: QUEUE_OPTIONS,

  async run(context: CommandContext): Promise<number> {
    refuseWords(context);
    return withQueue(context, async (queue) => {
      await queue.resume();
      if (context.io.json) context.io.printJson({ queue: queue.name, paused: false });
      context.io.note(`'${queue.name}' goes on`);
      return 0;
    });
  },
};

export const clear: Command = {
  name: "queue clear",
  summary: "empty a queue",
  help: `Removes all jobs of a queue, or the failed ones alone. Photos and results are not touched; those in hand are
finished by their workers.

Usage: autochrome queue clear --yes [flags]

Flags
${QUEUE_HELP}
      --failed            only the photos that were given up
      --yes               do it (without this flag it only says what would be removed)
      --json              what was removed, as JSON on stdout`,
  options: { ...QUEUE_OPTIONS, failed: { type: "boolean" }, yes: { type: "boolean" } },

  async run(context: CommandContext): Promise<number> {
    refuseWords(context);
    const { values, io } = context;
    const failedOnly = flagOption(values, "failed");
    const sure = flagOption(values, "yes");
    return withQueue(context, async (queue) => {
      const counts = await queue.bull.getJobCounts("wait", "prioritized", "delayed", "active", "failed");
      const { failed = 0, active = 0, delayed = 0 } = counts;
      const waiting = (counts.wait ?? 0) + (counts.prioritized ?? 0) + delayed;
      const what = failedOnly
        ? `${failed} failed`
        : `${waiting} waiting, ${active} in hand, ${failed} failed`;
      if (!sure) throw usageError(`this would remove ${what} from '${queue.name}'. Add --yes to do it.`);
      if (failedOnly) await queue.clearFailed();
      else await queue.clear();
      const removed = failedOnly ? { failed } : { waiting, active, failed };
      if (io.json) io.printJson({ queue: queue.name, removed });
      io.note(`removed from '${queue.name}': ${what}`);
      return 0;
    });
  },
};
