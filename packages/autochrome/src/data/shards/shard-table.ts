import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { z } from "zod";
import { writeFileAtomic } from "../../image/index.ts";

const FORMAT = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

/** What is known of a photo without decoding it again. */
export const photoFactsSchema = z.object({
  /** Upright, pixels. */
  width: z.int().min(1),
  height: z.int().min(1),
  /** SHA-256 of the photo's file, before any scaling by `pack`: what tells copies. */
  sha256: hash,
  colourfulness: z.number(),
  /** Mean a*, b*. */
  chroma: z.tuple([z.number(), z.number()]),
});

export type PhotoFacts = z.infer<typeof photoFactsSchema>;

const place = { name: z.string(), offset: count, size: count };

/** A member of a shard that is a photo by its name. */
const recordSchema = z.union([
  z.object({ ...place, ...photoFactsSchema.shape }),
  z.object({ ...place, corrupt: z.string() }),
]);

export type ShardRecord = z.infer<typeof recordSchema>;

const reason = z.object({
  count,
  examples: z.array(z.object({ path: z.string(), detail: z.string() })),
});

const headerSchema = z.object({
  format: z.literal(FORMAT),
  /** Of the shard. */
  bytes: count,
  /** Time of change of the shard; null where `pack` wrote both, which stay together when copied. */
  mtimeMs: z.number().nullable(),
  /** Of the shard; null where another program wrote it. */
  sha256: hash.nullable(),
  /** Why reading ended before the archive's regular end, or null. */
  damage: z.string().nullable(),
  photos: count,
  /** Where `pack` stood when it closed the shard. */
  pack: z
    .object({
      /** Tells its sources and settings from others. */
      settings: hash,
      /** Photos of its order that are done. */
      done: count,
      leftOut: z.object({
        unreadable: reason,
        corrupt: reason,
        "too small": reason,
        "near gray": reason,
        duplicate: reason,
      }),
    })
    .nullable(),
});

export type ShardHeader = Omit<z.infer<typeof headerSchema>, "format" | "photos">;

/** A shard's table of contents. */
export interface ShardTable extends ShardHeader {
  records: ShardRecord[];
}

/** Beside the shard, where `pack` puts it. */
export function tableBeside(shard: string): string {
  return join(dirname(shard), `${basename(shard, extname(shard))}.index.jsonl`);
}

/** For a shard whose folder is not to be written. */
export function tableWithin(folder: string, shard: string): string {
  const path = resolve(shard);
  const tag = createHash("sha256").update(path).digest("hex").slice(0, 12);
  return join(folder, `${basename(path, extname(path))}-${tag}.index.jsonl`);
}

/** @throws AutochromeError when it cannot be written */
export async function writeTable(path: string, { records, ...header }: ShardTable): Promise<void> {
  const lines = [JSON.stringify({ format: FORMAT, ...header, photos: records.length })];
  for (const record of records) lines.push(JSON.stringify(record));
  lines.push("");
  await writeFileAtomic(path, lines.join("\n"));
}

/** Null where there is none, or one that is damaged or of another format: it can be made again. */
export async function readTable(path: string): Promise<ShardTable | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  try {
    const lines = text.split("\n");
    const { format: _, photos, ...header } = headerSchema.parse(JSON.parse(lines[0]!));
    if (lines.length !== photos + 2) return null;
    const records = lines.slice(1, -1).map((line) => recordSchema.parse(JSON.parse(line)));
    return { ...header, records };
  } catch {
    return null;
  }
}
