import { formatHints, parseHints } from "autochrome/browser";
import type { ColorSuggestion, ExportOptions, PhotoId } from "../../engine/protocol.ts";
import { belongsTo, hintsName, isHints, isPhoto } from "../files/names.ts";
import { saveFile } from "../files/save.ts";
import {
  commit,
  createStore,
  findPhoto,
  type HintHistory,
  INITIAL,
  newPhoto,
  nextWaiting,
  type Photo,
  reduce,
  type State,
} from "../state/index.ts";
import { isPassed, messageOf } from "./errors.ts";
import { Previews } from "./previews.ts";
import { Saving } from "./saving.ts";
import { type PageStore, type StartEngine, WorkerLink } from "./worker-link.ts";

/** Longest side of a preview, in pixels. */
const PREVIEW_SIDE = 1600;

/** Joins the page's state to the worker: what a visitor asks for, in the order in which it can be done. */
export class Session {
  readonly store: PageStore = createStore(reduce, INITIAL);
  readonly #link: WorkerLink;
  readonly #previews: Previews;
  readonly #saving: Saving;
  #coloring = false;
  #ids = 0;

  constructor(start: StartEngine) {
    this.#link = new WorkerLink(this.store, start);
    this.#previews = new Previews(this.store, this.#link, (error) => this.notice(messageOf(error)));
    this.#saving = new Saving(this.store, this.#link);
  }

  /** Settles once the page has its runtime and network, or failed to get them. */
  get ready(): Promise<void> {
    return this.#link.ready;
  }

  /** Fetches the network again, after that failed, and colours what failed for the want of it. */
  reload(): void {
    this.#link.reload();
    for (const { id, status } of this.#state.photos) if (status === "failed") this.retry(id);
  }

  /** Adds photos to the queue; what is no photo is named in a notice. Hints go to the photo of their name. */
  async add(files: readonly File[], sample = false): Promise<void> {
    const photos = files.filter(isPhoto).map((file) => newPhoto(++this.#ids, file, sample));
    this.store.dispatch({ type: "added", photos });
    void this.#colorAll();
    for (const file of files) {
      if (isPhoto(file)) continue;
      if (isHints(file)) await this.#addHints(file);
      else this.notice(`${file.name} is not a photo. Photos are JPEG, PNG, WebP, AVIF, GIF or BMP files.`);
    }
    for (const { id, file } of photos) await this.#previews.fileThumb(id, file);
  }

  async addSample(url: string, name: string): Promise<void> {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      const blob = await response.blob();
      await this.add([new File([blob], name, { type: blob.type || "image/jpeg" })], true);
    } catch (error) {
      this.notice(`The sample could not be fetched: ${(error as Error).message}`);
    }
  }

  select(id: PhotoId): void {
    this.store.dispatch({ type: "selected", id });
    void this.#previews.look(id);
  }

  remove(id: PhotoId): void {
    const photo = this.#photo(id);
    if (photo === null) return;
    this.store.dispatch({ type: "removed", id });
    this.#previews.forget(photo);
    this.#close(id);
    const { current } = this.#state;
    if (current !== null) void this.#previews.look(current);
  }

  retry(id: PhotoId): void {
    if (this.#state.engine.phase === "failed") {
      this.reload();
      return;
    }
    this.store.dispatch({ type: "retried", id });
    void this.#colorAll();
  }

  setSaturation(id: PhotoId, saturation: number): void {
    this.store.dispatch({ type: "saturated", id, saturation });
    void this.#previews.refresh(id);
  }

  setHints(id: PhotoId, hints: HintHistory): void {
    this.store.dispatch({ type: "hinted", id, hints });
    void this.#previews.refresh(id);
  }

  setFixing(fixing: boolean): void {
    this.store.dispatch({ type: "fixing", fixing });
  }

  /** @returns the colours to offer at a place; none where the worker knows none */
  async suggest(id: PhotoId, x: number, y: number): Promise<ColorSuggestion[]> {
    return this.#link.engine.suggest(id, x, y).catch(() => []);
  }

  sharpen(id: PhotoId, withGray: boolean): void {
    void this.#previews.sharpen(id, withGray);
  }

  save(id: PhotoId, options: ExportOptions): void {
    void this.#alone(() => this.#saving.save(id, options));
  }

  saveAll(options: ExportOptions): void {
    void this.#alone(() => this.#saving.saveAll(options));
  }

  share(id: PhotoId, options: ExportOptions): void {
    void this.#alone(async () => {
      if (!(await this.#saving.share(id, options))) this.notice("The photo is ready: press Share once more.");
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

  get #state(): State {
    return this.store.get();
  }

  #photo(id: PhotoId): Photo | null {
    return findPhoto(this.#state, id);
  }

  /** Hints that come without a word for which photo: the one of their name, else the one looked at. */
  async #addHints(file: File): Promise<void> {
    const { photos, current } = this.#state;
    const named = photos.findLast((photo) => belongsTo(file.name, photo.file.name));
    const id = named?.id ?? current;
    if (id === null) this.notice(`${file.name} holds colour hints: add its photo first.`);
    else await this.loadHints(id, file);
  }

  /** One such work at a time; the page says that it is busy meanwhile. */
  async #alone(work: () => Promise<void>): Promise<void> {
    if (this.#state.busy !== null) return;
    try {
      await work();
    } catch (error) {
      this.notice(messageOf(error));
    } finally {
      this.store.dispatch({ type: "busy", busy: null });
    }
  }

  async #colorAll(): Promise<void> {
    if (this.#coloring) return;
    this.#coloring = true;
    while (nextWaiting(this.#state) !== null) {
      await this.#link
        .takeTurn(async () => {
          const next = nextWaiting(this.#state);
          if (next !== null) await this.#color(next);
        })
        .catch((error) => this.notice(messageOf(error)));
    }
    this.#coloring = false;
  }

  async #color({ id, file }: Photo): Promise<void> {
    try {
      this.store.dispatch({ type: "opening", id });
      const { width, height, gray } = await this.#link.engine.open(id, file, PREVIEW_SIDE);
      if (this.#photo(id) === null) return this.#close(id);
      this.store.dispatch({ type: "opened", id, width, height, gray });
      await this.#previews.thumb(id, gray, false);
      await this.#link.ready;
      this.store.dispatch({ type: "coloring", id });
      await this.#link.engine.predict(id);
      await this.#previews.begin(id);
    } catch (error) {
      if (isPassed(error)) return;
      this.#link.noteCrash(error);
      this.store.dispatch({ type: "failed", id, error: messageOf(error) });
      this.#close(id);
    }
  }

  #close(id: PhotoId): void {
    this.#link.engine.close(id).catch(() => {});
  }
}
