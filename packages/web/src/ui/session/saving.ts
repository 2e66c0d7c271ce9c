import type { ExportedPhoto, ExportOptions, PhotoId } from "../../engine/protocol.ts";
import { distinct } from "../files/names.ts";
import { saveFile } from "../files/save.ts";
import { zip } from "../files/zip.ts";
import { findPhoto, lookKey, lookOf } from "../state/index.ts";
import type { PageStore, WorkerLink } from "./worker-link.ts";

const ARCHIVE = "photos in colour.zip";

interface Written {
  id: PhotoId;
  file: ExportedPhoto;
  /** The look that the file has. */
  key: string;
}

/** Photos as files. */
export class Saving {
  readonly #store: PageStore;
  readonly #link: WorkerLink;
  #shareable: (Written & { options: string }) | null = null;

  constructor(store: PageStore, link: WorkerLink) {
    this.#store = store;
    this.#link = link;
  }

  async save(id: PhotoId, options: ExportOptions): Promise<void> {
    this.#store.dispatch({ type: "busy", busy: "Writing the photo …" });
    const written = await this.#write(id, options);
    saveFile(written.file.blob, written.file.name);
    this.#saved(written);
  }

  /** Writes every coloured photo into one ZIP archive. */
  async saveAll(options: ExportOptions): Promise<void> {
    const photos = this.#store.get().photos.filter(({ status }) => status === "done");
    const written: Written[] = [];
    for (const { id } of photos) {
      const busy = `Writing photo ${written.length + 1} of ${photos.length} …`;
      this.#store.dispatch({ type: "busy", busy });
      written.push(await this.#write(id, options));
    }
    const names = distinct(written.map(({ file }) => file.name));
    const archive = await zip(written.map(({ file }, index) => ({ name: names[index]!, blob: file.blob })));
    saveFile(archive, ARCHIVE);
    for (const one of written) this.#saved(one);
  }

  /**
   * Hands a photo to another application. Browsers allow that only shortly after a click: where writing the file
   * took too long for that, it is kept for a second one.
   *
   * @returns whether the photo was handed over
   */
  async share(id: PhotoId, options: ExportOptions): Promise<boolean> {
    const photo = findPhoto(this.#store.get(), id)!;
    const wanted = JSON.stringify(options);
    const kept = this.#shareable;
    const still = kept?.id === id && kept.options === wanted && kept.key === lookKey(lookOf(photo));
    if (!still) {
      this.#store.dispatch({ type: "busy", busy: "Writing the photo …" });
      this.#shareable = { ...(await this.#write(id, options)), options: wanted };
    }
    const { file } = this.#shareable!;
    try {
      await navigator.share({ files: [new File([file.blob], file.name, { type: file.blob.type })] });
    } catch (error) {
      const { name } = error as Error;
      if (name === "NotAllowedError") return false;
      if (name !== "AbortError") throw error;
      return true;
    }
    this.#saved(this.#shareable!);
    return true;
  }

  #write(id: PhotoId, options: ExportOptions): Promise<Written> {
    return this.#link.takeTurn(async () => {
      const photo = findPhoto(this.#store.get(), id);
      if (photo === null) throw new Error("the photo was removed.");
      const look = lookOf(photo);
      return { id, file: await this.#link.engine.exportPhoto(id, look, options), key: lookKey(look) };
    });
  }

  #saved({ id, key }: Written): void {
    this.#store.dispatch({ type: "saved", id, key });
  }
}
