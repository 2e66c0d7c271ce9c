/**
 * What stands in Redis: one small record a photo, and one for each set of options that photos were added with.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { TONES } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";

const FORMATS = ["jpeg", "png", "webp", "avif", "tiff"] as const;

/** How a batch of photos is to be coloured. */
const batchSchema = z.object({
  model: z.object({ name: z.string(), version: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  /** Whether the jobs' paths are relative to a root that each worker knows; else they are absolute. */
  rooted: z.boolean(),
  size: z.number().optional(),
  saturation: z.number().optional(),
  tones: z.enum(TONES).optional(),
  format: z.enum(FORMATS).optional(),
  quality: z.number().optional(),
  mark: z.boolean(),
});

export type Batch = z.infer<typeof batchSchema>;

/** A job's data. The names are short because Redis keeps each a million times. */
const jobSchema = z.object({
  /** Id of the {@link Batch}. */
  b: z.string(),
  /** The photo's path. */
  i: z.string().min(1),
  /** Path of the result. */
  o: z.string().min(1),
});

export type JobData = z.infer<typeof jobSchema>;

/** @throws AutochromeError for what is none, such as that of a newer version */
export function parseBatch(text: string): Batch {
  const parsed = batchSchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw badJob("its options cannot be read", parsed.error);
}

/** @throws AutochromeError for what is none, such as another program's */
export function parseJob(data: unknown): JobData {
  const parsed = jobSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw badJob("its record cannot be read", parsed.error);
}

function badJob(what: string, cause: unknown): AutochromeError {
  return new AutochromeError(
    `${what}: another program or version may have added it. Update Autochrome, or use another queue.`,
    { code: "BAD_JOB", cause },
  );
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}

/** The same for the same options, so that adding twice makes one batch. */
export function batchId(batch: Batch): string {
  const { model, rooted, size, saturation, tones, format, quality, mark } = batch;
  // Last, and only where given: batches added before there were tones keep their ids.
  const given = tones === undefined ? [] : [tones];
  return digest(
    JSON.stringify([model.name, model.sha256, rooted, size, saturation, format, quality, mark, ...given]),
    8,
  );
}

/**
 * A job's id: of 96 bits that depend on result and options, so that adding twice adds one job. It begins with a letter
 * because BullMQ takes no numbers.
 */
export function jobId(batch: string, output: string): string {
  return `p${digest(`${batch}\0${output}`, 16)}`;
}
