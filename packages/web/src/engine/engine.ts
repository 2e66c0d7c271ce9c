import {
  applyHints,
  type Hint,
  type Prediction,
  predictChroma,
  predictVariants,
  suggestColors,
} from "autochrome/browser";
import { type DecodedPhoto, decodeFile, inspectFile, type PagePixels, photoFormat } from "./decode.ts";
import { engineError } from "./errors.ts";
import { exportPhoto } from "./export/index.ts";
import { type LoadedNetwork, NetworkLoader } from "./networks.ts";
import { PreviewPainter, paintFull } from "./paint-rgba.ts";
import { type PaintedPhoto, PhotoStore, type Preview } from "./photo-store.ts";
import type {
  ColorSuggestion,
  ExportedPhoto,
  ExportOptions,
  Look,
  OpenedPhoto,
  PhotoId,
  ProgressEvent,
  Readiness,
  Runtime,
  WorkerOperations,
} from "./protocol.ts";
import { Newest, nextTurn, Turns } from "./turns.ts";

export interface EngineOptions {
  /** URL of the page's folder, where the networks lie. */
  page: string;
  /** More pixels than these are refused. */
  maxPixels: number;
  onProgress(event: ProgressEvent): void;
  onRuntime(runtime: Runtime): void;
  /** For trying WebGPU where there is no graphics card. */
  acceptSoftwareGpu?: boolean;
}

/** The worker's operations: see {@link WorkerOperations}. */
export class PhotoEngine implements WorkerOperations {
  readonly #photos = new PhotoStore();
  readonly #loader: NetworkLoader;
  readonly #options: EngineOptions;
  /** Decoding, predicting, painting and encoding at full size: one photo at a time. Previews run in between. */
  readonly #heavy = new Turns();
  readonly #newest = new Newest<string>();
  #network: LoadedNetwork | null = null;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#loader = new NetworkLoader(
      options.page,
      {
        onProgress: (received, total) => {
          options.onProgress({ stage: "download", id: null, share: received / total, received, total });
        },
        onFallback: options.onRuntime,
      },
      options.acceptSoftwareGpu ?? false,
    );
  }

  async load(options: { network?: string; webgpu: boolean }): Promise<Readiness> {
    const network = await this.#loader.load(options);
    await this.#heavy.run(async () => {
      const old = this.#network;
      this.#network = network;
      this.#photos.forgetPredictions();
      await old?.release();
    });
    return { runtime: network.runtime, network: network.entry, networks: network.networks };
  }

  async open(id: PhotoId, file: File, previewSide: number): Promise<OpenedPhoto> {
    const header = await inspectFile(file, this.#options.maxPixels);
    this.#photos.add(id, { file, previewSide, prediction: null, variants: null });
    try {
      const { width, height } = await this.#heavy.run(() => this.full(id));
      const gray = await toBitmap(this.#previewOf(id), 0);
      return { width, height, format: photoFormat(header), gray };
    } catch (error) {
      this.#photos.remove(id);
      throw error;
    }
  }

  async adopt(id: PhotoId, file: File, previewSide: number): Promise<void> {
    this.#photos.add(id, { file, previewSide, prediction: null, variants: null });
  }

  async predict(id: PhotoId): Promise<void> {
    await this.#heavy.run(() => this.#prediction(id));
  }

  async preview(id: PhotoId, { saturation, hints }: Look): Promise<ImageBitmap> {
    const check = this.#newest.begin(`preview ${id}`);
    // Of several calls that wait, only the last is worth painting.
    await nextTurn();
    check();
    if (this.#photos.get(id).prediction === null || this.#photos.preview(id) === null) {
      await this.#heavy.run(async () => {
        await this.#prediction(id);
        if (this.#photos.preview(id) === null) await this.#decode(id);
      });
      check();
    }
    const preview = this.#previewOf(id);
    const key = JSON.stringify(hints);
    if (preview.key !== key) {
      const hinted = this.#answersHints(hints)
        ? await this.#heavy.run(() => this.#hinted(id, hints))
        : applyHints(this.#photos.get(id).prediction!, hints);
      check();
      preview.painter.setPrediction(hinted);
      preview.key = key;
    }
    return toBitmap(preview, saturation);
  }

  async paint(id: PhotoId, look: Look): Promise<ImageBitmap> {
    const isNewest = this.#newest.begin(`paint ${id}`);
    const check = () => {
      isNewest();
      this.#photos.get(id);
    };
    await nextTurn();
    const { rgba, width, height } = await this.#heavy.run(() => this.painted(id, look, check));
    check();
    return createImageBitmap(new ImageData(rgba, width, height));
  }

  async suggest(id: PhotoId, x: number, y: number): Promise<ColorSuggestion[]> {
    return this.#heavy.run(async () => {
      const prediction = await this.#prediction(id);
      const photo = this.#photos.get(id);
      const { generator, entry } = this.#loaded();
      photo.variants ??= await predictVariants(generator, await this.full(id), entry.size);
      return suggestColors([prediction, ...photo.variants], x, y);
    });
  }

  async exportPhoto(id: PhotoId, look: Look, options: ExportOptions): Promise<ExportedPhoto> {
    return this.#heavy.run(async () => {
      const { rgba, width, height } = await this.painted(id, look);
      this.#tell("encode", id, 0);
      const exported = await exportPhoto(
        { rgba, width, height },
        this.#photos.get(id).file,
        this.#loaded().entry,
        options,
      );
      this.#tell("encode", id, 1);
      return exported;
    });
  }

  async close(id: PhotoId): Promise<void> {
    this.#photos.remove(id);
  }

  #loaded(): LoadedNetwork {
    if (this.#network !== null) return this.#network;
    throw engineError("FAILED", "the network is not loaded yet: load() comes first.");
  }

  #previewOf(id: PhotoId): Preview {
    const preview = this.#photos.preview(id);
    if (preview) return preview;
    this.#photos.get(id);
    throw engineError("FAILED", "this photo's preview is not decoded.");
  }

  /** Full-size pixels; decoded again where another photo's took their place. */
  protected async full(id: PhotoId): Promise<PagePixels> {
    const held = this.#photos.full(id);
    return held ?? (await this.#decode(id)).full;
  }

  async #decode(id: PhotoId): Promise<DecodedPhoto> {
    const { file, previewSide } = this.#photos.get(id);
    this.#photos.makeRoomFor(id);
    this.#tell("decode", id, 0);
    const decoded = await decodeFile(file, previewSide, this.#options.maxPixels);
    this.#tell("decode", id, 1);
    this.#photos.keepFull(id, decoded.full);
    if (this.#photos.preview(id) === null) {
      const { width, height } = decoded.small;
      this.#photos.keepPreview(id, { painter: new PreviewPainter(decoded.small), width, height, key: null });
    }
    return decoded;
  }

  async #prediction(id: PhotoId): Promise<Prediction> {
    const photo = this.#photos.get(id);
    if (photo.prediction !== null) return photo.prediction;
    const { generator, entry } = this.#loaded();
    const pixels = await this.full(id);
    this.#tell("predict", id, 0);
    photo.prediction = await predictChroma(generator, pixels, entry.size);
    this.#tell("predict", id, 1);
    return photo.prediction;
  }

  #answersHints(hints: readonly Hint[]): boolean {
    return this.#loaded().generator.hints === true && hints.length > 0;
  }

  /** As `Colorizer` does: hints are shown to a network that was trained to take them, and spread in either case. */
  async #hinted(id: PhotoId, hints: readonly Hint[]): Promise<Prediction> {
    if (!this.#answersHints(hints)) return applyHints(await this.#prediction(id), hints);
    const { generator, entry } = this.#loaded();
    return applyHints(await predictChroma(generator, await this.full(id), entry.size, hints), hints);
  }

  /** @param check throws once the result is no longer wanted */
  protected async painted(id: PhotoId, look: Look, check = () => {}): Promise<PaintedPhoto> {
    check();
    const key = JSON.stringify(look);
    const held = this.#photos.painted(id, key);
    if (held) return held;
    const hinted = await this.#hinted(id, look.hints);
    const pixels = await this.full(id);
    check();
    this.#photos.dropPainted();
    this.#tell("paint", id, 0);
    const rgba = await paintFull(pixels, hinted, look.saturation, async (share) => {
      this.#tell("paint", id, share);
      await nextTurn();
      check();
    });
    this.#tell("paint", id, 1);
    const painted = { key, width: pixels.width, height: pixels.height, rgba };
    this.#photos.keepPainted(id, painted);
    return painted;
  }

  #tell(stage: ProgressEvent["stage"], id: PhotoId, share: number): void {
    this.#options.onProgress({ stage, id, share });
  }
}

function toBitmap({ painter, width, height }: Preview, saturation: number): Promise<ImageBitmap> {
  return createImageBitmap(new ImageData(painter.paint(saturation), width, height));
}
