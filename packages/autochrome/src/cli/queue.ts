import { usageError } from "./args.ts";
import type { Command } from "./command.ts";
import { QUEUE_HELP } from "./queue-options.ts";

const SUBCOMMANDS: NonNullable<Command["subcommands"]> = {
  add: async () => (await import("./queue-add.ts")).command,
  status: async () => (await import("./queue-status.ts")).command,
  failed: async () => (await import("./queue-failed.ts")).failed,
  retry: async () => (await import("./queue-failed.ts")).retry,
  pause: async () => (await import("./queue-control.ts")).pause,
  resume: async () => (await import("./queue-control.ts")).resume,
  clear: async () => (await import("./queue-control.ts")).clear,
};

export const command: Command = {
  name: "queue",
  summary: "hand photos out to workers on many machines, through Redis",
  help: `Hands photos out to workers ('autochrome worker'), on one machine or many, through a queue in Redis.

Usage: autochrome queue <command> [flags]

Commands
  add <folder|list.txt|glob|-> ...  add photos
  status [--watch]                  what waits, is in hand, done and failed; workers, rate, time left
  failed [pattern]                  the photos that were given up, with reasons
  retry --all | <pattern>           put given-up photos back into the queue
  pause                             let workers take no new photos
  resume                            let them go on
  clear --yes                       empty the queue

Flags of each
${QUEUE_HELP}

'autochrome queue <command> --help' tells more.

Examples
  autochrome queue add /mnt/archive -o /mnt/colour --redis redis://queue-host
  autochrome worker --redis redis://queue-host
  autochrome queue status --watch --redis redis://queue-host`,
  options: {},
  subcommands: SUBCOMMANDS,

  async run() {
    const names = Object.keys(SUBCOMMANDS).join(", ");
    throw usageError(`name what to do: ${names}. Run 'autochrome queue --help'.`);
  },
};
