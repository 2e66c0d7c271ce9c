import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { EvaluationResult, ModelsPhotoEvent, ReportImage, ReportModel } from "../evaluation/index.ts";
import type { Networks } from "./networks.ts";

/** Long side of a report's pictures, in pixels. */
const LONG_SIDE = 384;
const QUALITY = 80;

/** A photo's pictures, small, as JPEG. */
export async function reportImage({ name, width, height, images }: ModelsPhotoEvent): Promise<ReportImage> {
  const encode = (rgb: Uint8Array): Promise<Buffer> =>
    sharp(rgb, { raw: { width, height, channels: 3 } })
      .resize(LONG_SIDE, LONG_SIDE, { fit: "inside", withoutEnlargement: true })
      .jpeg({ quality: QUALITY })
      .toBuffer();
  const [gray, truth, ...painted] = await Promise.all(
    [images.gray, images.truth, ...images.painted].map(encode),
  );
  return { name, gray, painted, truth };
}

/** A model as the report shows it, a run with its records. */
export async function reportModel(
  { name, colorizer, run }: Networks,
  result: EvaluationResult,
): Promise<ReportModel> {
  const { version, preset, space } = colorizer.info;
  const details = [`version ${version}`, `preset ${preset}`, `space ${space}`];
  return {
    name,
    details: (run === null ? details : [`run ${run}`, ...details.slice(1)]).join(" · "),
    result,
    ...(run === null ? {} : await runRecords(run)),
  };
}

/** A run's records; empty where it has none, or a killed run left a line half-written. */
async function runRecords(run: string): Promise<Pick<ReportModel, "metrics" | "events" | "config">> {
  const read = (name: string): Promise<string> => readFile(join(run, name), "utf8").catch(() => "");
  const lines = async (name: string): Promise<Record<string, unknown>[]> =>
    (await read(name)).split("\n").flatMap((line) => {
      const row = parse(line);
      return row === undefined ? [] : [row as Record<string, unknown>];
    });
  return {
    metrics: await lines("metrics.jsonl"),
    events: await lines("events.jsonl"),
    config: parse(await read("config.json")),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
