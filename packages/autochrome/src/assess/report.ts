import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { PhotoEvent, ReportImage } from "../evaluation/index.ts";

/** Long side of a report's pictures, in pixels. */
const LONG_SIDE = 384;
const QUALITY = 80;

/** A photo's three pictures, small, as JPEG. */
export async function reportImage({ name, width, height, images }: PhotoEvent): Promise<ReportImage> {
  const encode = (rgb: Uint8Array): Promise<Buffer> =>
    sharp(rgb, { raw: { width, height, channels: 3 } })
      .resize(LONG_SIDE, LONG_SIDE, { fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  const [gray, colourized, truth] = await Promise.all([
    encode(images.gray),
    encode(images.colourized),
    encode(images.truth),
  ]);
  return { name, gray, colourized, truth };
}

/** A run's records for the report; empty where it has none, or a killed run left a line half-written. */
export async function runRecords(
  run: string,
): Promise<{ curves: Record<string, unknown>[]; config: unknown }> {
  const read = (name: string): Promise<string> => readFile(join(run, name), "utf8").catch(() => "");
  const curves = (await read("metrics.jsonl")).split("\n").flatMap((line) => {
    const row = parse(line);
    return row === undefined ? [] : [row as Record<string, unknown>];
  });
  return { curves, config: parse(await read("config.json")) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
