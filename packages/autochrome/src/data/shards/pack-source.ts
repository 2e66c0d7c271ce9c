import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import { AutochromeError } from "../../errors.ts";
import { readError } from "../../image/index.ts";
import { errorCode, type ListOptions, listPhotos } from "../sources.ts";
import { findShards } from "./find-shards.ts";
import { OpenFiles } from "./open-files.ts";
import { isPhoto } from "./open-table.ts";
import { readAt, readMembers } from "./tar.ts";

/** Photos to pack, not looked at yet. */
export interface PackSource {
  readonly length: number;
  nameOf(index: number): string;
  /** @throws AutochromeError when it is gone or cannot be read */
  read(index: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Files, or photos in other tar archives, in an order that depends on names alone.
 * @throws AutochromeError when a source is missing, or holds no photo
 */
export async function openPackSource(sources: readonly string[], options: ListOptions): Promise<PackSource> {
  const shards = await findShards(sources);
  return shards === null
    ? fileSource(await listPhotos([...sources], options))
    : memberSource(shards, options);
}

function fileSource(paths: readonly string[]): PackSource {
  return {
    length: paths.length,
    nameOf: (index) => paths[index]!,
    read: async (index) => {
      try {
        return await readFile(paths[index]!);
      } catch (error) {
        throw readError(paths[index]!, error);
      }
    },
    close: async () => {},
  };
}

async function memberSource(shards: readonly string[], options: ListOptions): Promise<PackSource> {
  const files = new OpenFiles(16);
  const members: { shard: string; name: string; offset: number; size: number }[] = [];
  for (const shard of shards) {
    try {
      await files.with(shard, async (file) => {
        const found = readMembers(file);
        for (;;) {
          const next = await found.next();
          if (next.done) {
            if (next.value !== null) options.onSkip?.({ path: shard, message: next.value });
            return;
          }
          if (isPhoto(next.value.name)) members.push({ shard, ...next.value });
        }
      });
    } catch (error) {
      options.onSkip?.({ path: shard, message: `cannot be read (${errorCode(error)})` });
    }
  }
  if (members.length === 0) {
    throw new AutochromeError(`${shards.length} archives hold no photo: name others.`, { code: "NO_PHOTOS" });
  }
  return {
    length: members.length,
    nameOf: (index) => `${members[index]!.shard}/${members[index]!.name}`,
    read: async (index) => {
      const { shard, offset, size } = members[index]!;
      try {
        return await files.with(shard, (file) => readAt(file, offset, size));
      } catch (error) {
        throw readError(shard, error);
      }
    },
    close: () => files.close(),
  };
}

/** @throws AutochromeError when the output lies in a source's folder, which the next `pack` would read again */
export function requireOutside(out: string, sources: readonly string[]): void {
  for (const source of sources) {
    const way = relative(resolve(source), resolve(out));
    if (way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && resolve(way) !== way)) {
      throw new AutochromeError(
        `${out} lies in ${source}, which is to be packed: choose an output elsewhere.`,
        {
          code: "BAD_OUTPUT",
          exitCode: 2,
        },
      );
    }
  }
}

/** What tells one packing from another: which photos, in which order, under which settings. */
export function settingsHash(source: PackSource, settings: object): string {
  const digest = createHash("sha256").update(`${JSON.stringify(settings)}\n`);
  for (let i = 0; i < source.length; i++) digest.update(`${source.nameOf(i)}\n`);
  return digest.digest("hex");
}
