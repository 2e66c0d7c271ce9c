import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { colourfulness } from "../color/index.ts";
import { decodeForTraining, type PhotoFormat, readDimensions } from "../image/index.ts";
import {
  type Judged,
  type LeftOut,
  type LeftOutReason,
  LeftOutTally,
  requireEnough,
  unfitness,
} from "./left-out.ts";
import { type Examined, ScanCache } from "./scan-cache.ts";
import { errorCode } from "./sources.ts";

/** Colourfulness is judged at this short side (px): small enough to be quick, large enough to keep objects. */
const JUDGED_SHORT_SIDE = 96;
/** The cache is written every so many newly examined files, so that an interrupted scan is not lost. */
const SAVE_EVERY = 1000;

export interface ScannedPhoto {
  path: string;
  /** Pixels, upright. */
  width: number;
  height: number;
  /** SHA-256 of the file's bytes, hex. */
  hash: string;
  /** Hasler-Süsstrunk 2003, on the 8-bit scale, of the photo at a small size. */
  colourfulness: number;
}

export interface ScanReport {
  /** How many paths were looked at. */
  found: number;
  /** Those fit for training, in the order of the list. */
  photos: ScannedPhoto[];
  leftOut: Record<LeftOutReason, LeftOut>;
  /** How many files the scan cache saved from being opened. */
  fromCache: number;
  /** Why the scan cache could not be written, where that happened. */
  cacheError: string | null;
}

export interface ScanOptions {
  /** Photos whose short side is below this many pixels are left out. */
  cropSize: number;
  /** Photos less colourful than this are left out as gray. Default 8. */
  minColourfulness?: number;
  /** Files open at once. Default 4, the size of libuv's pool. */
  concurrency?: number;
  /** Fewer photos than this is an error. Default 1. */
  minimum?: number;
  /** JSON file that remembers what was found, so that the next scan of the same files is quick. */
  cacheFile?: string;
  /** Ends the scan early; what was found by then is remembered in the cache. */
  signal?: AbortSignal;
  /** Called after each file. */
  onProgress?: (done: number, total: number) => void;
}

type Result = Examined | { corrupt: string } | { unreadable: string };

/**
 * Opens every photo once and sorts out those that training cannot use: unreadable, corrupt, smaller than the
 * crop, near-gray, or the same bytes as an earlier one. A bad file never ends the scan.
 * @throws AutochromeError when fewer than `minimum` photos remain; its message says why and what to do. The
 *   signal's reason where that ends it.
 */
export async function scanPhotos(paths: readonly string[], options: ScanOptions): Promise<ScanReport> {
  const cache = await ScanCache.open(options.cacheFile);
  const results = new Array<Result>(paths.length);
  const keys = new Set<string>();
  let next = 0;
  let done = 0;
  let fromCache = 0;
  let cacheError: string | null = null;

  const save = async (keep?: ReadonlySet<string>): Promise<void> => {
    try {
      await cache.save(keep);
    } catch (error) {
      // The cache only saves time: the scan goes on and the report tells.
      cacheError = error instanceof Error ? error.message : String(error);
    }
  };

  const worker = async (): Promise<void> => {
    while (next < paths.length && !options.signal?.aborted) {
      const i = next++;
      const path = paths[i];
      try {
        const { size, mtimeMs } = await stat(path);
        const key = ScanCache.key(path, size, mtimeMs);
        keys.add(key);
        const known = cache.get(key);
        if (known) fromCache++;
        const examined = known ?? (await examine(path));
        if (!known && "hash" in examined) cache.set(key, examined);
        results[i] = examined;
      } catch (error) {
        results[i] = { unreadable: errorCode(error) };
      }
      options.onProgress?.(++done, paths.length);
      if (cache.unsaved >= SAVE_EVERY) await save();
    }
  };
  const concurrency = Math.max(1, Math.min(options.concurrency ?? 4, paths.length));
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (options.signal?.aborted) await save();
  options.signal?.throwIfAborted();
  await save(keys);

  const report = sortOut(paths, results, options);
  report.fromCache = fromCache;
  report.cacheError = cacheError;
  requireEnough(report, options.minimum ?? 1);
  return report;
}

/** @throws the system's error when the file cannot be read; one that does not decode is a result. */
async function examine(path: string): Promise<Result> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk);
  const hash = digest.digest("hex");
  try {
    const { width, height, colourfulness } = await judgePhoto(path);
    return { width, height, hash, colourfulness };
  } catch (error) {
    return { corrupt: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Decodes a photo small to see whether training can use it.
 *
 * @param input a file's path, or its bytes
 * @returns with `rgb`, what was judged: 8-bit interleaved sRGB
 * @throws AutochromeError when it does not decode
 */
export async function judgePhoto(
  input: string | Buffer,
): Promise<Judged & { format: PhotoFormat; rgb: Uint8Array }> {
  const { width, height, format } = await readDimensions(input);
  const { rgb } = await decodeForTraining(input, { shortSide: JUDGED_SHORT_SIDE });
  return { width, height, format, rgb, colourfulness: colourfulness(rgb) };
}

function sortOut(paths: readonly string[], results: readonly Result[], options: ScanOptions): ScanReport {
  const limits = { cropSize: options.cropSize, minColourfulness: options.minColourfulness ?? 8 };
  const tally = new LeftOutTally();
  const photos: ScannedPhoto[] = [];
  const firstByHash = new Map<string, string>();
  for (const [i, path] of paths.entries()) {
    const result = results[i];
    if ("unreadable" in result) {
      tally.add("unreadable", path, result.unreadable);
      continue;
    }
    if ("corrupt" in result) {
      tally.add("corrupt", path, result.corrupt);
      continue;
    }
    const first = firstByHash.get(result.hash);
    if (first !== undefined) {
      tally.add("duplicate", path, `same as ${first}`);
      continue;
    }
    firstByHash.set(result.hash, path);
    const unfit = unfitness(result, limits);
    if (unfit) tally.add(unfit.leftOut, path, unfit.detail);
    else photos.push({ path, ...result });
  }
  return { found: paths.length, photos, leftOut: tally.reasons, fromCache: 0, cacheError: null };
}
