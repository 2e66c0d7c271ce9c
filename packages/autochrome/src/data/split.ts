import { createHash } from "node:crypto";
import { AutochromeError } from "../errors.ts";

/**
 * Splits photos into training and validation by their content, so that a photo stays on its side when others
 * come or go, and copies under other names never stand on both.
 *
 * A photo goes to validation when SHA-256(seed, content hash), read as a fraction, is below `valFraction`
 * (0 <= valFraction < 1). With two or more photos and a fraction above 0 neither side is left empty.
 * @throws AutochromeError when `valFraction` is outside [0, 1) or one photo alone should be split.
 */
export function splitByHash<P extends { hash: string }>(
  photos: readonly P[],
  valFraction: number,
  seed: number,
): { train: P[]; val: P[] } {
  const { train, val } = splitNumbers(photos.length, (i) => photos[i].hash, valFraction, seed);
  return { train: Array.from(train, (i) => photos[i]), val: Array.from(val, (i) => photos[i]) };
}

/**
 * As `splitByHash`, for photos 0 to `count` - 1 that are no list: their numbers, in order.
 * @throws AutochromeError as `splitByHash`
 */
export function splitNumbers(
  count: number,
  hashOf: (index: number) => string,
  valFraction: number,
  seed: number,
): { train: Uint32Array; val: Uint32Array } {
  if (!(valFraction >= 0 && valFraction < 1)) {
    throw new AutochromeError(
      `The validation share has to be in [0, 1), but it is ${valFraction}. Try 0.1.`,
      {
        code: "BAD_SPLIT",
        exitCode: 2,
      },
    );
  }
  const all = Uint32Array.from({ length: count }, (_, i) => i);
  if (valFraction === 0 || count === 0) return { train: all, val: new Uint32Array() };
  if (count === 1) {
    throw new AutochromeError("One photo cannot be split: add photos, or name a folder with --val.", {
      code: "BAD_SPLIT",
    });
  }
  const fractions = Float64Array.from(all, (i) => hashFraction(hashOf(i), seed));
  let threshold = valFraction;
  const lowest = fractions.reduce((x, y) => Math.min(x, y), 1);
  const highest = fractions.reduce((x, y) => Math.max(x, y), 0);
  if (lowest >= threshold) threshold = lowest + Number.EPSILON;
  if (highest < threshold) threshold = highest;
  return {
    train: all.filter((i) => fractions[i] >= threshold),
    val: all.filter((i) => fractions[i] < threshold),
  };
}

/** 48 bits of SHA-256 over seed and content hash, as a number in [0, 1). */
function hashFraction(hash: string, seed: number): number {
  return createHash("sha256").update(`${seed}:${hash}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/**
 * SHA-256 (hex) over the photos' content hashes in their order: equal exactly when two runs see the same
 * photos in the same order, which is what an exact resume needs.
 */
export function fingerprintPhotos(photos: Iterable<{ hash: string }>): string {
  const digest = createHash("sha256");
  for (const photo of photos) digest.update(`${photo.hash}\n`);
  return digest.digest("hex");
}
