import { extname, resolve } from "node:path";
import { AutochromeError } from "../errors.ts";
import { formatOfExtension, type PhotoFormat } from "../image/index.ts";
import { resultOf } from "../inference/index.ts";
import type { Found } from "./inputs.ts";
import type { JobData } from "./jobs.ts";
import { PathTable } from "./path-table.ts";
import { storedPath } from "./places.ts";

export interface PlanOptions {
  batch: string;
  /** Folder to write under, absolute; absent: beside each photo. */
  out?: string;
  format?: PhotoFormat;
  root: string | null;
}

export type Planned = { job: JobData } | { input: string; error: AutochromeError };

/**
 * Where each photo's result goes: as `colorize` puts it, `<stem>.color.<ext>`. A photo named twice is taken once; a
 * second one with the same result is an error.
 */
export async function* planJobs(
  found: AsyncIterable<Found>,
  { batch, out, format, root }: PlanOptions,
): AsyncGenerator<Planned> {
  const table = new PathTable();
  for await (const item of found) {
    if ("error" in item) {
      yield item;
      continue;
    }
    const { path } = item;
    try {
      const named = formatOfExtension(extname(path)) ?? "png";
      const full = resolve(path);
      const base = item.base === null ? null : resolve(item.base);
      const { output } = resultOf(full, base, named, { out, format });
      const job = { b: batch, i: storedPath(full, root), o: storedPath(output, root) };
      const before = table.add(job.i, job.o);
      if (before === "other") throw sameOutput(path, output);
      if (before === "new") yield { job };
    } catch (error) {
      if (!(error instanceof AutochromeError)) throw error;
      yield { input: path, error };
    }
  }
}

export function sameOutput(path: string, output: string, other = "another photo"): AutochromeError {
  return new AutochromeError(
    `'${path}' would become '${output}', as ${other} does. Colour them into different folders with -o.`,
    { code: "SAME_OUTPUT" },
  );
}
