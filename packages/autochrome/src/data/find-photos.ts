import { FoundFiles, type FoundPhotos } from "./found-photos.ts";
import type { ScanOutcome } from "./left-out.ts";
import { scanPhotos } from "./scan.ts";
import { findShards, openShards } from "./shards/index.ts";
import { listPhotos } from "./sources.ts";

export interface FindPhotosOptions {
  /** Photos whose short side is below this many pixels are left out. */
  cropSize: number;
  /** Photos less colourful than this are left out as gray. */
  minColourfulness: number;
  /** Of photos in shards, how many the next one is drawn from. */
  shuffleBuffer: number;
  /** Folder that remembers what was found. */
  cacheFolder: string;
  /** Name of the file there that remembers files. */
  cacheName: string;
  /** Ends the search early. */
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Photos fit for training, from files (`listPhotos`) or from tar shards (`findShards`), whichever the sources
 * name.
 * @throws AutochromeError when a source is missing, files and shards are mixed, or nothing is fit; the signal's
 *   reason where that ends it
 */
export async function findPhotos(
  sources: string[],
  options: FindPhotosOptions,
): Promise<{ photos: FoundPhotos; outcome: ScanOutcome }> {
  const { cropSize, minColourfulness, shuffleBuffer, cacheFolder, cacheName, signal, onProgress } = options;
  const progress = onProgress ? { onProgress } : {};
  const shards = await findShards(sources);
  if (shards !== null) {
    return openShards(shards, {
      cropSize,
      minColourfulness,
      shuffleBuffer,
      cacheFolder,
      ...(signal ? { signal } : {}),
      ...progress,
    });
  }
  const outcome = await scanPhotos(await listPhotos(sources), {
    cropSize,
    minColourfulness,
    cacheFile: `${cacheFolder}/${cacheName}.json`,
    ...(signal ? { signal } : {}),
    ...progress,
  });
  return { photos: new FoundFiles(outcome.photos), outcome };
}
