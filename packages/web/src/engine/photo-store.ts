import { AutochromeError, type Pixels, type Prediction } from "autochrome/browser";
import type { PhotoId } from "./protocol.ts";

/** A photo that the worker holds. */
export interface HeldPhoto {
  file: File;
  pixels: Pixels;
  /** The same photo at preview size. */
  small: Pixels;
  prediction: Prediction | null;
}

export class PhotoStore {
  readonly #photos = new Map<PhotoId, HeldPhoto>();

  add(id: PhotoId, photo: HeldPhoto): void {
    this.#photos.set(id, photo);
  }

  get(id: PhotoId): HeldPhoto {
    const photo = this.#photos.get(id);
    if (photo) return photo;
    throw new AutochromeError("this photo was closed: open it again.", { code: "CLOSED" });
  }

  remove(id: PhotoId): void {
    this.#photos.delete(id);
  }
}
