import { dirname, relative, sep } from "node:path";
import { AutochromeError } from "../errors.ts";
import type { EvaluationPhoto } from "../evaluation/index.ts";
import { decodeForTraining, readDimensions } from "../image/index.ts";

/** A photo that could not be read, and was left out. */
export interface SkippedPhoto {
  path: string;
  error: AutochromeError;
}

/** Photos decoded ahead of the one being measured. */
const AHEAD = 2;

/**
 * Decodes photos one after the other at the size at which they are measured: 8-bit sRGB, upright, alpha on white,
 * scaled down so that the long side is at most `longSide`. Those that do not decode are told of and passed over.
 *
 * @param paths each is named by its path below the folder that they all share
 */
export async function* loadPhotos(
  paths: readonly string[],
  longSide: number,
  onSkip: (skipped: SkippedPhoto) => void,
): AsyncGenerator<EvaluationPhoto> {
  const root = sharedFolder(paths);
  const decode = async (path: string): Promise<EvaluationPhoto | SkippedPhoto> => {
    try {
      const name = relative(root, path).split(sep).join("/");
      return { name, ...(await decodeAt(path, longSide)) };
    } catch (cause) {
      if (cause instanceof AutochromeError) return { path, error: cause };
      return { path, error: new AutochromeError(`${path}: ${cause}`, { code: "UNDECODABLE", cause }) };
    }
  };
  const decoding: Promise<EvaluationPhoto | SkippedPhoto>[] = [];
  for (let next = 0; next < paths.length || decoding.length > 0; ) {
    while (next < paths.length && decoding.length <= AHEAD) decoding.push(decode(paths[next++]!));
    const photo = await decoding.shift()!;
    if ("error" in photo) onSkip(photo);
    else yield photo;
  }
}

async function decodeAt(path: string, longSide: number) {
  const { width, height } = await readDimensions(path);
  const short = Math.min(width, height);
  const scale = Math.min(1, longSide / Math.max(width, height));
  return decodeForTraining(path, { shortSide: Math.max(1, Math.floor(short * scale)) });
}

/** The deepest folder that holds all of the paths. */
function sharedFolder(paths: readonly string[]): string {
  let shared = dirname(paths[0] ?? "");
  for (const path of paths) {
    while (!path.startsWith(shared.endsWith(sep) ? shared : shared + sep)) shared = dirname(shared);
  }
  return shared;
}

/** At most `limit` of the paths, evenly spaced over the list. */
export function thinOut<T>(items: readonly T[], limit: number): T[] {
  if (items.length <= limit) return [...items];
  return Array.from({ length: limit }, (_, i) => items[Math.floor((i * items.length) / limit)]!);
}
