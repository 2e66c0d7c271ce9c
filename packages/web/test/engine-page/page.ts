/** What the tests call in the browser: the engine as the page has it, and its pixels as numbers. */
import { startEngine, type WorkerLike } from "../../src/engine/client.ts";
import type { EngineClient, Look, PhotoId, ProgressEvent, Runtime } from "../../src/engine/protocol.ts";
import type { TestPixels } from "./worker.ts";

/** The engine, and what only the test's worker answers to. */
interface TestEngine extends EngineClient {
  pixels(id: PhotoId, file: File, look: Look): Promise<TestPixels>;
  ask(method: "loseGpu" | "crash"): Promise<unknown>;
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
  const ask = (method: string, ...args: unknown[]) =>
    new Promise((resolve, reject) => {
      const call = --asked;
      worker.addEventListener("message", ({ data }) => {
        if (data.call !== call) return;
        if (data.type === "result") resolve(data.value);
        else reject(new Error(data.message));
      });
      worker.postMessage({ call, method, args });
    });
  return Object.assign(engine, {
    ask,
    pixels: (...args: Parameters<TestEngine["pixels"]>) => ask("pixels", ...args) as Promise<TestPixels>,
  });
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

/** How many pixels of a bitmap are not gray. */
function chromatic(bitmap: ImageBitmap): number {
  const data = shown(bitmap);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] !== data[i + 1] || data[i] !== data[i + 2]) count++;
  }
  return count;
}

/**
 * Colours a photo as the page does, and more: milliseconds from the drop to the end of each stage; of one change of
 * saturation and of one hint; and the longest time between two frames.
 */
async function time(engine: TestEngine, url: string, previewSide: number): Promise<Record<string, number>> {
  const blob = await (await fetch(url)).blob();
  const frames = watchFrames();
  const look: Look = { saturation: 1, hints: [] };
  const times: Record<string, number> = {};
  const begin = performance.now();
  const done = (stage: string, from = begin) => {
    times[stage] = performance.now() - from;
  };
  await engine.open(1, new File([blob], "photo.jpg"), previewSide);
  done("decode");
  await engine.predict(1);
  done("predict");
  const bitmaps = [await engine.preview(1, look)];
  done("preview");
  bitmaps.push(await engine.paint(1, look));
  done("paint");
  await engine.exportPhoto(1, look, {});
  done("encode");
  const before = performance.now();
  for (let i = 1; i <= 5; i++) bitmaps.push(await engine.preview(1, { saturation: 1 + i / 10, hints: [] }));
  times.slider = (performance.now() - before) / 5;
  const beforeHint = performance.now();
  bitmaps.push(await engine.preview(1, { saturation: 1, hints: [{ x: 0.4, y: 0.3, color: "#3060a0" }] }));
  done("hint", beforeHint);
  times.gap = frames();
  await engine.close(1);
  for (const bitmap of bitmaps) bitmap.close();
  return times;
}

/** @returns what ends the watch and tells the longest time between two frames, in milliseconds */
function watchFrames(): () => number {
  let longest = 0;
  let last = performance.now();
  let going = true;
  requestAnimationFrame(function step() {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (going) requestAnimationFrame(step);
  });
  return () => {
    going = false;
    return longest;
  };
}

Object.assign(globalThis, {
  testPage: { start, fileOf, base64Of, color, failure, shown, chromatic, time, events, runtimes },
});
