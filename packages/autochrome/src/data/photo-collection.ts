import { Random } from "./random.ts";

/** The purpose of the draws that order an epoch: see `Random.of`. */
export const ORDER = 1;

/** Photos by number, wherever they lie. A photo costs memory here only while it is read. */
export interface PhotoCollection {
  readonly length: number;
  /** What messages call a photo. */
  nameOf(index: number): string;
  /** The shorter side of a photo, upright, in pixels; at most 65535 is told. */
  shortSideOf(index: number): number;
  /** Bytes that `read` takes into memory. */
  bytesOf(index: number): number;
  /**
   * A photo's file: its path or its bytes.
   * @throws AutochromeError when it is gone or cannot be read
   */
  read(index: number): Promise<string | Buffer>;
  /** Every photo's number once, in the order of an epoch; depends on nothing else than seed and epoch. */
  order(seed: number, epoch: number): Uint32Array;
  /** Closes what is open; the collection may still be read, which opens anew. */
  close(): Promise<void>;
}

/** Photos that are files of their own. */
export class FilePhotos implements PhotoCollection {
  readonly #photos: readonly { path: string; width?: number; height?: number }[];

  constructor(photos: readonly { path: string; width?: number; height?: number }[]) {
    this.#photos = photos;
  }

  get length(): number {
    return this.#photos.length;
  }

  nameOf(index: number): string {
    return this.#photos[index].path;
  }

  shortSideOf(index: number): number {
    const { width = 0, height = 0 } = this.#photos[index];
    return Math.min(width, height, 65535);
  }

  bytesOf(): number {
    return 0;
  }

  async read(index: number): Promise<string> {
    return this.#photos[index].path;
  }

  order(seed: number, epoch: number): Uint32Array {
    return Random.of(seed, ORDER, epoch).permutation(this.#photos.length);
  }

  async close(): Promise<void> {}
}
