import { FilePhotos, type PhotoCollection } from "./photo-collection.ts";
import { meanChroma } from "./photo-sets.ts";
import type { ScannedPhoto } from "./scan.ts";

/** Photos fit for training, before they are split. */
export interface FoundPhotos {
  readonly length: number;
  /** SHA-256 of a photo's file, hex. */
  hashOf(index: number): string;
  /** Some of them, in the order of `indices`. */
  pick(indices: Uint32Array): PhotoCollection;
  /**
   * Mean a*, b* of some, each weighing the same, in Lab units.
   * @throws AutochromeError when none decodes
   */
  meanChroma(indices: Uint32Array): Promise<[number, number]>;
}

/** Photos that are files of their own. */
export class FoundFiles implements FoundPhotos {
  readonly #photos: readonly ScannedPhoto[];

  constructor(photos: readonly ScannedPhoto[]) {
    this.#photos = photos;
  }

  get length(): number {
    return this.#photos.length;
  }

  hashOf(index: number): string {
    return this.#photos[index].hash;
  }

  pick(indices: Uint32Array): PhotoCollection {
    return new FilePhotos(this.#some(indices));
  }

  meanChroma(indices: Uint32Array): Promise<[number, number]> {
    return meanChroma(this.#some(indices));
  }

  #some(indices: Uint32Array): ScannedPhoto[] {
    return Array.from(indices, (i) => this.#photos[i]);
  }
}
