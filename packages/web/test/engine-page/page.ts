/** What the tests call in the browser: the engine as the page has it, and its pixels as numbers. */
import { startEngine } from "../../src/engine/client.ts";
import type { ProgressEvent, Runtime } from "../../src/engine/protocol.ts";

const events: ProgressEvent[] = [];
const runtimes: Runtime[] = [];

const start = (query = "") =>
  startEngine({
    onProgress: (event) => events.push(event),
    onRuntime: (runtime) => runtimes.push(runtime),
    startWorker: () =>
      new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: query }) as never,
  });

/** RGBA of a bitmap, as it is shown. */
function pixelsOf(bitmap: ImageBitmap): Uint8ClampedArray {
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d", {
    willReadFrequently: true,
  })!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

const page = { startEngine, start, events, runtimes, pixelsOf };

export type TestPage = typeof page;

Object.assign(globalThis, { testPage: page });
