import { usageError } from "./args.ts";
import type { Command } from "./command.ts";

const SUBCOMMANDS: NonNullable<Command["subcommands"]> = {
  add: async () => (await import("./queue-add.ts")).command,
};

export const command: Command = {
  name: "queue",
  summary: "hand photos out to workers on many machines, through Redis",
  help: `Hands photos out to workers ('autochrome worker') on one machine or many, through a queue in Redis.

Usage: autochrome queue add <folder|list|glob|-> ... [flags]`,
  options: {},
  subcommands: SUBCOMMANDS,

  async run() {
    throw usageError(
      `name what to do: ${Object.keys(SUBCOMMANDS).join(", ")}. Run 'autochrome queue --help'.`,
    );
  },
};
