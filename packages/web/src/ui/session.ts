import { formatHints, parseHints } from "autochrome/browser";
import type { ColorSuggestion, Engine, ExportOptions, PhotoId, ProgressEvent } from "../engine/protocol.ts";
import { belongsTo, distinct, hintsName, isHints, isPhoto } from "./files/names.ts";
import { saveFile } from "./files/save.ts";
import { zip } from "./files/zip.ts";
import {
  type Action,
  commit,
  createStore,
  type FullSize,
  findPhoto,
  type HintHistory,
  INITIAL,
  lookKey,
  lookOf,
  newPhoto,
  nextWaiting,
  type Photo,
  reduce,
  type State,
  type Store,
} from "./state/index.ts";

/** Longest side of a preview, in pixels. */
const PREVIEW_SIDE = 1600;
/** Longest side of a picture in the strip, in pixels. */
const THUMB_SIDE = 160;
/** Photos whose previews are kept; those of others are painted again when they are looked at. */
const MOST_SHOWN = 12;
/** A bitmap is closed after the frame that may still draw it. */
const CLOSE_AFTER = 1000;

/** Joins the page's state to the worker: what a visitor asks for, in the order in which it can be done. */
export class Session {
  readonly store: Store<State, Action> = createStore(reduce, INITIAL);
  readonly #engine: Engine;
  #ready: Promise<void>;
  #pumping = false;
  #refreshing = new Set<PhotoId>();
  /** Last end of the operations that read or write whole photos: they take turns. */
  #turn: Promise<unknown> = Promise.resolve();
  #ids = 0;
  /** Photos with previews, the one looked at last in the end. */
  #recent: PhotoId[] = [];

  constructor(start: (onProgress: (event: ProgressEvent) => void) => Engine) {
    this.#engine = start((event) => this.#progress(event));
    this.#ready = this.#load();
  }

  /** Settles once runtime and network are there, or failed to come. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get #state(): State {
    return this.store.get();
  }

  #progress({ stage, id, share, received, total }: ProgressEvent): void {
    if (id !== null) {
      if (stage !== "paint" || this.#photo(id)?.status !== "done") {
        this.store.dispatch({ type: "progress", id, share });
      }
    } else if (stage === "download") {
      this.store.dispatch({ type: "engine-progress", received: received ?? share, total: total ?? 1 });
    }
  }

  async #load(): Promise<void> {
    try {
      const readiness = await this.#engine.load({ webgpu: "gpu" in navigator });
      this.store.dispatch({ type: "engine-ready", readiness });
    } catch (error) {
      this.store.dispatch({ type: "engine-failed", error: messageOf(error) });
      throw error;
    }
  }

  /** Fetches the network again, after it failed, and colours what failed for the want of it. */
  reload(): void {
    this.store.dispatch({ type: "engine-progress", received: 0, total: 0 });
    this.#ready = this.#load();
    this.#ready.catch(() => {});
    for (const { id, status } of this.#state.photos) if (status === "failed") this.retry(id);
  }

  /** Adds photos to the queue; what is no photo is named in a notice. Hints go to the photo of their name. */
  async add(files: readonly File[], sample = false): Promise<void> {
    const photos = files.filter(isPhoto).map((file) => newPhoto(++this.#ids, file, sample));
    this.store.dispatch({ type: "added", photos });
    void this.#pump();
    for (const file of files) {
      if (isPhoto(file)) continue;
      if (isHints(file)) await this.#addHints(file);
      else this.notice(`${file.name} is not a photo. Photos are JPEG, PNG, WebP, AVIF, GIF or BMP files.`);
    }
    for (const { id, file } of photos) await this.#fileThumb(id, file);
  }

  /** Hints that come without a word for which photo: the one of their name, else the one looked at. */
  async #addHints(file: File): Promise<void> {
    const { photos, current } = this.#state;
    const named = photos.findLast((photo) => belongsTo(file.name, photo.file.name));
    const id = named?.id ?? current;
    if (id === null) this.notice(`${file.name} holds colour hints: add its photo first.`);
    else await this.loadHints(id, file);
  }

  async addSample(url: string, name: string): Promise<void> {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const blob = await response.blob();
      await this.add([new File([blob], name, { type: blob.type || "image/jpeg" })], true);
    } catch (error) {
      this.notice(`The sample could not be fetched: ${messageOf(error)}`);
    }
  }

  select(id: PhotoId): void {
    this.store.dispatch({ type: "selected", id });
    const photo = this.#photo(id);
    if (photo?.status === "done" && photo.color === null) void this.#showAgain(id);
    else this.#touch(id);
  }

  remove(id: PhotoId): void {
    const photo = this.#photo(id);
    if (photo === null) return;
    this.store.dispatch({ type: "removed", id });
    discard(photo.gray, photo.color, photo.thumb);
    this.#recent = this.#recent.filter((other) => other !== id);
    void this.#engine.close(id).catch(() => {});
    if (this.#state.full?.id === id) this.#setFull(null);
    const { current } = this.#state;
    if (current !== null) this.select(current);
  }

  retry(id: PhotoId): void {
    if (this.#state.engine.phase === "failed") {
      this.reload();
      return;
    }
    this.store.dispatch({ type: "retried", id });
    void this.#pump();
  }

  setSaturation(id: PhotoId, saturation: number): void {
    this.store.dispatch({ type: "saturated", id, saturation });
    void this.#refresh(id);
  }

  setHints(id: PhotoId, hints: HintHistory): void {
    this.store.dispatch({ type: "hinted", id, hints });
    void this.#refresh(id);
  }

  /** @returns the colours to offer at a place; none where the worker knows none */
  async suggest(id: PhotoId, x: number, y: number): Promise<ColorSuggestion[]> {
    try {
      return await this.#engine.suggest(id, x, y);
    } catch {
      return [];
    }
  }

  /** Paints the photo at full size, for a view closer than the preview. */
  async sharpen(id: PhotoId, withGray: boolean): Promise<void> {
    await this.#takeTurn(async () => {
      const photo = this.#photo(id);
      if (photo === null || photo.status !== "done" || this.#state.current !== id) return;
      const look = lookOf(photo);
      const key = lookKey(look);
      const { full } = this.#state;
      const known = full?.id === id && full.key === key ? full : null;
      if (known && (known.gray || !withGray)) return;
      const color = known?.color ?? (await this.#engine.paint(id, look));
      let gray = full?.id === id ? full.gray : null;
      if (gray === null && withGray) gray = await this.#engine.paint(id, { saturation: 0, hints: [] });
      this.#setFull({ id, key, color, gray });
    }).catch(() => {});
  }

  /** Writes the photo as a file and hands it to `give`. */
  async export(
    id: PhotoId,
    options: ExportOptions,
    give: (file: { blob: Blob; name: string }) => void | Promise<void> = ({ blob, name }) =>
      saveFile(blob, name),
  ): Promise<void> {
    await this.#busy("Writing the photo", async () => {
      const { file, key } = await this.#write(id, options);
      await give(file);
      this.store.dispatch({ type: "saved", id, key });
    });
  }

  /** Writes every coloured photo into one ZIP archive. */
  async exportAll(options: ExportOptions): Promise<void> {
    const photos = this.#state.photos.filter(({ status }) => status === "done");
    await this.#busy("Writing the photos", async () => {
      const written: { id: PhotoId; key: string; blob: Blob; name: string }[] = [];
      for (const [index, { id }] of photos.entries()) {
        this.store.dispatch({ type: "busy", busy: `Writing photo ${index + 1} of ${photos.length}` });
        const { file, key } = await this.#write(id, options);
        written.push({ id, key, ...file });
      }
      const names = distinct(written.map(({ name }) => name));
      const archive = await zip(written.map(({ blob }, index) => ({ name: names[index]!, blob })));
      saveFile(archive, "coloured photos.zip");
      for (const { id, key } of written) this.store.dispatch({ type: "saved", id, key });
    });
  }

  saveHints(id: PhotoId): void {
    const photo = this.#photo(id);
    if (photo === null) return;
    const blob = new Blob([formatHints(photo.hints.present)], { type: "application/json" });
    saveFile(blob, hintsName(photo.file.name));
  }

  /** Puts the hints of a file in place of the photo's own; undo brings those back. */
  async loadHints(id: PhotoId, file: File): Promise<void> {
    try {
      const hints = parseHints(await file.text());
      const photo = this.#photo(id);
      if (photo === null) return;
      this.setHints(id, commit(photo.hints, hints));
      this.store.dispatch({ type: "announced", text: `${hints.length} hints read for ${photo.file.name}` });
    } catch (error) {
      this.notice(`${file.name}: ${(error as Error).message}`);
    }
  }

  notice(text: string): void {
    this.store.dispatch({ type: "noticed", id: ++this.#ids, text });
    this.store.dispatch({ type: "announced", text });
  }

  #photo(id: PhotoId): Photo | null {
    return findPhoto(this.#state, id);
  }

  async #busy(what: string, work: () => Promise<void>): Promise<void> {
    if (this.#state.busy !== null) return;
    this.store.dispatch({ type: "busy", busy: what });
    try {
      await work();
    } catch (error) {
      if ((error as Error).name !== "AbortError") this.notice(messageOf(error));
    } finally {
      this.store.dispatch({ type: "busy", busy: null });
    }
  }

  #write(id: PhotoId, options: ExportOptions) {
    return this.#takeTurn(async () => {
      const photo = this.#photo(id);
      if (photo === null) throw new Error("the photo was removed.");
      const look = lookOf(photo);
      return { file: await this.#engine.exportPhoto(id, look, options), key: lookKey(look) };
    });
  }

  #takeTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    while (nextWaiting(this.#state) !== null) {
      await this.#takeTurn(async () => {
        const next = nextWaiting(this.#state);
        if (next !== null) await this.#color(next.id);
      });
    }
    this.#pumping = false;
  }

  async #color(id: PhotoId): Promise<void> {
    try {
      this.store.dispatch({ type: "opening", id });
      await this.#open(id);
    } catch (error) {
      this.store.dispatch({ type: "failed", id, error: messageOf(error) });
      void this.#engine.close(id).catch(() => {});
    }
  }

  async #open(id: PhotoId): Promise<void> {
    const photo = this.#photo(id);
    if (photo === null) return;
    const { width, height, gray } = await this.#engine.open(id, photo.file, PREVIEW_SIDE);
    if (this.#photo(id) === null) return this.#engine.close(id);
    this.store.dispatch({ type: "opened", id, width, height, gray });
    if (!this.#photo(id)?.thumb) await this.#thumb(id, gray, false);
    await this.#ready;
    this.store.dispatch({ type: "coloring", id });
    await this.#engine.predict(id);
    const before = this.#photo(id);
    if (before === null) return;
    const look = lookOf(before);
    const color = await this.#engine.preview(id, look);
    this.store.dispatch({ type: "colored", id, color, key: lookKey(look) });
    await this.#thumb(id, color, true);
    this.#touch(id);
    void this.#refresh(id);
  }

  /** Makes the preview follow the look; looks that were passed while one was painted are left out. */
  async #refresh(id: PhotoId): Promise<void> {
    if (this.#refreshing.has(id)) return;
    this.#refreshing.add(id);
    try {
      for (;;) {
        const photo = this.#photo(id);
        if (photo === null || photo.color === null || photo.status !== "done") return;
        const look = lookOf(photo);
        const key = lookKey(look);
        if (photo.colorKey === key) break;
        const color = await this.#engine.preview(id, look);
        this.store.dispatch({ type: "colored", id, color, key });
        discard(photo.color);
      }
      const color = this.#photo(id)?.color;
      if (color) await this.#thumb(id, color, true);
    } catch (error) {
      if (!isPassed(error)) this.notice(messageOf(error));
    } finally {
      this.#refreshing.delete(id);
    }
  }

  #setFull(full: FullSize | null): void {
    const old = this.#state.full;
    this.store.dispatch({ type: "full", full });
    if (old && old.color !== full?.color) discard(old.color);
    if (old && old.gray !== full?.gray) discard(old.gray);
  }

  async #fileThumb(id: PhotoId, file: File): Promise<void> {
    try {
      if (this.#photo(id)?.thumb !== null) return;
      const bitmap = await createImageBitmap(file, { resizeHeight: THUMB_SIDE, resizeQuality: "medium" });
      if (this.#photo(id)?.thumb === null) {
        this.store.dispatch({ type: "thumb", id, thumb: bitmap, colored: false });
      } else bitmap.close();
    } catch {
      // The photo's turn comes later; what is wrong with the file is said then.
    }
  }

  async #thumb(id: PhotoId, picture: ImageBitmap, colored: boolean): Promise<void> {
    const old = this.#photo(id)?.thumb;
    const scale = Math.min(1, THUMB_SIDE / Math.min(picture.width, picture.height));
    const thumb = await createImageBitmap(picture, {
      resizeWidth: Math.max(1, Math.round(picture.width * scale)),
      resizeHeight: Math.max(1, Math.round(picture.height * scale)),
      resizeQuality: "high",
    });
    this.store.dispatch({ type: "thumb", id, thumb, colored });
    discard(old);
  }

  /** Paints previews that were let go. */
  async #showAgain(id: PhotoId): Promise<void> {
    try {
      const gray = await this.#engine.preview(id, { saturation: 0, hints: [] });
      const photo = this.#photo(id);
      if (photo === null) return;
      const look = lookOf(photo);
      const color = await this.#engine.preview(id, look);
      this.store.dispatch({ type: "shown", id, gray, color, key: lookKey(look) });
      this.#touch(id);
      void this.#refresh(id);
    } catch (error) {
      if (!isPassed(error)) this.store.dispatch({ type: "failed", id, error: messageOf(error) });
    }
  }

  /** Marks a photo as looked at, and lets the oldest preview go where there are many. */
  #touch(id: PhotoId): void {
    this.#recent = [...this.#recent.filter((other) => other !== id), id];
    while (this.#recent.length > MOST_SHOWN) {
      const oldest = this.#recent.find((other) => other !== this.#state.current)!;
      this.#recent = this.#recent.filter((other) => other !== oldest);
      const photo = this.#photo(oldest);
      if (photo?.status !== "done") continue;
      this.store.dispatch({ type: "released", id: oldest });
      discard(photo.gray, photo.color);
    }
  }
}

/** Whether an operation ended because a newer one, or the photo's removal, made it needless. */
function isPassed(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "SUPERSEDED" || code === "CLOSED";
}

function discard(...bitmaps: (ImageBitmap | null | undefined)[]): void {
  setTimeout(() => {
    for (const bitmap of bitmaps) bitmap?.close();
  }, CLOSE_AFTER);
}

function messageOf(error: unknown): string {
  const { message } = error as Error;
  return message.charAt(0).toUpperCase() + message.slice(1);
}
