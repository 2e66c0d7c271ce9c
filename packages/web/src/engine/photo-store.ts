import type { Prediction } from "autochrome/browser";
import type { PagePixels } from "./decode.ts";
import { engineError } from "./errors.ts";
import type { PreviewPainter } from "./paint-rgba.ts";
import type { PhotoId } from "./protocol.ts";

/** A photo that the page has open. Its file stays; pixels come and go. */
export interface OpenPhoto {
  file: File;
  previewSide: number;
  prediction: Prediction | null;
  /** The network's answers to the photo shown in other ways, for suggestions. */
  variants: readonly Prediction[] | null;
}

/** A photo's full-size result, for what is shown and then downloaded. */
export interface PaintedPhoto {
  /** The look that it has. */
  key: string;
  width: number;
  height: number;
  /** Interleaved sRGB and opacity, not multiplied. */
  rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface Preview {
  painter: PreviewPainter;
  width: number;
  height: number;
  /** The hints whose colours the painter holds; null before any prediction. */
  key: string | null;
}

/** Previews kept: of the photo shown and the ones beside it, 25 MB each at 2 megapixels. */
const MOST_PREVIEWS = 3;

/**
 * The open photos. However many they are, full-size pixels are held of one alone and previews of a few; the others are
 * decoded again from their files when they are wanted.
 */
export class PhotoStore {
  readonly #photos = new Map<PhotoId, OpenPhoto>();
  readonly #previews = new Map<PhotoId, Preview>();
  #full: { id: PhotoId; pixels: PagePixels } | null = null;
  #painted: { id: PhotoId; photo: PaintedPhoto } | null = null;

  add(id: PhotoId, photo: OpenPhoto): void {
    this.remove(id);
    this.#photos.set(id, photo);
  }

  /** @throws AutochromeError (`CLOSED`) */
  get(id: PhotoId): OpenPhoto {
    const photo = this.#photos.get(id);
    if (photo) return photo;
    throw engineError("CLOSED", "this photo was closed. Open it again.");
  }

  has(id: PhotoId): boolean {
    return this.#photos.has(id);
  }

  ids(): PhotoId[] {
    return [...this.#photos.keys()];
  }

  remove(id: PhotoId): void {
    this.#photos.delete(id);
    this.#previews.delete(id);
    if (this.#full?.id === id) this.#full = null;
    if (this.#painted?.id === id) this.#painted = null;
  }

  full(id: PhotoId): PagePixels | null {
    return this.#full?.id === id ? this.#full.pixels : null;
  }

  /** Lets go of other photos' full-size pixels, before this one's are made. */
  makeRoomFor(id: PhotoId): void {
    if (this.#full?.id !== id) this.#full = null;
    if (this.#painted?.id !== id) this.#painted = null;
  }

  keepFull(id: PhotoId, pixels: PagePixels): void {
    if (this.has(id)) this.#full = { id, pixels };
  }

  painted(id: PhotoId, key: string): PaintedPhoto | null {
    return this.#painted?.id === id && this.#painted.photo.key === key ? this.#painted.photo : null;
  }

  /** Lets go of the last painting, before another is made. */
  dropPainted(): void {
    this.#painted = null;
  }

  keepPainted(id: PhotoId, photo: PaintedPhoto): void {
    if (this.has(id)) this.#painted = { id, photo };
  }

  preview(id: PhotoId): Preview | null {
    const preview = this.#previews.get(id);
    if (!preview) return null;
    // Used last, let go last.
    this.#previews.delete(id);
    this.#previews.set(id, preview);
    return preview;
  }

  keepPreview(id: PhotoId, preview: Preview): void {
    if (!this.has(id)) return;
    this.#previews.set(id, preview);
    for (const other of this.#previews.keys()) {
      if (this.#previews.size <= MOST_PREVIEWS) break;
      this.#previews.delete(other);
    }
  }

  /** All that was computed with a network, when another takes its place. */
  forgetPredictions(): void {
    for (const photo of this.#photos.values()) {
      photo.prediction = null;
      photo.variants = null;
    }
    for (const preview of this.#previews.values()) preview.key = null;
    this.#painted = null;
  }
}
