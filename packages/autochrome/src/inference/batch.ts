import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AutochromeError } from "../errors.ts";
import {
  decodePhoto,
  encodePhoto,
  makeFolder,
  type PhotoFormat,
  readDimensions,
  writeFileAtomic,
} from "../image/index.ts";
import { fileIdentity, type Job, planBatch } from "./batch-plan.ts";
import type { ColorizeOptions, Colorizer } from "./colorizer.ts";

export type ColorizeEvent =
  | { type: "found"; total: number }
  | { type: "done"; input: string; output: string; width: number; height: number; milliseconds: number }
  | { type: "skipped"; input: string; output: string; reason: string }
  | { type: "failed"; input: string; output: string | null; error: Error };

export interface ColorizeFilesOptions extends ColorizeOptions {
  colorizer: Colorizer;
  /** Folder to write under, mirroring the inputs' tree, or the file for a single photo; absent: beside each input. */
  out?: string;
  /** Colour photos whose result exists already. Without it they are skipped, so a batch can be taken up again. */
  overwrite?: boolean;
  format?: PhotoFormat;
  /** Encoder quality, 1 to 100. */
  quality?: number;
  /** Mark results in their metadata as coloured by this network; default true. */
  mark?: boolean;
  onEvent?: (event: ColorizeEvent) => void;
  /** Once aborted, photos in hand are finished and no other is begun. */
  signal?: AbortSignal;
}

export interface ColorizeFilesResult {
  done: number;
  skipped: number;
  failed: number;
  /** Not begun, because `signal` was aborted. */
  left: number;
}

/** Photos under way at once: while the network has one, another is decoded and a third encoded. */
const LANES = 3;

/**
 * Pixels of all photos under way. A larger photo goes alone: one of 100 megapixels needs 0.6 GB for its pixels
 * in and out.
 */
const PIXELS_UNDER_WAY = 48_000_000;

/**
 * Colours files, folders (recursively) and globs. Results are named `<stem>.color.<ext>` and written whole or
 * not at all; originals are never written over; a bad file is reported and the rest goes on.
 *
 * @throws AutochromeError (exit code 2) only where `out` cannot serve; everything else is an event
 */
export async function colorizeFiles(
  inputs: readonly string[],
  options: ColorizeFilesOptions,
): Promise<ColorizeFilesResult> {
  const { onEvent = () => {}, signal } = options;
  const { jobs, problems, originals } = await planBatch(inputs, options);
  const result: ColorizeFilesResult = { done: 0, skipped: 0, failed: 0, left: 0 };
  onEvent({ type: "found", total: jobs.length + problems.length });
  for (const { input, error } of problems) {
    result.failed++;
    onEvent({ type: "failed", input, output: null, error });
  }
  const network = new Turnstile(1);
  const memory = new Turnstile(PIXELS_UNDER_WAY);
  let next = 0;
  const lane = async () => {
    while (next < jobs.length && !signal?.aborted) {
      const job = jobs[next++];
      const event = await colorizeJob(job, options, originals, network, memory).catch(
        (cause: unknown): ColorizeEvent => {
          const error = cause instanceof Error ? cause : new Error(String(cause));
          return { type: "failed", input: job.input, output: job.output, error };
        },
      );
      if (event.type !== "found") result[event.type]++;
      onEvent(event);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  result.left = jobs.length - next;
  return result;
}

async function colorizeJob(
  { input, output, format }: Job,
  options: ColorizeFilesOptions,
  originals: ReadonlySet<string>,
  network: Turnstile,
  memory: Turnstile,
): Promise<ColorizeEvent> {
  const { colorizer, overwrite = false, quality, mark = true } = options;
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
  return memory.pass(pixels, async () => {
    const started = performance.now();
    const photo = await decodePhoto(input);
    const colored = await network.pass(1, () => colorizer.colorize(photo, options));
    const { name, version } = colorizer.info;
    const marked = mark ? { model: `${name} ${version}`.trim() } : null;
    await writeFileAtomic(output, await encodePhoto(colored, { format, quality, mark: marked }));
    const { width, height } = photo;
    return { type: "done", input, output, width, height, milliseconds: performance.now() - started };
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
