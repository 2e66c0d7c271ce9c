import type { PrecacheEntry } from "workbox-precaching";

/** What the build tells the worker about the files that it laid beside it. */
export interface BuildInfo {
  /** Hash over the shell's entries: a new one is a new version of the page. */
  version: string;
  /** All that the page needs before the runtime and the network. */
  shell: PrecacheEntry[];
  /** Kept for use without a connection: the runtime that every browser can fall back to, and the sample photos. */
  needed: string[];
  /** Whatever else the build holds, such as the runtime for WebGPU: kept when used. */
  other: string[];
}

declare const __AUTOCHROME_BUILD__: BuildInfo;

/** Put in place by plugins/service-worker.ts. */
export const BUILD = __AUTOCHROME_BUILD__;
