import { rgbToLab } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import { decodeForTraining, readDimensions } from "../image/index.ts";
import type { DecodedPhoto } from "./photo-cache.ts";
import type { SkippedPhoto } from "./skips.ts";

/** Means settle long before every photo of a large collection is seen. */
const MEAN_SAMPLE = 500;
const MEAN_SHORT_SIDE = 64;

export interface ValidationPhoto extends DecodedPhoto {
  path: string;
}

export interface PhotoSetOptions {
  /** Told of each photo that does not decode and is passed over. */
  onSkip?: (skipped: SkippedPhoto) => void;
}

/**
 * Mean a*, b* of photos, each photo weighing the same, at a small size: the baseline that knows only the
 * collection's tint. Of more than `sample` (default 500) photos, that many evenly spaced ones are looked at.
 * @returns [a, b] in Lab units
 * @throws AutochromeError when no photo decodes
 */
export async function meanChroma(
  photos: readonly { path: string }[],
  options: PhotoSetOptions & { sample?: number } = {},
): Promise<[number, number]> {
  const count = Math.min(photos.length, options.sample ?? MEAN_SAMPLE);
  const sampled = Array.from({ length: count }, (_, i) => photos[Math.floor((i * photos.length) / count)]);
  const means = await mapPhotos(sampled, options, async ({ path }): Promise<[number, number]> => {
    const { rgb } = await decodeForTraining(path, { shortSide: MEAN_SHORT_SIDE });
    const lab = rgbToLab(rgb);
    let a = 0;
    let b = 0;
    for (let i = 0; i < lab.length; i += 3) {
      a += lab[i + 1];
      b += lab[i + 2];
    }
    const pixels = lab.length / 3;
    return [a / pixels, b / pixels];
  });
  const sum = means.reduce(([a, b], mean) => [a + mean[0], b + mean[1]], [0, 0]);
  return [sum[0] / means.length, sum[1] / means.length];
}

/**
 * Photos to validate on and to draw samples from, 8-bit interleaved sRGB, reduced so that the long side is at
 * most `longSide` (default 512), in the order given.
 * @throws AutochromeError when no photo decodes
 */
export async function loadValidationPhotos(
  paths: readonly string[],
  options: PhotoSetOptions & { longSide?: number } = {},
): Promise<ValidationPhoto[]> {
  const longSide = options.longSide ?? 512;
  const photos = paths.map((path) => ({ path }));
  return mapPhotos(photos, options, async ({ path }) => {
    const { width, height } = await readDimensions(path);
    const long = Math.max(width, height);
    const short = Math.min(width, height);
    const shortSide = Math.max(1, Math.min(short, Math.floor((short * longSide) / long)));
    return { path, ...(await decodeForTraining(path, { shortSide })) };
  });
}

/** Results in the order of the photos, without those that failed, four photos at a time. */
async function mapPhotos<T>(
  photos: readonly { path: string }[],
  options: PhotoSetOptions,
  use: (photo: { path: string }) => Promise<T>,
): Promise<T[]> {
  const results = new Array<T | undefined>(photos.length).fill(undefined);
  let next = 0;
  let failure: unknown;
  const worker = async (): Promise<void> => {
    while (next < photos.length) {
      const i = next++;
      const photo = photos[i];
      try {
        results[i] = await use(photo);
      } catch (cause) {
        failure = cause;
        const error =
          cause instanceof AutochromeError
            ? cause
            : new AutochromeError(`${photo.path}: ${cause}`, { cause, code: "UNDECODABLE" });
        options.onSkip?.({ path: photo.path, error });
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  const kept = results.filter((result) => result !== undefined);
  if (kept.length > 0) return kept;
  const reason = failure instanceof Error ? ` (${failure.message})` : "";
  throw new AutochromeError(
    photos.length === 0
      ? "There are no photos to look at: name a folder that holds some."
      : `None of ${photos.length} photos can be decoded${reason}: name others.`,
    { code: "NO_PHOTOS", cause: failure },
  );
}
