import { answer, post } from "./answer.ts";
import { PhotoEngine } from "./engine.ts";
import { pixelLimit } from "./pixel-limit.ts";
import type { Request } from "./protocol.ts";

/** The page's folder: the worker's own file lies in one below. */
const page = new URL(import.meta.env.DEV ? "/" : "../", self.location.href).href;

const engine = new PhotoEngine({
  page,
  maxPixels: pixelLimit(navigator as Navigator & { deviceMemory?: number }),
  onProgress: (event) => post({ type: "progress", event }),
  onRuntime: (runtime) => post({ type: "runtime", runtime }),
});

self.addEventListener("message", ({ data }: MessageEvent<Request>) => answer(engine, data));
