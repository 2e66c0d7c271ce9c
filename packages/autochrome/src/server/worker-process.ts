import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { builtFolder, FROM_SOURCES } from "../http/index.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";

/** How much of what a process said on stderr is kept. */
const KEPT_STDERR = 2000;

export interface WorkerEvents {
  onMessage: (message: FromWorker) => void;
  /** Once, when the process has ended, however it did. */
  onExit: (how: string) => void;
}

/** One process that runs `worker.ts`. */
export class WorkerProcess {
  readonly #child: ChildProcess;

  constructor({ onMessage, onExit }: WorkerEvents) {
    const child = fork(workerFile(), [], {
      serialization: "advanced",
      execArgv: nodeFlags(),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // Else glibc keeps one heap a thread, and what photos leave in each adds up.
      env: { MALLOC_ARENA_MAX: "2", ...process.env },
    });
    this.#child = child;
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-KEPT_STDERR);
    });
    child.on("message", onMessage);
    // A message that could not be sent, or a signal that could not: the exit tells.
    child.on("error", (error) => {
      said += error.message;
    });
    let ended = false;
    const end = (how: string) => {
      if (ended) return;
      ended = true;
      onExit(said.trim() === "" ? how : `${how}: ${said.trim()}`);
    };
    child.once("exit", (code, signal) => {
      // What it printed last may still be on its way.
      const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
      const patience = setTimeout(() => end(how), 200);
      child.once("close", () => {
        clearTimeout(patience);
        end(how);
      });
    });
    if (child.pid === undefined) setImmediate(() => end("could not be started"));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToWorker): void {
    // To a process that is ending nothing can be sent; its exit is told.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

function workerFile(): string {
  return FROM_SOURCES
    ? fileURLToPath(new URL("./worker.ts", import.meta.url))
    : join(builtFolder("server"), "worker.js");
}

/** The server's own flags are not handed on: `--inspect` would claim the same port. */
function nodeFlags(): string[] {
  if (!FROM_SOURCES) return [];
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return ["--import", tsx, "--conditions=development"];
}
