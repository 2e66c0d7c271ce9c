import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeError } from "../../image/index.ts";
import { paddedSize, TAR_END, tarHeader } from "./tar.ts";

/** Writes one shard: under a hidden name until it is whole. */
export class ShardWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #digest = createHash("sha256");
  #bytes = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws AutochromeError when the folder is missing or not writable */
  static async create(path: string): Promise<ShardWriter> {
    const temporary = join(dirname(path), `.${basename(path)}.tmp`);
    try {
      return new ShardWriter(path, temporary, await open(temporary, "w"));
    } catch (error) {
      throw writeError(path, error);
    }
  }

  /** Bytes so far, without the end mark. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Appends a member.
   * @returns where its first byte stands
   * @throws AutochromeError when the disk is full, …
   */
  async add(name: string, data: Uint8Array): Promise<number> {
    const header = tarHeader(name, data.length);
    const offset = this.#bytes + header.length;
    await this.#write([header, data, Buffer.alloc(paddedSize(data.length) - data.length)]);
    return offset;
  }

  /**
   * Ends the archive, brings it to the disk and gives it its name.
   * @throws AutochromeError
   */
  async finish(): Promise<{ bytes: number; sha256: string }> {
    await this.#write([TAR_END]);
    try {
      await this.#file.sync();
      await this.#file.close();
      await rename(this.#temporary, this.path);
    } catch (error) {
      throw writeError(this.path, error);
    }
    return { bytes: this.#bytes, sha256: this.#digest.digest("hex") };
  }

  /** Leaves nothing behind. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
  }

  async #write(parts: Uint8Array[]): Promise<void> {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    let rest = Buffer.concat(parts, length);
    this.#digest.update(rest);
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await this.#file.write(rest, 0, rest.length, null);
        rest = rest.subarray(bytesWritten);
      }
    } catch (error) {
      throw writeError(this.path, error);
    }
    this.#bytes += length;
  }
}
