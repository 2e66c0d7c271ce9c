/**
 * A file system that fails at a chosen moment, for tests: `vi.mock("node:fs/promises", faultyDisk.mock)`.
 *
 * @module
 */
import type * as FileSystem from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/**
 * `killed`: the process dies there, so nothing that follows reaches the disk, not even tidying up; of what was
 * being written half is there. Otherwise the operation fails with this code and the program goes on.
 */
export type Fault = "killed" | "ENOSPC" | "EROFS" | "EACCES";

type Call = (...args: unknown[]) => Promise<unknown>;

/** Operations that change the disk. */
const CHANGES = ["mkdir", "rm", "rmdir", "rename", "unlink", "link", "copyFile", "appendFile", "writeFile"];
/** Those of an open file. */
const FILE_CHANGES = ["write", "writeFile", "appendFile", "sync", "truncate"];

export class FaultyDisk {
  /** The changes so far, as `rename last.tmp`. */
  log: string[] = [];
  #fault: { at: number; kind: Fault; lasting: boolean } | null = null;
  #dead = false;

  /** Lets the change number `at` (from 0) fail; `lasting`: all that come after it, too. */
  failAt(at: number, kind: Fault, lasting = false): void {
    this.mend();
    this.#fault = { at, kind, lasting };
  }

  /** All is well again. */
  mend(): void {
    this.log = [];
    this.#fault = null;
    this.#dead = false;
  }

  /** The factory for `vi.mock`. */
  wrap(real: typeof FileSystem): typeof FileSystem {
    const wrapped: Record<string, unknown> = { ...real };
    const functions = real as unknown as Record<string, Call>;
    for (const [name, value] of Object.entries(functions)) {
      if (typeof value !== "function" || name === "open") continue;
      wrapped[name] = (path: unknown, ...rest: unknown[]) => {
        const run = () => value.call(real, path, ...rest);
        if (!CHANGES.includes(name)) return this.#alive(run);
        return this.#change(name, path, run, async () => {
          if (name === "appendFile") await real.appendFile(path as string, half(rest[0]));
        });
      };
    }
    wrapped.open = async (path: string, flags: string, ...rest: unknown[]) => {
      const open = () => (real.open as unknown as Call)(path, flags, ...rest) as Promise<FileHandle>;
      const handle = flags === "r" ? await this.#alive(open) : await this.#change("open", path, open);
      return this.#wrapHandle(handle, path);
    };
    return { ...wrapped, default: wrapped } as unknown as typeof FileSystem;
  }

  #wrapHandle(handle: FileHandle, path: string): FileHandle {
    const methods = handle as unknown as Record<string, Call>;
    for (const name of FILE_CHANGES) {
      const real = methods[name]!.bind(handle);
      const write = handle.write.bind(handle);
      methods[name] = (data, ...rest) =>
        this.#change(
          name,
          path,
          () => real(data, ...rest),
          async () => {
            if (name.startsWith("write")) await write(half(data));
          },
        );
    }
    return handle;
  }

  async #alive<T>(run: () => Promise<T>): Promise<T> {
    if (this.#dead) throw new Error("killed");
    return run();
  }

  async #change<T>(
    name: string,
    path: unknown,
    run: () => Promise<T>,
    partly?: () => Promise<void>,
  ): Promise<T> {
    if (this.#dead) throw new Error("killed");
    const at = this.log.length;
    this.log.push(`${name} ${path}`);
    const fault = this.#fault;
    const fails = fault !== null && (fault.lasting ? at >= fault.at : at === fault.at);
    if (!fails) return run();
    if (fault.kind === "killed") {
      this.#dead = true;
      await partly?.();
      throw new Error("killed");
    }
    // A full disk takes a part of what is written, and lets files be removed.
    if (fault.kind === "ENOSPC") {
      if (["rm", "rmdir", "unlink", "rename"].includes(name)) return run();
      await partly?.();
    }
    throw Object.assign(new Error(`${fault.kind}: ${name} '${path}'`), { code: fault.kind, errno: -1 });
  }
}

function half(data: unknown): Buffer {
  const bytes = Buffer.from(data as Uint8Array);
  return bytes.subarray(0, bytes.length >> 1);
}
