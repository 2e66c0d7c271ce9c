import { stat } from "node:fs/promises";
import { readError } from "../../image/index.ts";
import type { FoundPhotos } from "../found-photos.ts";
import { type FitnessLimits, LeftOutTally, requireEnough, type ScanOutcome, unfitness } from "../left-out.ts";
import { HashRows } from "./hash-rows.ts";
import { openTable } from "./open-table.ts";
import { type PhotoPlaces, ShardPhotos } from "./shard-photos.ts";
import type { ShardRecord, ShardTable } from "./shard-table.ts";

const DEFAULT_SHUFFLE_BUFFER = 10_000;

export interface OpenShardsOptions extends FitnessLimits {
  /** Photos from which the next one is drawn. Default 10000. */
  shuffleBuffer?: number;
  /** Where tables of contents go that cannot be written beside their shards. */
  cacheFolder?: string;
  /** Fewer photos than this is an error. Default 1. */
  minimum?: number;
  /** Ends the search before the next shard. */
  signal?: AbortSignal;
  /** After each photo; how many there are in all is estimated from the shards' bytes. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Learns what shards hold and sorts out what training cannot use. Shards that `pack` wrote, and others from the
 * second time on, are known from their tables; otherwise every photo is looked at once.
 *
 * @returns what is fit, in the order of the shards
 * @throws AutochromeError when fewer photos than `minimum` remain
 */
export async function openShards(
  shards: readonly string[],
  options: OpenShardsOptions,
): Promise<{ photos: FoundShardPhotos; outcome: ScanOutcome }> {
  const tally = new LeftOutTally();
  const rows = new Rows();
  const usable: string[] = [];
  const allBytes = await totalBytes(shards);
  let bytesBehind = 0;
  let found = 0;
  for (const shard of shards) {
    options.signal?.throwIfAborted();
    let table: ShardTable;
    let looked = 0;
    const onPhoto = (bytes: number): void => {
      looked++;
      const done = found + looked;
      options.onProgress?.(done, Math.round((done * allBytes) / (bytesBehind + bytes)));
    };
    try {
      table = await openTable(shard, {
        onPhoto,
        ...(options.cacheFolder ? { cacheFolder: options.cacheFolder } : {}),
      });
    } catch (error) {
      found++;
      tally.add("unreadable", shard, readError(shard, error).message);
      continue;
    }
    bytesBehind += table.bytes;
    if (table.damage !== null) {
      found++;
      tally.add("unreadable", shard, table.damage);
    }
    for (const record of table.records) {
      found++;
      sortOut(record, shard, rows, tally, options);
    }
    usable.push(shard);
    rows.endShard();
    options.onProgress?.(found, Math.max(found, Math.round((found * allBytes) / Math.max(1, bytesBehind))));
  }
  const photos = new FoundShardPhotos(usable, rows, options.shuffleBuffer ?? DEFAULT_SHUFFLE_BUFFER);
  const outcome = { found, photos, leftOut: tally.reasons };
  requireEnough(outcome, options.minimum ?? 1);
  return { photos, outcome };
}

async function totalBytes(shards: readonly string[]): Promise<number> {
  let sum = 0;
  for (const shard of shards)
    sum += await stat(shard).then(
      ({ size }) => size,
      () => 0,
    );
  return sum;
}

function sortOut(
  record: ShardRecord,
  shard: string,
  rows: Rows,
  tally: LeftOutTally,
  limits: FitnessLimits,
): void {
  const name = `${shard}/${record.name}`;
  if ("corrupt" in record) {
    tally.add("corrupt", name, record.corrupt);
  } else if (record.size >= 2 ** 32) {
    tally.add("corrupt", name, `${record.size} bytes are no photo`);
  } else {
    const unfit = unfitness(record, limits);
    if (unfit) tally.add(unfit.leftOut, name, unfit.detail);
    else if (!rows.add(record)) tally.add("duplicate", name, `content ${record.sha256.slice(0, 12)}`);
  }
}

/** Columns that grow: what is known of each photo until they are split. */
class Rows {
  readonly hashes = new HashRows();
  readonly starts: number[] = [0];
  blocks = new Uint32Array(1024);
  sizes = new Uint32Array(1024);
  shortSides = new Uint16Array(1024);
  /** Mean a*, b*, in turn. */
  chroma = new Float32Array(2048);

  /** False where a photo of that content is there already. */
  add(record: Exclude<ShardRecord, { corrupt: string }>): boolean {
    const i = this.hashes.length;
    if (!this.hashes.add(record.sha256)) return false;
    if (i === this.blocks.length) this.#grow();
    this.blocks[i] = record.offset / 512;
    this.sizes[i] = record.size;
    this.shortSides[i] = Math.min(record.width, record.height, 65535);
    this.chroma.set(record.chroma, 2 * i);
    return true;
  }

  endShard(): void {
    this.starts.push(this.hashes.length);
  }

  #grow(): void {
    const { length } = this.blocks;
    const grown = <A extends Uint32Array | Uint16Array | Float32Array>(larger: A, old: A): A => {
      larger.set(old);
      return larger;
    };
    this.blocks = grown(new Uint32Array(2 * length), this.blocks);
    this.sizes = grown(new Uint32Array(2 * length), this.sizes);
    this.shortSides = grown(new Uint16Array(2 * length), this.shortSides);
    this.chroma = grown(new Float32Array(4 * length), this.chroma);
  }
}

/** Photos in shards, before they are split: some 70 bytes a photo, given back when that is done. */
export class FoundShardPhotos implements FoundPhotos {
  readonly #shards: readonly string[];
  readonly #rows: Rows;
  readonly #shuffleBuffer: number;

  constructor(shards: readonly string[], rows: Rows, shuffleBuffer: number) {
    this.#shards = shards;
    this.#rows = rows;
    this.#shuffleBuffer = shuffleBuffer;
  }

  get length(): number {
    return this.#rows.hashes.length;
  }

  hashOf(index: number): string {
    return this.#rows.hashes.at(index);
  }

  /** @param indices ascending */
  pick(indices: Uint32Array): ShardPhotos {
    const { starts, blocks, sizes, shortSides } = this.#rows;
    const kept: PhotoPlaces = {
      starts: new Uint32Array(starts.length),
      blocks: Uint32Array.from(indices, (i) => blocks[i]!),
      sizes: Uint32Array.from(indices, (i) => sizes[i]!),
      shortSides: Uint16Array.from(indices, (i) => shortSides[i]!),
    };
    let passed = 0;
    starts.forEach((start, shard) => {
      while (passed < indices.length && indices[passed]! < start) passed++;
      kept.starts[shard] = passed;
    });
    return new ShardPhotos(this.#shards, kept, this.#shuffleBuffer);
  }

  async meanChroma(indices: Uint32Array): Promise<[number, number]> {
    const { chroma } = this.#rows;
    let a = 0;
    let b = 0;
    for (const i of indices) {
      a += chroma[2 * i]!;
      b += chroma[2 * i + 1]!;
    }
    return [a / indices.length, b / indices.length];
  }
}
