/**
 * Follows a text file that grows by lines.
 *
 * @module
 */
import { type FileHandle, open } from "node:fs/promises";

export interface TailChunk {
  /** True where the file is no continuation of what was read before: everything so far is to be forgotten. */
  restarted: boolean;
  /** New complete lines, in order, without their ends. */
  lines: string[];
  /** True where there is more to read at once. */
  more: boolean;
}

const ANCHOR_BYTES = 64;
const NEWLINE = 0x0a;

/**
 * Reads from where the last read ended. A line that is still being written waits for its end; a file that was
 * replaced, cut short or removed starts anew. It is opened for each read, so nothing is held of a run that is
 * deleted.
 */
export class FileTail {
  readonly path: string;
  readonly #chunkBytes: number;
  #offset = 0;
  #file = "";
  /** The last bytes before the offset: they tell whether the file was written over. */
  #anchor: Buffer = Buffer.alloc(0);
  #skipping = false;

  /** @param chunkBytes read at once; a line longer than this is left out */
  constructor(path: string, chunkBytes = 256 * 1024) {
    this.path = path;
    this.#chunkBytes = chunkBytes;
  }

  async read(): Promise<TailChunk> {
    let file: FileHandle;
    try {
      file = await open(this.path, "r");
    } catch {
      const restarted = this.#offset > 0;
      this.#restart("");
      return { restarted, lines: [], more: false };
    }
    try {
      const { ino, dev, size } = await file.stat();
      const identity = `${dev}:${ino}`;
      const restarted = this.#offset > 0 && !(await this.#continues(file, identity, size));
      if (restarted) this.#restart(identity);
      this.#file = identity;
      const start = this.#offset;
      const chunk = await readAt(file, start, Math.min(this.#chunkBytes, size - start));
      const lines = this.#take(chunk);
      // A half-written line alone is nothing to come back for at once.
      return { restarted, lines, more: this.#offset > start && this.#offset < size };
    } finally {
      await file.close();
    }
  }

  #restart(identity: string): void {
    this.#offset = 0;
    this.#file = identity;
    this.#anchor = Buffer.alloc(0);
    this.#skipping = false;
  }

  async #continues(file: FileHandle, identity: string, size: number): Promise<boolean> {
    if (identity !== this.#file || size < this.#offset) return false;
    const before = await readAt(file, this.#offset - this.#anchor.length, this.#anchor.length);
    return before.equals(this.#anchor);
  }

  /** Lines of a chunk; the offset moves behind the last of them. */
  #take(chunk: Buffer): string[] {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      if (chunk.length === this.#chunkBytes) {
        this.#skipping = true;
        this.#advance(chunk);
      }
      return [];
    }
    const lines = chunk.subarray(0, end).toString("utf8").split("\n");
    lines.pop();
    if (this.#skipping) lines.shift();
    this.#skipping = false;
    this.#advance(chunk.subarray(0, end));
    return lines;
  }

  #advance(read: Buffer): void {
    this.#offset += read.length;
    this.#anchor = Buffer.from(
      Buffer.concat([this.#anchor, read.subarray(-ANCHOR_BYTES)]).subarray(-ANCHOR_BYTES),
    );
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(Math.max(0, length));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** The last complete lines of a file, of at most so many bytes; empty where there is none. */
export async function lastLines(path: string, bytes: number): Promise<string[]> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch {
    return [];
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const lines = (await readAt(file, start, size - start)).toString("utf8").split("\n");
    lines.pop();
    // The first one began before the bytes that were read.
    return start > 0 ? lines.slice(1) : lines;
  } finally {
    await file.close();
  }
}

/** The object on a line of JSON; null for anything else. */
export function parseRecord(line: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
