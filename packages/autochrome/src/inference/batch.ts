import type { Hint } from "../chroma/index.ts";
import type { PhotoFormat } from "../image/index.ts";
import { planBatch } from "./batch-plan.ts";
import { colorizeFile, type FileOutcome, Lanes } from "./colorize-file.ts";
import type { ColorizeOptions, Colorizer } from "./colorizer.ts";

export type ColorizeEvent =
  | { type: "found"; total: number }
  | FileOutcome
  | { type: "failed"; input: string; output: string | null; error: Error };

export interface ColorizeFilesOptions extends ColorizeOptions {
  colorizer: Colorizer;
  /** Folder to write under, mirroring the inputs' tree, or the file for a single photo; absent: beside each input. */
  out?: string;
  /** Colour photos whose result exists already. Without it they are skipped, so a batch can be taken up again. */
  overwrite?: boolean;
  format?: PhotoFormat;
  /** Colour hints of a photo, by its path as found; absent: `hints` for every one. */
  hintsOf?: (input: string) => Promise<readonly Hint[]>;
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
  const lanes = new Lanes();
  let next = 0;
  const lane = async () => {
    while (next < jobs.length && !signal?.aborted) {
      const job = jobs[next++];
      const event = await colorizeFile(job, options, lanes, originals).catch(
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
