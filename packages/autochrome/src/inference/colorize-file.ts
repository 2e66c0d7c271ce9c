import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hint } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { decodePhoto, encodePhoto, makeFolder, readDimensions, writeFileAtomic } from "../image/index.ts";
import { fileIdentity, type Job } from "./batch-plan.ts";
import type { ColorizeOptions, Colorizer } from "./colorizer.ts";

export interface ColorizeFileOptions extends ColorizeOptions {
  colorizer: Colorizer;
  /** Colour hints of a photo; absent: `hints` for every one. */
  hintsOf?: (input: string) => Promise<readonly Hint[]>;
  /** Colour photos whose result exists already; else they are skipped. */
  overwrite?: boolean;
  /** Encoder quality, 1 to 100. */
  quality?: number;
  /** Mark results in their metadata as coloured by this network; default true. */
  mark?: boolean;
  /** Part of the temporary file's name, by which its writer can be known; see `writeFileAtomic`. */
  tag?: string;
}

export type FileOutcome =
  | {
      type: "done";
      input: string;
      output: string;
      width: number;
      height: number;
      milliseconds: number;
      hints: number;
      /** Whether the photo was found tinted or faded and its tones were restored. */
      tonesRestored: boolean;
    }
  | { type: "skipped"; input: string; output: string; reason: string };

/**
 * Pixels of all photos under way. A larger photo goes alone: one of 100 megapixels needs 0.6 GB for its pixels
 * in and out.
 */
const PIXELS_UNDER_WAY = 48_000_000;

/** What photos under way at once share: the network, which takes one at a time, and memory. */
export class Lanes {
  readonly network = new Turnstile(1);
  readonly memory = new Turnstile(PIXELS_UNDER_WAY);
}

/**
 * Colours one file into another, which is written whole or not at all.
 *
 * @param originals device and inode of files that must never be written over
 * @param begin called when the photo's turn has come, before it is decoded; what it throws is thrown
 * @throws AutochromeError for a photo that cannot be read, a result that cannot be written
 */
export async function colorizeFile(
  { input, output, format }: Job,
  options: ColorizeFileOptions,
  lanes: Lanes,
  originals: ReadonlySet<string> = new Set(),
  begin: () => void = () => {},
): Promise<FileOutcome> {
  const { colorizer, overwrite = false, quality, mark = true, tag, hintsOf } = options;
  const existing = await stat(output).catch(() => null);
  if (existing !== null && originals.has(fileIdentity(existing))) {
    throw new AutochromeError(
      `'${output}' is itself one of the photos to colour, and originals are never written over. Choose another place with -o.`,
      { code: "ORIGINAL" },
    );
  }
  if (existing !== null && !overwrite) return { type: "skipped", input, output, reason: "exists" };
  await makeOutputFolder(dirname(output));
  // Unreadable headers weigh nothing: decoding says what is wrong with them.
  const pixels = await readDimensions(input).then(
    ({ width, height }) => width * height,
    () => 0,
  );
  return lanes.memory.pass(pixels, async () => {
    begin();
    const started = performance.now();
    const hints = (await hintsOf?.(input)) ?? options.hints ?? [];
    const photo = await decodePhoto(input);
    const colored = await lanes.network.pass(1, () => colorizer.colorize(photo, { ...options, hints }));
    // Another process may have been quicker; its file stands.
    if (!overwrite && (await stat(output).catch(() => null)) !== null) {
      return { type: "skipped", input, output, reason: "exists" };
    }
    const { name, version } = colorizer.info;
    const marked = mark ? { model: `${name} ${version}`.trim() } : null;
    await writeFileAtomic(output, await encodePhoto(colored, { format, quality, mark: marked }), tag);
    const { width, height } = photo;
    const milliseconds = performance.now() - started;
    const { tonesRestored } = colored;
    return { type: "done", input, output, width, height, milliseconds, hints: hints.length, tonesRestored };
  });
}

async function makeOutputFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const reasons: Readonly<Record<string, string>> = {
      EACCES: "permission denied",
      EPERM: "permission denied",
      EROFS: "the disk is read-only",
      ENOSPC: "the disk is full",
      EEXIST: "a file of that name is in the way",
      ENOTDIR: "a file is in the way",
    };
    throw new AutochromeError(
      `cannot make the folder '${folder}': ${reasons[code] ?? code}. Choose another place with -o.`,
      { code: "OUTPUT_FOLDER", cause },
    );
  }
}

/** Lets tasks through, in the order in which they came, as long as their weights together stay within a limit. */
class Turnstile {
  readonly #limit: number;
  #weight = 0;
  readonly #waiting: { weight: number; enter: () => void }[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  async pass<T>(weight: number, task: () => Promise<T>): Promise<T> {
    // What is too heavy for the limit may still go when it is alone.
    const counted = Math.min(weight, this.#limit);
    await new Promise<void>((enter) => {
      this.#waiting.push({ weight: counted, enter });
      this.#admit();
    });
    try {
      return await task();
    } finally {
      this.#weight -= counted;
      this.#admit();
    }
  }

  #admit(): void {
    while (this.#waiting.length > 0 && this.#weight + this.#waiting[0].weight <= this.#limit) {
      const { weight, enter } = this.#waiting.shift()!;
      this.#weight += weight;
      enter();
    }
  }
}
