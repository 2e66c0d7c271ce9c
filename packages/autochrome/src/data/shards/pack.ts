import { readdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { AutochromeError } from "../../errors.ts";
import { makeFolder, writeError, writeFileAtomic } from "../../image/index.ts";
import { type LeftOut, type LeftOutReason, LeftOutTally, requireEnough } from "../left-out.ts";
import { Random } from "../random.ts";
import type { ListOptions } from "../sources.ts";
import { INDEX_FILE } from "./find-shards.ts";
import { HashRows } from "./hash-rows.ts";
import { inOrder } from "./in-order.ts";
import { type PackedPhoto, packPhoto } from "./pack-photo.ts";
import { openPackSource, type PackSource, requireOutside, settingsHash } from "./pack-source.ts";
import { readTable, type ShardTable, tableBeside, writeTable } from "./shard-table.ts";
import { ShardWriter } from "./shard-writer.ts";
import { memberBytes } from "./tar.ts";

/** The purpose of the draw that orders photos: see `Random.of`. */
const PACK_ORDER = 4;
/** Photos under way ahead of the one whose turn it is: their encoded bytes are what packing holds in memory. */
const AHEAD = 8;
const FORMAT = 1;

export interface PackOptions extends ListOptions {
  /** Shards are called `<name>-000000.tar` and so on. Default: the output folder's name. */
  name?: string;
  /** Largest shard, in MB of 10^6 bytes; a single photo may be larger. Default 256. */
  shardMegabytes?: number;
  /** Photos whose short side is larger are scaled down to this and encoded as JPEG; null keeps all bytes. */
  shortSide?: number | null;
  /** JPEG quality of what is scaled, 1..100. Default 92. */
  quality?: number;
  /** Smaller photos are left out. Default 128. */
  minSide?: number;
  /** Photos less colourful are left out as gray. Default 8. */
  minColourfulness?: number;
  /** Decides about the order. Default 1. */
  seed?: number;
  /** Replaces shards that are there. Default false. */
  overwrite?: boolean;
  /** Ends after the photo in hand; the shards that are whole stay, and the same call goes on after them. */
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** What packing has made; also what `index.json` says. */
export interface PackedShards {
  format: typeof FORMAT;
  photos: number;
  bytes: number;
  /** Mean a*, b* of the photos, each weighing the same. */
  meanChroma: [number, number];
  leftOut: Record<LeftOutReason, LeftOut>;
  settings: {
    shortSide: number | null;
    quality: number;
    minSide: number;
    minColourfulness: number;
    seed: number;
  };
  shards: { file: string; photos: number; bytes: number; sha256: string; meanChroma: [number, number] }[];
}

/**
 * Packs photos into tar shards in the WebDataset layout (`<key>.jpg` and `<key>.json`), in random order, each
 * shard with a table beside it, and writes `index.json` last. What `scanPhotos` would leave out is left out. The
 * same photos and settings give the same bytes. A packing that was interrupted goes on after its last whole
 * shard when called again.
 *
 * @returns null when it was interrupted
 * @throws AutochromeError when a source is missing or holds no fit photo, the output is taken, in a source,
 *   begun with other settings, or cannot be written
 */
export async function packPhotos(
  sources: readonly string[],
  out: string,
  options: PackOptions = {},
): Promise<PackedShards | null> {
  const name = options.name ?? basename(resolve(out));
  if (!/^[\p{L}\p{N}_.-]+$/u.test(name) || Buffer.byteLength(name) > 80) {
    throw new AutochromeError(`shards cannot be called '${name}': use letters, digits, - and _, up to 80.`, {
      code: "BAD_NAME",
      exitCode: 2,
    });
  }
  requireOutside(out, sources);
  const settings = {
    shortSide: options.shortSide ?? null,
    quality: options.quality ?? 92,
    minSide: options.minSide ?? 128,
    minColourfulness: options.minColourfulness ?? 8,
    seed: options.seed ?? 1,
  };
  const limit = (options.shardMegabytes ?? 256) * 1e6;
  const source = await openPackSource(sources, options);
  try {
    await makeFolder(out).catch((error) => {
      throw writeError(out, error);
    });
    if (options.overwrite) await clear(out, name);
    const packing = new Packing(out, name, limit, settingsHash(source, { ...settings, name, limit }));
    await packing.resume();
    if (!(await packAll(source, packing, settings, options))) return null;
    const index = { ...packing.summary(source.length), settings };
    await writeFileAtomic(join(out, INDEX_FILE), `${JSON.stringify(index, null, 2)}\n`);
    return index;
  } finally {
    await source.close();
  }
}

/** False when it was interrupted. */
async function packAll(
  source: PackSource,
  packing: Packing,
  settings: PackedShards["settings"],
  options: PackOptions,
): Promise<boolean> {
  const order = Random.of(settings.seed, PACK_ORDER).permutation(source.length).subarray(packing.done);
  const photos = inOrder(order, AHEAD, async (index) => packPhoto(source, index, settings));
  try {
    for await (const photo of photos) {
      if (options.signal?.aborted) return false;
      await packing.add(photo);
      options.onProgress?.(packing.done, source.length);
    }
    await packing.closeShard();
    return true;
  } finally {
    await packing.discard();
  }
}

/** Shards as they are written, and what was left out of them. */
class Packing {
  /** Photos of the order that are done. */
  done = 0;
  readonly #out: string;
  readonly #name: string;
  readonly #limit: number;
  readonly #settings: string;
  #tally = new LeftOutTally();
  readonly #hashes = new HashRows();
  readonly #shards: PackedShards["shards"] = [];
  #writer: ShardWriter | null = null;
  #records: ShardTable["records"] = [];

  constructor(out: string, name: string, limit: number, settings: string) {
    this.#out = out;
    this.#name = name;
    this.#limit = limit;
    this.#settings = settings;
  }

  /** Takes up after the whole shards that an interrupted packing left. */
  async resume(): Promise<void> {
    const names = new Set(await readdir(this.#out));
    if (names.has(INDEX_FILE)) {
      throw new AutochromeError(
        `${this.#out} holds packed photos already: add --overwrite to replace them, or name another folder.`,
        { code: "SHARDS_EXIST", exitCode: 2 },
      );
    }
    for (;;) {
      const path = this.#nextPath();
      const table = names.has(basename(path)) ? await readTable(tableBeside(path)) : null;
      if (table?.sha256 == null || table.pack === null) break;
      if (table.pack.settings !== this.#settings) {
        throw new AutochromeError(
          `${this.#out} holds shards of other photos or settings: add --overwrite to replace them, or name ` +
            "another folder.",
          { code: "SHARDS_EXIST", exitCode: 2 },
        );
      }
      for (const record of table.records) if ("sha256" in record) this.#hashes.add(record.sha256);
      this.done = table.pack.done;
      this.#tally = new LeftOutTally(table.pack.leftOut);
      this.#list(path, table);
    }
    const stray = basename(this.#nextPath());
    // A shard without its table is one that was being finished; any other is not ours to write over.
    const beyond = [...names].filter((name) => isShard(name, this.#name) && name > stray);
    if (beyond.length > 0) {
      throw new AutochromeError(
        `${this.#out} holds ${beyond[0]}, which this packing did not write: add --overwrite, or name another folder.`,
        { code: "SHARDS_EXIST", exitCode: 2 },
      );
    }
  }

  async add(photo: PackedPhoto): Promise<void> {
    if ("leftOut" in photo) this.#tally.add(photo.leftOut, photo.name, photo.detail);
    else if (!this.#hashes.add(photo.facts.sha256)) {
      this.#tally.add("duplicate", photo.name, `content ${photo.facts.sha256.slice(0, 12)}`);
    } else {
      await this.#write(photo);
    }
    this.done++;
  }

  async #write({ bytes, extension, facts, name }: Exclude<PackedPhoto, { leftOut: unknown }>): Promise<void> {
    const key = String(this.#hashes.length - 1).padStart(9, "0");
    const text = Buffer.from(`${JSON.stringify({ ...facts, name: basename(name) })}\n`);
    const added = memberBytes(bytes.length) + memberBytes(text.length);
    if (this.#writer !== null && this.#writer.bytes + added > this.#limit) await this.closeShard();
    this.#writer ??= await ShardWriter.create(this.#nextPath());
    const member = `${key}${extension}`;
    const offset = await this.#writer.add(member, bytes);
    await this.#writer.add(`${key}.json`, text);
    this.#records.push({ name: member, offset, size: bytes.length, ...facts });
  }

  /** Gives the shard in hand its name, then its table, which says that it is whole. */
  async closeShard(): Promise<void> {
    if (this.#writer === null) return;
    const { path } = this.#writer;
    const { bytes, sha256 } = await this.#writer.finish();
    this.#writer = null;
    const table: ShardTable = {
      bytes,
      mtimeMs: null,
      sha256,
      damage: null,
      pack: { settings: this.#settings, done: this.done, leftOut: this.#tally.reasons },
      records: this.#records,
    };
    this.#records = [];
    await writeTable(tableBeside(path), table);
    this.#list(path, table);
  }

  /** Removes the shard in hand. */
  async discard(): Promise<void> {
    await this.#writer?.discard();
  }

  /** @throws AutochromeError when nothing was fit */
  summary(found: number): Omit<PackedShards, "settings"> {
    const photos = this.#shards.reduce((sum, shard) => sum + shard.photos, 0);
    const leftOut = this.#tally.reasons;
    requireEnough({ found, photos: { length: photos }, leftOut }, 1);
    const mean = (channel: 0 | 1): number =>
      this.#shards.reduce((sum, shard) => sum + shard.photos * shard.meanChroma[channel], 0) / photos;
    return {
      format: FORMAT,
      photos,
      bytes: this.#shards.reduce((sum, shard) => sum + shard.bytes, 0),
      meanChroma: [mean(0), mean(1)],
      leftOut,
      shards: this.#shards,
    };
  }

  #nextPath(): string {
    return join(this.#out, `${this.#name}-${String(this.#shards.length).padStart(6, "0")}.tar`);
  }

  #list(path: string, { bytes, sha256, records }: ShardTable): void {
    const mean: [number, number] = [0, 0];
    for (const record of records) {
      if (!("chroma" in record)) continue;
      mean[0] += record.chroma[0] / records.length;
      mean[1] += record.chroma[1] / records.length;
    }
    this.#shards.push({
      file: basename(path),
      photos: records.length,
      bytes,
      sha256: sha256 ?? "",
      meanChroma: mean,
    });
  }
}

function isShard(file: string, name: string): boolean {
  return file.startsWith(`${name}-`) && /^\d{6,}\.tar$/.test(file.slice(name.length + 1));
}

/** Removes an earlier packing of the same name: its index first, so that it never names what is gone. */
async function clear(out: string, name: string): Promise<void> {
  try {
    await rm(join(out, INDEX_FILE), { force: true });
    for (const file of await readdir(out)) {
      const shard = file.replace(/\.index\.jsonl$/, ".tar");
      if (isShard(shard, name)) await rm(join(out, file), { force: true });
    }
  } catch (error) {
    throw writeError(out, error);
  }
}
