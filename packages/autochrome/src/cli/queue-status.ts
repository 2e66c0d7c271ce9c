import { setTimeout as wait } from "node:timers/promises";
import type { QueueStatus } from "../queue/index.ts";
import { flagOption, usageError } from "./args.ts";
import type { Command, CommandContext } from "./command.ts";
import { formatDuration, formatTable, type Io } from "./output.ts";
import { formatRate, Progress } from "./progress.ts";
import { QUEUE_HELP, QUEUE_OPTIONS, withQueue } from "./queue-options.ts";

const WATCH_MS = 1000;
const SHOWN_IN_HAND = 10;

export const command: Command = {
  name: "queue status",
  summary: "what a queue holds and who works at it",
  help: `Shows what waits, is in hand, done and failed in a queue; which workers are connected; the rate of all of them over
the last minute, and the time left at that rate.

Usage: autochrome queue status [--watch] [flags]

Flags
${QUEUE_HELP}
      --watch             keep showing it, until the queue is empty or Ctrl-C
      --json              as JSON on stdout (with --watch: one line a second)

Examples
  autochrome queue status --redis redis://queue-host
  autochrome queue status --watch`,
  options: { ...QUEUE_OPTIONS, watch: { type: "boolean" } },
  handlesInterrupt: true,

  async run(context: CommandContext): Promise<number> {
    const { values, positionals, io } = context;
    if (positionals.length > 0) throw usageError(`'${positionals[0]}' is not expected here.`);
    const { readStatus } = await import("../queue/index.ts");
    const watching = flagOption(values, "watch");
    return withQueue(
      context,
      async (queue) => {
        if (watching) await watch(() => readStatus(queue), io);
        else show(await readStatus(queue), io);
        return 0;
      },
      watching,
    );
  },
};

function show(status: QueueStatus, io: Io): void {
  if (io.json) {
    io.printJson(status);
    return;
  }
  const { queue, where, paused, waiting, delayed, active, done, failed, workers, inHand } = status;
  const rows = [
    ["queue", `${queue} at ${where}${paused ? io.paint("yellow", "  paused", "stdout") : ""}`],
    ["waiting", delayed > 0 ? `${waiting}, and ${delayed} to be tried again` : `${waiting}`],
    ["in hand", `${active}`],
    ["done", `${done}`],
    ["failed", failed > 0 ? `${failed}  ('autochrome queue failed' tells why)` : "0"],
    ["rate", `${formatRate(status.rate, "photo")} over the last minute${timeLeft(status)}`],
    ["workers", `${workers.length}`],
    ...workers.map(({ host, pid, seconds }) => [
      "",
      `${host}, process ${pid}, for ${formatDuration(seconds * 1000)}`,
    ]),
  ];
  for (const line of formatTable(rows)) io.print(line);
  if (inHand.length === 0) return;
  io.print("in hand");
  const photos = inHand
    .slice(0, SHOWN_IN_HAND)
    .map(({ input, worker, seconds }) => [`  ${input}`, worker ?? "", formatDuration(seconds * 1000)]);
  for (const line of formatTable(photos)) io.print(line);
  if (active > SHOWN_IN_HAND) io.print(`  … and ${active - SHOWN_IN_HAND} more`);
}

function timeLeft({ secondsLeft }: QueueStatus): string {
  return secondsLeft === null || secondsLeft === 0 ? "" : `, ${formatDuration(secondsLeft * 1000)} left`;
}

async function watch(read: () => Promise<QueueStatus>, io: Io): Promise<void> {
  const aborted = new Promise<null>((resolve) => {
    if (io.signal.aborted) resolve(null);
    io.signal.addEventListener("abort", () => resolve(null));
  });
  const progress = new Progress(io, { label: "queue", total: null, unit: "photo" });
  let before: number | null = null;
  try {
    for (;;) {
      // While Redis is away the answer does not come.
      const status = await Promise.race([read(), aborted]);
      if (status === null) return;
      const left = status.waiting + status.delayed + status.active;
      const finished = status.done + status.failed;
      before ??= finished;
      if (io.json) {
        io.print(JSON.stringify(status));
      } else {
        progress.setTotal(left + finished - before);
        const count = `${status.workers.length} worker${status.workers.length === 1 ? "" : "s"}`;
        const state = status.paused ? "paused" : count;
        progress.update(finished - before, `${state}  ${status.failed} failed`);
      }
      if (left === 0) {
        progress.finish();
        if (!io.json)
          io.note(`the queue '${status.queue}' is empty: ${status.done} done, ${status.failed} failed`);
        return;
      }
      await Promise.race([wait(WATCH_MS), aborted]);
    }
  } finally {
    progress.finish();
  }
}
