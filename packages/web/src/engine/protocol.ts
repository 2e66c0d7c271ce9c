/**
 * What the page and its worker say to each other. The worker holds the network and the opened photos; the page holds
 * what is shown of them.
 *
 * @module
 */
import type { ColorSuggestion, Hint } from "autochrome/browser";
import type { NetworkEntry } from "./network-list.ts";

/** Where a photo's pixels and prediction are kept, by the page's own number. */
export type PhotoId = number;

/** What computes the network; `note` says why where it is not the first choice. */
export interface Runtime {
  kind: "webgpu" | "wasm";
  threads: number;
  note: string | null;
}

export interface Readiness {
  runtime: Runtime;
  network: NetworkEntry;
  /** All that can be chosen, the first by default. */
  networks: readonly NetworkEntry[];
}

/**
 * What the `code` of an error tells, apart from the messages, which are sentences to show as they are:
 * - `SUPERSEDED`: a newer preview (or full-size painting) of this photo was asked for; show nothing
 * - `CLOSED`: the photo was closed, before or meanwhile
 * - `OFFLINE`, `NOT_FOUND`, `NETWORK_DAMAGED`, `DOWNLOAD`: of `load`, which may be called again
 * - `UNSUPPORTED_BROWSER`: nothing but another browser helps
 * - `UNSUPPORTED_FORMAT`, `CORRUPT`, `TOO_LARGE`: of a photo
 * - `OUT_OF_MEMORY`
 * - `CRASHED`: the worker is gone; `restart` brings it back
 */
export type ErrorCode =
  | "SUPERSEDED"
  | "CLOSED"
  | "OFFLINE"
  | "NOT_FOUND"
  | "NETWORK_DAMAGED"
  | "DOWNLOAD"
  | "UNSUPPORTED_BROWSER"
  | "UNSUPPORTED_FORMAT"
  | "CORRUPT"
  | "TOO_LARGE"
  | "OUT_OF_MEMORY"
  | "CRASHED"
  | "FAILED";

/** The formats that browsers decode; the last two are Safari's alone. */
export type PhotoFormat = "jpeg" | "png" | "webp" | "avif" | "gif" | "bmp" | "heic" | "jxl";

export interface OpenedPhoto {
  width: number;
  height: number;
  /** By the file's content, not its name. */
  format: PhotoFormat;
  /** The photo in gray, scaled to fit `previewSide`; upright. */
  gray: ImageBitmap;
}

export interface Look {
  /** Factor on the chroma, 0 to 2; 1 as predicted. */
  saturation: number;
  hints: readonly Hint[];
}

export type { ColorSuggestion };

export interface ExportedPhoto {
  blob: Blob;
  /** `portrait.color.jpg` */
  name: string;
}

/** The worker's operations; every call answers with a promise. */
export interface Engine {
  /** Fetches runtime and network; progress arrives as `ProgressEvent`s of stage "download". */
  load(options: { network?: string; webgpu: boolean }): Promise<Readiness>;
  /** Decodes a photo. The file is kept; of many open photos only the last ones stay decoded. */
  open(id: PhotoId, file: File, previewSide: number): Promise<OpenedPhoto>;
  /** Runs the network, once a photo; whatever below needs it does it otherwise. */
  predict(id: PhotoId): Promise<void>;
  /** The photo in colour at preview size; fast enough to follow a slider. The newest call of a photo wins. */
  preview(id: PhotoId, look: Look): Promise<ImageBitmap>;
  /** The photo in colour at full size. The newest call of a photo wins. */
  paint(id: PhotoId, look: Look): Promise<ImageBitmap>;
  /** Colours that are plausible at a place, best first; `x`, `y` in [0,1] of the photo. */
  suggest(id: PhotoId, x: number, y: number): Promise<ColorSuggestion[]>;
  /** The full-size photo as a file, metadata kept and marked. */
  exportPhoto(id: PhotoId, look: Look, options: ExportOptions): Promise<ExportedPhoto>;
  close(id: PhotoId): Promise<void>;
}

export interface ExportOptions {
  /**
   * Absent: the photo's own where the browser can write it; PNG for GIF and BMP; JPEG, or WebP where it is not opaque,
   * for AVIF, HEIC and JPEG XL. Where the browser cannot write what was asked for the file is a PNG, and named so.
   */
  format?: "jpeg" | "png" | "webp";
  /** 1 to 100, of JPEG and WebP; default 92 and 90. */
  quality?: number;
}

export type Stage = "download" | "decode" | "predict" | "paint" | "encode";

export interface ProgressEvent {
  stage: Stage;
  /** The photo that it is about; null for downloads. */
  id: PhotoId | null;
  /** In [0,1]. */
  share: number;
  /** Of downloads: bytes so far and in all. */
  received?: number;
  total?: number;
}

/** The engine as the page has it. */
export interface EngineClient extends Engine {
  /** Starts a new worker in place of one that crashed or hangs; the photos that were open still are. */
  restart(): Promise<Readiness | null>;
}

/** What the worker answers to: the engine's operations, and one that only a new worker needs. */
export interface WorkerOperations extends Engine {
  /** Knows a photo that the worker before this one had open, without decoding it. */
  adopt(id: PhotoId, file: File, previewSide: number): Promise<void>;
}

export type Request = {
  [K in keyof WorkerOperations]: { call: number; method: K; args: Parameters<WorkerOperations[K]> };
}[keyof WorkerOperations];

export type Message =
  | { type: "result"; call: number; value: unknown }
  | { type: "error"; call: number; message: string; code: string }
  | { type: "progress"; event: ProgressEvent }
  /** WebGPU gave up while it was in use. */
  | { type: "runtime"; runtime: Runtime };
