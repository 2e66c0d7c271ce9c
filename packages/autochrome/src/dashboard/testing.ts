/**
 * Run folders for tests.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface RunParts {
  config?: Record<string, unknown>;
  rows?: readonly Record<string, unknown>[];
  events?: readonly Record<string, unknown>[];
  /** Steps with a sample sheet, which holds its step as text. */
  samples?: readonly number[];
}

export const asLines = (records: readonly unknown[]) =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

/** Writes the folder of a run, over what was there. */
export async function writeRun(
  folder: string,
  { config = {}, rows = [], events = [], samples = [] }: RunParts = {},
) {
  await mkdir(join(folder, "samples"), { recursive: true });
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  await writeFile(join(folder, "metrics.jsonl"), asLines(rows));
  await writeFile(join(folder, "events.jsonl"), asLines(events));
  for (const step of samples) {
    await writeFile(join(folder, "samples", `step-${String(step).padStart(7, "0")}.jpg`), `sheet ${step}`);
  }
}
