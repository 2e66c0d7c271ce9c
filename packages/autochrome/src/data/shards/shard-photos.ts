import { AutochromeError } from "../../errors.ts";
import { readError } from "../../image/index.ts";
import { ORDER, type PhotoCollection } from "../photo-collection.ts";
import { Random } from "../random.ts";
import { bufferedOrder } from "./buffered-order.ts";
import { OpenFiles } from "./open-files.ts";
import { readAt } from "./tar.ts";

const OPEN_SHARDS = 64;

/** Where photos lie in shards: ten bytes a photo, so 100 MB for ten million. */
export interface PhotoPlaces {
  /** Of each shard the number of its first photo, and last the number of all. */
  starts: Uint32Array;
  /** A photo's first byte, in blocks of 512 from the shard's beginning. */
  blocks: Uint32Array;
  /** Bytes. */
  sizes: Uint32Array;
  /** The shorter side, upright, in pixels. */
  shortSides: Uint16Array;
}

/** Photos that lie in tar shards, read one at a time from where they stand. */
export class ShardPhotos implements PhotoCollection {
  readonly #shards: readonly string[];
  readonly #places: PhotoPlaces;
  readonly #shuffleBuffer: number;
  readonly #files = new OpenFiles(OPEN_SHARDS);
  readonly #gone = new Map<number, AutochromeError>();

  /**
   * @param shards their paths
   * @param shuffleBuffer photos from which the next one is drawn
   */
  constructor(shards: readonly string[], places: PhotoPlaces, shuffleBuffer: number) {
    this.#shards = shards;
    this.#places = places;
    this.#shuffleBuffer = shuffleBuffer;
  }

  get length(): number {
    return this.#places.blocks.length;
  }

  nameOf(index: number): string {
    return `${this.#shards[this.#shardOf(index)]}#${512 * this.#places.blocks[index]!}`;
  }

  shortSideOf(index: number): number {
    return this.#places.shortSides[index]!;
  }

  bytesOf(index: number): number {
    return this.#places.sizes[index]!;
  }

  async read(index: number): Promise<Buffer> {
    const shard = this.#shardOf(index);
    const gone = this.#gone.get(shard);
    if (gone) throw gone;
    const path = this.#shards[shard]!;
    const size = this.#places.sizes[index]!;
    let bytes: Buffer;
    try {
      bytes = await this.#files.with(path, (file) => readAt(file, 512 * this.#places.blocks[index]!, size));
    } catch (error) {
      throw this.#lose(shard, readError(path, error).message, error);
    }
    if (bytes.length < size) throw this.#lose(shard, `${path} has become shorter`);
    return bytes;
  }

  order(seed: number, epoch: number): Uint32Array {
    return bufferedOrder(Random.of(seed, ORDER, epoch), this.#places.starts, this.#shuffleBuffer);
  }

  close(): Promise<void> {
    return this.#files.close();
  }

  /** One error for all photos of a shard, so that it is told of once. */
  #lose(shard: number, reason: string, cause?: unknown): AutochromeError {
    const known = this.#gone.get(shard);
    if (known) return known;
    const count = this.#places.starts[shard + 1]! - this.#places.starts[shard]!;
    const error = new AutochromeError(`${reason}; its ${count} photos are left out from here on`, {
      code: "SHARD_GONE",
      cause,
    });
    this.#gone.set(shard, error);
    return error;
  }

  /** The shard that holds a photo: the last one that starts at or before it. */
  #shardOf(index: number): number {
    const { starts } = this.#places;
    let low = 0;
    let high = starts.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= index) low = middle;
      else high = middle;
    }
    return low;
  }
}
