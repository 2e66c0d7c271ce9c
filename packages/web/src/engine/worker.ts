import { PhotoEngine } from "./engine.ts";
import { describeError } from "./errors.ts";
import { pixelLimit } from "./pixel-limit.ts";
import type { Message, Request } from "./protocol.ts";

/** The page's folder: the worker's own file lies in one below. */
const page = new URL(import.meta.env.DEV ? "/" : "../", self.location.href).href;

function post(message: Message, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

const engine = new PhotoEngine({
  page,
  maxPixels: pixelLimit(navigator as Navigator & { deviceMemory?: number }),
  onProgress: (event) => post({ type: "progress", event }),
  onRuntime: (runtime) => post({ type: "runtime", runtime }),
});

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  const { call, method, args } = data;
  try {
    const operation = engine[method] as (...args: unknown[]) => Promise<unknown>;
    const value = await operation.apply(engine, args);
    post({ type: "result", call, value }, transferable(value));
  } catch (error) {
    post({ type: "error", call, ...describeError(error) });
  }
});

/** Bitmaps are handed over, not copied. */
function transferable(value: unknown): Transferable[] {
  if (value instanceof ImageBitmap) return [value];
  return typeof value === "object" && value !== null
    ? Object.values(value).filter((part) => part instanceof ImageBitmap)
    : [];
}
