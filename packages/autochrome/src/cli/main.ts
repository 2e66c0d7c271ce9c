#!/usr/bin/env node
/**
 * The `autochrome` program.
 *
 * @module
 */
import type { Command } from "./command.ts";
import { endQuietlyOnClosedPipe, Io } from "./output.ts";
import { EXIT_INTERRUPTED, runCli } from "./run.ts";

endQuietlyOnClosedPipe(process.stdout, process.stderr);

const interrupt = new AbortController();
let running: Command | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted || running?.handlesInterrupt !== true) process.exit(EXIT_INTERRUPTED);
    interrupt.abort();
  });
}

process.exitCode = await runCli(process.argv.slice(2), new Io({ signal: interrupt.signal }), (command) => {
  running = command;
});
