import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { colourfulness } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import { decodeForTraining, readDimensions } from "../image/index.ts";
import { type Examined, ScanCache } from "./scan-cache.ts";
import { errorCode } from "./sources.ts";

/** Colourfulness is judged at this short side (px): small enough to be quick, large enough to keep objects. */
const JUDGED_SHORT_SIDE = 96;
/** The cache is written every so many newly examined files, so that an interrupted scan is not lost. */
const SAVE_EVERY = 1000;
const EXAMPLES_PER_REASON = 5;

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

export type LeftOutReason = "unreadable" | "corrupt" | "too small" | "near gray" | "duplicate";

export interface LeftOut {
  count: number;
  /** The first few, in the order of the list. */
  examples: { path: string; detail: string }[];
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
  requireEnough(report, options);
  return report;
}

/** @throws the system's error when the file cannot be read; one that does not decode is a result. */
async function examine(path: string): Promise<Result> {
  const digest = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk);
  const hash = digest.digest("hex");
  try {
    const { width, height } = await readDimensions(path);
    const { rgb } = await decodeForTraining(path, { shortSide: JUDGED_SHORT_SIDE });
    return { width, height, hash, colourfulness: colourfulness(rgb) };
  } catch (error) {
    return { corrupt: error instanceof Error ? error.message : String(error) };
  }
}

function sortOut(paths: readonly string[], results: readonly Result[], options: ScanOptions): ScanReport {
  const minColourfulness = options.minColourfulness ?? 8;
  const leftOut: Record<LeftOutReason, LeftOut> = {
    unreadable: { count: 0, examples: [] },
    corrupt: { count: 0, examples: [] },
    "too small": { count: 0, examples: [] },
    "near gray": { count: 0, examples: [] },
    duplicate: { count: 0, examples: [] },
  };
  const leave = (reason: LeftOutReason, path: string, detail: string): void => {
    const entry = leftOut[reason];
    entry.count++;
    if (entry.examples.length < EXAMPLES_PER_REASON) entry.examples.push({ path, detail });
  };
  const photos: ScannedPhoto[] = [];
  const firstByHash = new Map<string, string>();
  for (const [i, path] of paths.entries()) {
    const result = results[i];
    if ("unreadable" in result) {
      leave("unreadable", path, result.unreadable);
      continue;
    }
    if ("corrupt" in result) {
      leave("corrupt", path, result.corrupt);
      continue;
    }
    const first = firstByHash.get(result.hash);
    if (first !== undefined) {
      leave("duplicate", path, `same as ${first}`);
      continue;
    }
    firstByHash.set(result.hash, path);
    if (Math.min(result.width, result.height) < options.cropSize) {
      leave("too small", path, `${result.width}x${result.height}, needs ${options.cropSize}`);
    } else if (result.colourfulness < minColourfulness) {
      leave("near gray", path, `colourfulness ${result.colourfulness.toFixed(1)} < ${minColourfulness}`);
    } else {
      photos.push({ path, ...result });
    }
  }
  return { found: paths.length, photos, leftOut, fromCache: 0, cacheError: null };
}

const REMEDIES: Record<LeftOutReason, string> = {
  unreadable: "mend the paths or permissions",
  corrupt: "fetch the damaged files anew",
  "too small": "give larger photos or a smaller --crop-size",
  "near gray": "give colour photos",
  duplicate: "give more different photos",
};

/** The report in words: `579 photos of 600; left out: 12 near gray, 9 too small`. */
export function summarizeScan(report: ScanReport): string {
  const reasons = Object.entries(report.leftOut)
    .filter(([, { count }]) => count > 0)
    .map(([reason, { count }]) => `${count} ${reason}`);
  const kept = `${report.photos.length} photo${report.photos.length === 1 ? "" : "s"} of ${report.found}`;
  return reasons.length === 0 ? kept : `${kept}; left out: ${reasons.join(", ")}`;
}

function requireEnough(report: ScanReport, options: ScanOptions): void {
  const minimum = options.minimum ?? 1;
  if (report.photos.length >= minimum) return;
  const worst = (Object.keys(REMEDIES) as LeftOutReason[]).reduce((x, y) =>
    report.leftOut[y].count > report.leftOut[x].count ? y : x,
  );
  const { count, examples } = report.leftOut[worst];
  const example = examples[0] ? ` (for example ${examples[0].path}: ${examples[0].detail})` : "";
  const remedy = count > 0 ? REMEDIES[worst] : "give more photos";
  throw new AutochromeError(
    `Too few photos to go on: ${summarizeScan(report)}, but ${minimum} needed. To mend it, ${remedy}${example}.`,
    { code: "TOO_FEW_PHOTOS" },
  );
}
