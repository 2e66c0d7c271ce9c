import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "./random.ts";

/** Runs `use` with a fresh folder and removes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "autochrome-data-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes a colourful picture of smooth patches, different for each seed; the name's ending is its format. */
export async function writePhoto(path: string, width: number, height: number, seed: number): Promise<string> {
  const random = Random.of(seed, 77);
  const patches = Buffer.from(Uint8Array.from({ length: 8 * 8 * 3 }, () => random.integer(256)));
  await sharp(patches, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: "fill" })
    .toFile(path);
  return path;
}
