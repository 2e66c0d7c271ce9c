import { type FileHandle, open } from "node:fs/promises";

interface Entry {
  file: Promise<FileHandle>;
  users: number;
}

/** Files kept open between reads, the latest used ones up to a number. */
export class OpenFiles {
  readonly #most: number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @throws what opening the file throws, or `use` */
  async with<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(path) ?? { file: open(path, "r"), users: 0 };
    this.#entries.delete(path);
    this.#entries.set(path, entry);
    entry.users++;
    try {
      return await use(await entry.file);
    } catch (error) {
      // A file that could not be opened may be back by the next time.
      if (
        await entry.file.then(
          () => false,
          () => true,
        )
      )
        this.#entries.delete(path);
      throw error;
    } finally {
      entry.users--;
      await this.#closeIdle(this.#most);
    }
  }

  /** Closes all that nothing reads from. */
  close(): Promise<void> {
    return this.#closeIdle(0);
  }

  async #closeIdle(most: number): Promise<void> {
    for (const [path, entry] of this.#entries) {
      if (this.#entries.size <= most) return;
      if (entry.users > 0) continue;
      this.#entries.delete(path);
      await entry.file.then((file) => file.close()).catch(() => {});
    }
  }
}
