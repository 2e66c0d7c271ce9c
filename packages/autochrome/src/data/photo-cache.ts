import { AutochromeError } from "../errors.ts";

/** A decoded photo, 8-bit interleaved sRGB [height*width*3], upright. */
export interface DecodedPhoto {
  width: number;
  height: number;
  rgb: Uint8Array;
}

/**
 * Decoded photos in memory, up to a budget. What came first stays: every epoch passes through all photos, so
 * throwing out the oldest would throw out just what comes next. Two requests at once decode once.
 */
export class PhotoCache {
  readonly #budget: number;
  readonly #load: (index: number) => Promise<DecodedPhoto>;
  readonly #kept = new Map<number, DecodedPhoto>();
  readonly #loading = new Map<number, Promise<DecodedPhoto>>();
  readonly #failed = new Map<number, AutochromeError>();
  #bytes = 0;

  constructor(budgetBytes: number, load: (index: number) => Promise<DecodedPhoto>) {
    this.#budget = budgetBytes;
    this.#load = load;
  }

  /** Bytes of pixels kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws what decoding threw; the same again, at once, whenever the photo is asked for later. */
  async get(index: number): Promise<DecodedPhoto> {
    const failure = this.#failed.get(index);
    if (failure) throw failure;
    const kept = this.#kept.get(index);
    if (kept) return kept;
    const loading = this.#loading.get(index) ?? this.#start(index);
    return loading;
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #start(index: number): Promise<DecodedPhoto> {
    const loading = this.#loadOnce(index).finally(() => this.#loading.delete(index));
    this.#loading.set(index, loading);
    return loading;
  }

  async #loadOnce(index: number): Promise<DecodedPhoto> {
    try {
      const photo = await this.#load(index);
      if (this.#bytes + photo.rgb.byteLength <= this.#budget) {
        this.#kept.set(index, photo);
        this.#bytes += photo.rgb.byteLength;
      }
      return photo;
    } catch (error) {
      const failure =
        error instanceof AutochromeError ? error : new AutochromeError(String(error), { cause: error });
      this.#failed.set(index, failure);
      throw failure;
    }
  }
}
