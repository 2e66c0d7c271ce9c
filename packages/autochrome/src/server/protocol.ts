/**
 * What the server and its worker processes say to each other.
 *
 * @module
 */
import type { Hint, Tones } from "../chroma/index.ts";
import type { PhotoFormat } from "../image/index.ts";

/** How a photo is to be coloured. */
export interface ColorOptions {
  size?: number | undefined;
  saturation?: number | undefined;
  tones?: Tones | undefined;
  format?: Exclude<PhotoFormat, "gif"> | undefined;
  quality?: number | undefined;
  mark?: boolean | undefined;
  hints?: readonly Hint[] | undefined;
}

export interface WorkerSettings {
  /** Networks' files; the first is opened at once, the others when they are asked for. */
  models: readonly string[];
  /** Of the network, and of decoding and encoding. */
  threads: number;
  maxPixels: number;
}

export interface Job {
  photo: Uint8Array;
  /** Which of the models. */
  model: number;
  options: ColorOptions;
}

export interface Colored {
  photo: Uint8Array;
  format: Exclude<PhotoFormat, "gif">;
  width: number;
  height: number;
}

export type ToWorker =
  | ({ type: "start" } & WorkerSettings)
  | ({ type: "job"; id: number } & Job)
  /** Whoever asked has gone. */
  | { type: "cancel"; id: number };

export type FromWorker =
  /** The first network is open. */
  | { type: "ready" }
  | { type: "unusable"; code: string; message: string }
  | ({ type: "done"; id: number; bytes: number } & Colored)
  | { type: "failed"; id: number; code: string; message: string; bytes: number }
  /** Resident memory in bytes, told while it works. */
  | { type: "memory"; bytes: number };
