/** What the tests call in the browser: the engine as the page has it, and its pixels as numbers. */
import { startEngine, type WorkerLike } from "../../src/engine/client.ts";
import type { EngineClient, Look, PhotoId, ProgressEvent, Runtime } from "../../src/engine/protocol.ts";
import type { TestPixels } from "./worker.ts";

/** The engine, and what only the test's worker answers to. */
interface TestEngine extends EngineClient {
  pixels(id: PhotoId, file: File, look: Look): Promise<TestPixels>;
}

const events: ProgressEvent[] = [];
const runtimes: Runtime[] = [];

/** @param query for the test's worker: see there */
function start(query = ""): TestEngine {
  let worker: Worker;
  const engine = startEngine({
    onProgress: (event) => events.push(event),
    onRuntime: (runtime) => runtimes.push(runtime),
    startWorker: () => {
      worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: query });
      return worker as WorkerLike;
    },
  });
  let asked = 0;
  const pixels: TestEngine["pixels"] = (...args) =>
    new Promise((resolve, reject) => {
      const call = --asked;
      worker.addEventListener("message", ({ data }) => {
        if (data.call !== call) return;
        if (data.type === "result") resolve(data.value);
        else reject(new Error(data.message));
      });
      worker.postMessage({ call, method: "pixels", args });
    });
  return Object.assign(engine, { pixels });
}

function fileOf(name: string, base64: string): File {
  return new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], name);
}

function base64Of(bytes: Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ""));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  });
}

/** Colours a file; planes of bytes travel to the tests as base64. */
async function color(engine: TestEngine, file: File) {
  const { width, height, rgb, alpha, painted } = await engine.pixels(1, file, { saturation: 1, hints: [] });
  const planes = [rgb, alpha, new Uint8Array(painted.buffer)];
  return { width, height, planes: await Promise.all(planes.map((plane) => plane && base64Of(plane))) };
}

/** What went wrong, for a call that should fail. */
async function failure(call: Promise<unknown>): Promise<{ code: string; message: string } | null> {
  try {
    await call;
    return null;
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    return { code, message };
  }
}

/** RGBA of a bitmap, as it is shown. */
function shown(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height).data;
}

Object.assign(globalThis, { testPage: { start, fileOf, color, failure, shown, events, runtimes } });
