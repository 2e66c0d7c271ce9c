/**
 * What the page and its worker say to each other. The worker holds the network and the opened photos; the page holds
 * what is shown of them.
 *
 * @module
 */
import type { Hint } from "autochrome/browser";

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
  network: { name: string; version: string; size: number };
}

export interface OpenedPhoto {
  width: number;
  height: number;
  format: string;
  /** The photo in gray, scaled to fit `previewSide`; upright. */
  gray: ImageBitmap;
}

export interface Look {
  /** Factor on the chroma, 0 to 2; 1 as predicted. */
  saturation: number;
  hints: readonly Hint[];
}

export interface ExportedPhoto {
  blob: Blob;
  /** `portrait.color.jpg` */
  name: string;
}

export interface ColorSuggestion {
  /** `#rrggbb`, at the lightness of the photo there. */
  color: string;
  /** Why it is offered, in a few words: "predicted", "livelier", "elsewhere in the photo". */
  reason: string;
}

/** The worker's operations; every call answers with a promise. */
export interface Engine {
  /** Fetches runtime and network; progress arrives as `ProgressEvent`s of stage "download". */
  load(options: { network?: string; webgpu: boolean }): Promise<Readiness>;
  /** Decodes a photo and keeps it. */
  open(id: PhotoId, file: File, previewSide: number): Promise<OpenedPhoto>;
  /** Runs the network, once a photo; needed before anything below. */
  predict(id: PhotoId): Promise<void>;
  /** The photo in colour at preview size; fast enough to follow a slider. */
  preview(id: PhotoId, look: Look): Promise<ImageBitmap>;
  /** The photo in colour at full size. */
  paint(id: PhotoId, look: Look): Promise<ImageBitmap>;
  /** Colours that are plausible at a place, best first; `x`, `y` in [0,1] of the photo. */
  suggest(id: PhotoId, x: number, y: number): Promise<ColorSuggestion[]>;
  /** The full-size photo as a file, metadata kept and marked. */
  exportPhoto(id: PhotoId, look: Look, options: ExportOptions): Promise<ExportedPhoto>;
  close(id: PhotoId): Promise<void>;
}

export interface ExportOptions {
  /** Absent: the photo's own where the browser can write it, else PNG. */
  format?: "jpeg" | "png" | "webp";
  /** 1 to 100. */
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

export type Request = {
  [K in keyof Engine]: { call: number; method: K; args: Parameters<Engine[K]> };
}[keyof Engine];

export type Message =
  | { type: "result"; call: number; value: unknown }
  | { type: "error"; call: number; message: string; code: string }
  | { type: "progress"; event: ProgressEvent };
