/**
 * From `process.argv` to an exit code: finds the command, parses its flags, prints its help or its error.
 *
 * @module
 */
import { AutochromeError } from "../errors.ts";
import { COMMON_OPTIONS, flagOption, nearest, parseArguments, usageError } from "./args.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { formatTable, type Io, oneLine } from "./output.ts";
import { packageVersion } from "./version.ts";

export const EXIT_INTERRUPTED = 130;

/**
 * Runs one command line.
 *
 * @param argv what follows `autochrome`
 * @param onCommand called with the command before it runs, so that Ctrl-C can be handled its way
 * @returns the exit code: 0 ok, 1 failure, 2 wrong usage, 130 interrupted
 */
export async function runCli(
  argv: readonly string[],
  baseIo: Io,
  onCommand: (command: Command) => void = () => {},
): Promise<number> {
  let io = baseIo.with({ debug: argv.includes("--debug"), json: argv.includes("--json") });
  try {
    const [first, ...following] = argv;
    if (first === undefined) {
      io.warn(generalHelp());
      return 2;
    }
    if (first === "help" && following[0] !== undefined && !following[0].startsWith("-")) {
      const [command] = await descend(await loadCommand(following[0]), following.slice(1));
      io.print(command.help.trim());
      return 0;
    }
    if (first === "--help" || first === "-h" || first === "help") {
      io.print(generalHelp());
      return 0;
    }
    if (first === "--version" || first === "-v" || first === "-V") {
      io.print(packageVersion());
      return 0;
    }
    if (first.startsWith("-") && first !== "-") {
      throw usageError(
        `the command comes before its flags, and '${first}' is not one. Run 'autochrome --help'.`,
      );
    }
    const [command, rest] = await descend(await loadCommand(first), following);
    const specs = { ...command.options, ...COMMON_OPTIONS };
    // Help is given even where the rest of the line is wrong: that is when it is asked for.
    const ended = rest.indexOf("--");
    const flags = ended === -1 ? rest : rest.slice(0, ended);
    if (flags.includes("--help") || flags.includes("-h")) {
      io.print(command.help.trim());
      return 0;
    }
    const { values, positionals } = parseArguments(rest, specs, `autochrome ${command.name} --help`);
    io = io.with({
      quiet: flagOption(values, "quiet"),
      json: flagOption(values, "json"),
      debug: flagOption(values, "debug"),
    });
    onCommand(command);
    const code = await command.run({ values, positionals, io });
    return io.signal.aborted && !command.endsByInterrupt ? EXIT_INTERRUPTED : code;
  } catch (error) {
    if (io.signal.aborted && !(error instanceof AutochromeError)) return EXIT_INTERRUPTED;
    return reportError(error, io);
  }
}

/** Prints an error in one line (with its stack under `--debug`) and returns the exit code. */
export function reportError(error: unknown, io: Io): number {
  const ours = error instanceof AutochromeError;
  const hint = ours || io.debug ? "" : " (unexpected: run again with --debug for the details)";
  io.warn(`${io.paint("red", "error:")} ${oneLine(error)}${hint}`);
  if (io.debug && error instanceof Error) {
    io.warn(error.stack ?? "");
    for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
      io.warn(`caused by ${cause.stack ?? cause.message}`);
    }
  }
  return ours ? error.exitCode : 1;
}

async function loadCommand(name: string): Promise<Command> {
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry.load();
  const names = COMMANDS.map((candidate) => candidate.name);
  const guess = nearest(name, names);
  const hint = guess === null ? `The commands are ${names.join(", ")}.` : `Did you mean ${guess}?`;
  throw usageError(`unknown command '${name}'. ${hint}`);
}

/** The subcommand that the next word names, where the command has any, and the words after it. */
async function descend(command: Command, words: readonly string[]): Promise<[Command, readonly string[]]> {
  const [word, ...rest] = words;
  const { subcommands } = command;
  if (subcommands === undefined || word === undefined || word.startsWith("-")) return [command, words];
  if (Object.hasOwn(subcommands, word)) return [await subcommands[word]!(), rest];
  const names = Object.keys(subcommands);
  const guess = nearest(word, names);
  const hint = guess === null ? `They are ${names.join(", ")}.` : `Did you mean ${guess}?`;
  throw usageError(`there is no '${command.name} ${word}'. ${hint}`);
}

function generalHelp(): string {
  const rows = COMMANDS.map(({ name, summary }) => [`  ${name}`, summary]);
  return `Autochrome ${packageVersion()}: colour for black-and-white photographs.

Usage: autochrome <command> [flags]

Commands
${formatTable(rows).join("\n")}

Flags of every command
  -h, --help     how to use the command, with examples
  -q, --quiet    no progress and no messages, errors only
      --json     results as JSON on stdout
      --debug    stack traces with errors
  --version      (without a command) print the version

Examples
  autochrome colorize grandmother.jpg
  autochrome colorize album/ -o colour/
  autochrome train photos/ --minutes 60`;
}
