import type { PhotoId } from "../../engine/protocol.ts";
import { type FullSize, findPhoto, lookKey, lookOf, type Photo } from "../state/index.ts";
import { isPassed } from "./errors.ts";
import type { PageStore, WorkerLink } from "./worker-link.ts";

/** Smaller side of a picture in the strip, in pixels. */
const THUMB_SIDE = 160;
/** Height of the picture of the photo looked at until the worker has opened it, in pixels. */
const LOOKED_SIDE = 720;
/** Photos whose previews are kept; those of others are painted again when they are looked at. */
const MOST_SHOWN = 12;
/** A bitmap is closed after the frame that may still draw it. */
const CLOSE_AFTER = 1000;

/** The pictures that the page shows of its photos. */
export class Previews {
  readonly #store: PageStore;
  readonly #link: WorkerLink;
  readonly #onError: (error: unknown) => void;
  readonly #refreshing = new Set<PhotoId>();
  /** Photos with previews, the one looked at last in the end. */
  #recent: PhotoId[] = [];

  /** @param onError called where a picture cannot be painted; the photo's others stay */
  constructor(store: PageStore, link: WorkerLink, onError: (error: unknown) => void) {
    this.#onError = onError;
    this.#store = store;
    this.#link = link;
  }

  /** Shows a photo's first colours. */
  async begin(id: PhotoId): Promise<void> {
    const photo = this.#photo(id);
    if (photo === null) return;
    const look = lookOf(photo);
    const color = await this.#link.engine.preview(id, look);
    this.#store.dispatch({ type: "colored", id, color, key: lookKey(look) });
    await this.thumb(id, color, true);
    this.touch(id);
    void this.refresh(id);
  }

  /** Makes the preview follow the look; looks that were passed while one was painted are left out. */
  async refresh(id: PhotoId): Promise<void> {
    if (this.#refreshing.has(id)) return;
    this.#refreshing.add(id);
    try {
      for (;;) {
        const photo = this.#photo(id);
        if (photo === null || photo.color === null || photo.status !== "done") return;
        const look = lookOf(photo);
        const key = lookKey(look);
        if (photo.colorKey === key) break;
        const color = await this.#link.engine.preview(id, look);
        this.#store.dispatch({ type: "colored", id, color, key });
        discard(photo.color);
      }
      const color = this.#photo(id)?.color;
      if (color) await this.thumb(id, color, true);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#refreshing.delete(id);
    }
  }

  /** Brings a photo's previews up that were let go; else marks it as looked at. */
  async look(id: PhotoId): Promise<void> {
    const photo = this.#photo(id);
    if (photo?.status !== "done" || photo.color !== null) return this.touch(id);
    try {
      const gray = await this.#link.engine.preview(id, { saturation: 0, hints: [] });
      const look = lookOf(photo);
      const color = await this.#link.engine.preview(id, look);
      this.#store.dispatch({ type: "shown", id, gray, color, key: lookKey(look) });
      this.touch(id);
      void this.refresh(id);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Paints a photo at full size, for a view closer than its preview; in gray too if that is shown. */
  async sharpen(id: PhotoId, withGray: boolean): Promise<void> {
    await this.#link
      .takeTurn(async () => {
        const photo = this.#photo(id);
        if (photo?.status !== "done" || this.#store.get().current !== id) return;
        const look = lookOf(photo);
        const key = lookKey(look);
        const { full } = this.#store.get();
        const known = full?.id === id && full.key === key ? full : null;
        if (known && (known.gray || !withGray)) return;
        const color = known?.color ?? (await this.#link.engine.paint(id, look));
        let gray = full?.id === id ? full.gray : null;
        if (gray === null && withGray) gray = await this.#link.engine.paint(id, { saturation: 0, hints: [] });
        this.#setFull({ id, key, color, gray });
      })
      .catch((error) => this.#failed(error));
  }

  /**
   * A picture of a photo before the worker has one: small while it waits, larger where it is only the network that
   * is waited for. What is wrong with its file is said when its turn comes.
   */
  async fileThumb(id: PhotoId, file: File): Promise<void> {
    const loading = this.#store.get().engine.phase === "loading";
    const waits = () => {
      const { status, thumb } = this.#photo(id) ?? {};
      return thumb === null && (status === "waiting" || (status === "opening" && loading));
    };
    if (!waits()) return;
    const looked = this.#store.get().current === id;
    const resizeHeight = looked ? LOOKED_SIDE : THUMB_SIDE;
    const options = { resizeHeight, resizeQuality: "medium" } as const;
    const thumb = await createImageBitmap(file, options).catch(() => null);
    if (thumb !== null && waits()) this.#store.dispatch({ type: "thumb", id, thumb, colored: false });
    else thumb?.close();
  }

  async thumb(id: PhotoId, picture: ImageBitmap, colored: boolean): Promise<void> {
    const scale = Math.min(1, THUMB_SIDE / Math.min(picture.width, picture.height));
    const thumb = await createImageBitmap(picture, {
      resizeWidth: Math.max(1, Math.round(picture.width * scale)),
      resizeHeight: Math.max(1, Math.round(picture.height * scale)),
      resizeQuality: "high",
    });
    const old = this.#photo(id)?.thumb;
    this.#store.dispatch({ type: "thumb", id, thumb, colored });
    discard(old);
  }

  /** Lets the pictures of a photo go that was removed. */
  forget({ id, gray, color, thumb }: Photo): void {
    this.#recent = this.#recent.filter((other) => other !== id);
    discard(gray, color, thumb);
    if (this.#store.get().full?.id === id) this.#setFull(null);
  }

  /** Marks a photo as looked at, and lets the oldest previews go where there are many. */
  touch(id: PhotoId): void {
    this.#recent = [...this.#recent.filter((other) => other !== id), id];
    while (this.#recent.length > MOST_SHOWN) {
      const oldest = this.#recent.find((other) => other !== this.#store.get().current)!;
      this.#recent = this.#recent.filter((other) => other !== oldest);
      const photo = this.#photo(oldest);
      if (photo?.status !== "done") continue;
      this.#store.dispatch({ type: "released", id: oldest });
      discard(photo.gray, photo.color);
    }
  }

  #setFull(full: FullSize | null): void {
    const old = this.#store.get().full;
    this.#store.dispatch({ type: "full", full });
    if (old && old.color !== full?.color) discard(old.color);
    if (old && old.gray !== full?.gray) discard(old.gray);
  }

  #failed(error: unknown): void {
    if (isPassed(error)) return;
    this.#link.noteCrash(error);
    this.#onError(error);
  }

  #photo(id: PhotoId): Photo | null {
    return findPhoto(this.#store.get(), id);
  }
}

function discard(...bitmaps: (ImageBitmap | null | undefined)[]): void {
  setTimeout(() => {
    for (const bitmap of bitmaps) bitmap?.close();
  }, CLOSE_AFTER);
}
