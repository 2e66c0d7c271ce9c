import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomic } from "../image/index.ts";

const examinedSchema = z.object({
  width: z.number(),
  height: z.number(),
  hash: z.string(),
  colourfulness: z.number(),
});

/** What decoding a photo once has told. */
export type Examined = z.infer<typeof examinedSchema>;

const FORMAT = 1;

const cacheSchema = z.object({ format: z.literal(FORMAT), files: z.record(z.string(), examinedSchema) });

/**
 * Remembers decoded photos by path, size and time of change, in one JSON file, or nowhere without a path.
 * Failures are not remembered: what made a file fail may have passed.
 */
export class ScanCache {
  readonly #path: string | undefined;
  readonly #files: Map<string, Examined>;
  #unsaved = 0;

  private constructor(path: string | undefined, files: Map<string, Examined>) {
    this.#path = path;
    this.#files = files;
  }

  /** Opens a cache; one that is missing, damaged or of another format counts as empty: it only saves time. */
  static async open(path: string | undefined): Promise<ScanCache> {
    if (path === undefined) return new ScanCache(path, new Map());
    const parsed = await readFile(path, "utf8").then(
      (text) => cacheSchema.safeParse(parseJson(text)),
      () => null,
    );
    return new ScanCache(path, new Map(Object.entries(parsed?.success ? parsed.data.files : {})));
  }

  static key(path: string, size: number, mtimeMs: number): string {
    return `${path}|${size}|${mtimeMs}`;
  }

  get(key: string): Examined | undefined {
    return this.#files.get(key);
  }

  set(key: string, examined: Examined): void {
    this.#files.set(key, examined);
    this.#unsaved++;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  /** Writes what is new. Entries of `keep` only, where it is given, so that the file does not grow for ever. */
  async save(keep?: ReadonlySet<string>): Promise<void> {
    if (this.#path === undefined || this.#unsaved === 0) return;
    const files: Record<string, Examined> = {};
    for (const [key, examined] of this.#files) {
      if (keep === undefined || keep.has(key)) files[key] = examined;
    }
    this.#unsaved = 0;
    await writeFileAtomic(this.#path, Buffer.from(JSON.stringify({ format: FORMAT, files })));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
