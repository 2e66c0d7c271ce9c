/**
 * `autochrome worker` in a process of its own.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));

export interface PhotoLine {
  status: "done" | "skipped" | "failed";
  input: string;
  output: string;
}

export class WorkerProcess {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  out = "";
  err = "";

  /**
   * @param words flags of `autochrome worker`
   * @param nodeFlags flags of Node's own, such as a module to load first
   */
  constructor(words: readonly string[], nodeFlags: readonly string[] = []) {
    const argv = [
      "--import",
      "tsx",
      ...nodeFlags,
      "--conditions=development",
      MAIN,
      "worker",
      "--json",
      ...words,
    ];
    this.child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout!.on("data", (data) => {
      this.out += data;
    });
    this.child.stderr!.on("data", (data) => {
      this.err += data;
    });
    this.ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => resolve({ code, signal }));
    });
  }

  /** What became of each photo so far; a killed worker's last line may be missing. */
  get photos(): PhotoLine[] {
    return this.out
      .split("\n")
      .filter((line) => line.startsWith('{"status"') && line.endsWith("}"))
      .map((line) => JSON.parse(line) as PhotoLine);
  }

  with(status: PhotoLine["status"]): PhotoLine[] {
    return this.photos.filter((photo) => photo.status === status);
  }
}
