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
  if (!(valFraction >= 0 && valFraction < 1)) {
    throw new AutochromeError(
      `The validation share has to be in [0, 1), but it is ${valFraction}. Try 0.1.`,
      {
        code: "BAD_SPLIT",
        exitCode: 2,
      },
    );
  }
  if (valFraction === 0 || photos.length === 0) return { train: [...photos], val: [] };
  const fractions = photos.map((photo) => hashFraction(photo.hash, seed));
  let threshold = valFraction;
  if (photos.length === 1) {
    throw new AutochromeError("One photo cannot be split: add photos, or name a folder with --val.", {
      code: "BAD_SPLIT",
    });
  }
  const lowest = fractions.reduce((x, y) => Math.min(x, y), 1);
  const highest = fractions.reduce((x, y) => Math.max(x, y), 0);
  if (lowest >= threshold) threshold = lowest + Number.EPSILON;
  if (highest < threshold) threshold = highest;
  return {
    train: photos.filter((_, i) => fractions[i] >= threshold),
    val: photos.filter((_, i) => fractions[i] < threshold),
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
export function fingerprintPhotos(photos: readonly { hash: string }[]): string {
  const digest = createHash("sha256");
  for (const photo of photos) digest.update(`${photo.hash}\n`);
  return digest.digest("hex");
}
