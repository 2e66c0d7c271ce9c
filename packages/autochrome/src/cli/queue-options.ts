/**
 * What the commands of the queue share.
 *
 * @module
 */
import type { PhotoQueue } from "../queue/index.ts";
import { stringOption, usageError } from "./args.ts";
import type { CommandContext, OptionSpecs, OptionValues } from "./command.ts";
import type { Io } from "./output.ts";

export const QUEUE_OPTIONS: OptionSpecs = { redis: { type: "string" }, queue: { type: "string" } };

/** Their lines in a help text. */
export const QUEUE_HELP = `      --redis <url>       redis://[user:password@]host[:port][/database], rediss:// for TLS
                          (default: the variable AUTOCHROME_REDIS)
      --queue <name>      name of the queue (default: autochrome)`;

/** Where Redis is and which queue is meant. */
export function queuePlace(values: OptionValues, io: Io): { url: string; queue: string | undefined } {
  const url = stringOption(values, "redis") ?? (io.env.AUTOCHROME_REDIS || undefined);
  if (url === undefined) {
    throw usageError(
      "which Redis? Name it with --redis redis://host:6379, or in the variable AUTOCHROME_REDIS.",
    );
  }
  return { url, queue: stringOption(values, "queue") };
}

/** Says once that Redis has gone, and once that it is back. */
export function connectionNote(state: "gone" | "back", io: Io): void {
  if (state === "gone") io.warn(`${io.paint("yellow", "note:")} Redis is gone: waiting for it`);
  else io.note("Redis is back: going on");
}

/** Opens the queue that a command's flags name, and closes it after `use`. */
export async function withQueue<T>(
  { values, io }: CommandContext,
  use: (queue: PhotoQueue) => Promise<T>,
  patient = false,
): Promise<T> {
  const place = queuePlace(values, io);
  const { PhotoQueue } = await import("../queue/index.ts");
  const queue = await PhotoQueue.open({ ...place, patient, onChange: (state) => connectionNote(state, io) });
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}
