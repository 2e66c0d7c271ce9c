/**
 * What a command is, and what it is given. A command module holds no heavy import at its top: it loads the
 * library inside `run`, so that `--help` stays instant.
 *
 * @module
 */
import type { Io } from "./output.ts";

/** One flag, as `node:util` parseArgs describes it; `default` is left to the command. */
export interface OptionSpec {
  type: "string" | "boolean";
  /** One letter: `o` makes `-o` a synonym. */
  short?: string;
  /** May be given several times; the value is then an array. */
  multiple?: boolean;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** Values by long name. A boolean flag is `true`, or `false` where `--no-<name>` was given. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandContext {
  values: OptionValues;
  positionals: readonly string[];
  io: Io;
}

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  /** Usage, options and examples; printed by `autochrome <name> --help`. */
  help: string;
  /** The command's own flags. `--help --quiet --json --debug` are common to all, never listed here. */
  options: OptionSpecs;
  /**
   * True where `run` itself watches `io.signal` and tidies up on Ctrl-C (training saves, a batch ends after
   * the photo in hand). Otherwise Ctrl-C ends the process at once. A second Ctrl-C always does.
   */
  handlesInterrupt?: boolean;
  /** True where Ctrl-C or SIGTERM is how it ends, so that its own exit code stands. */
  endsByInterrupt?: boolean;
  /** Commands of its own, by the word that follows its name; `run` is then called where none follows. */
  subcommands?: Readonly<Record<string, () => Promise<Command>>>;
  /** Resolves to the exit code: 0 ok, 1 failure. Wrong usage throws `usageError`; anything else throws too. */
  run(context: CommandContext): Promise<number>;
}
