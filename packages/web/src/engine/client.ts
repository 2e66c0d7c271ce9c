import { AutochromeError } from "autochrome/browser";
import type { Engine, Message, ProgressEvent } from "./protocol.ts";

const METHODS = [
  "load",
  "open",
  "predict",
  "preview",
  "paint",
  "suggest",
  "exportPhoto",
  "close",
] as const satisfies readonly (keyof Engine)[];

/** Starts the worker and returns its operations. */
export function startEngine(onProgress: (event: ProgressEvent) => void): Engine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let calls = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<Message>) => {
    if (data.type === "progress") return onProgress(data.event);
    const call = waiting.get(data.call);
    waiting.delete(data.call);
    if (data.type === "result") call?.resolve(data.value);
    else call?.reject(new AutochromeError(data.message, { code: data.code }));
  });
  worker.addEventListener("error", (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message || "the worker failed"));
    waiting.clear();
  });
  const call = (method: keyof Engine, args: unknown[]) =>
    new Promise((resolve, reject) => {
      calls++;
      waiting.set(calls, { resolve, reject });
      worker.postMessage({ call: calls, method, args });
    });
  const engine = Object.fromEntries(
    METHODS.map((method) => [method, (...args: unknown[]) => call(method, args)]),
  );
  return engine as unknown as Engine;
}
