/**
 * Photos and settings for tests.
 *
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { uniformGenerator } from "../models/index.ts";
import { type PartialConfig, resolveConfig, type TrainConfig } from "./config/index.ts";

/** Writes colourful PNGs, each of its own colours, and returns their folder. */
export async function makePhotos(root: string, count = 6, size = 24): Promise<string> {
  const folder = join(root, "photos");
  await mkdir(folder, { recursive: true });
  for (let index = 0; index < count; index++) {
    const uniform = uniformGenerator(index + 1);
    const [red, green, blue] = [uniform(), uniform(), uniform()];
    const rgb = new Uint8Array(size * size * 3);
    for (let i = 0; i < size * size; i++) {
      const [x, y] = [(i % size) / size, Math.floor(i / size) / size];
      rgb.set([255 * red * x + 20, 255 * green * y + 20, 255 * blue * (1 - x) + 20 * uniform()], 3 * i);
    }
    await sharp(rgb, { raw: { width: size, height: size, channels: 3 } }).toFile(
      join(folder, `photo-${index}.png`),
    );
  }
  return folder;
}

/** A row of metrics.jsonl without what the clock says, which no two runs share. */
export function withoutClock(row: Record<string, unknown>): Record<string, unknown> {
  const ofTheClock = ["imagesPerSecond", "waitFraction", "seconds", "secondsLeft"];
  return Object.fromEntries(Object.entries(row).filter(([name]) => !ofTheClock.includes(name)));
}

/** The smallest networks at 8 pixels on the `cpu` backend: a step takes some 20 ms. */
export function testConfig(flags: PartialConfig): TrainConfig {
  return resolveConfig({
    flags: {
      preset: "tiny",
      width: 2,
      depth: 2,
      discriminatorWidth: 2,
      discriminatorLayers: 1,
      cropSize: 8,
      batchSize: 2,
      steps: 6,
      pretrainSteps: 2,
      validateEvery: 3,
      validationPhotos: 2,
      validationSize: 8,
      samples: 2,
      checkpointEvery: 2,
      minColourfulness: 0,
      backend: "cpu",
      ...flags,
    },
  });
}
