/**
 * A worker process: decodes, colours and encodes one photo after the other. Whatever a photo does to it costs that
 * photo alone.
 *
 * @module
 */
import sharp from "sharp";
import { AutochromeError } from "../errors.ts";
import { decodePhoto, encodePhoto } from "../image/index.ts";
import { type Colorizer, loadColorizer } from "../inference/index.ts";
import type { FromWorker, Job, ToWorker, WorkerSettings } from "./protocol.ts";

const MEMORY_REPORT_MS = 200;

/** Thrown between two stages once nobody waits for the photo any more. */
class Cancelled extends Error {}

let settings: WorkerSettings | null = null;
let current: { id: number; cancelled: boolean } | null = null;
const colorizers = new Map<number, Promise<Colorizer>>();

function tell(message: FromWorker): void {
  process.send?.(message);
}

function open(model: number): Promise<Colorizer> {
  const { models, threads } = settings!;
  let colorizer = colorizers.get(model);
  if (colorizer === undefined) {
    colorizer = loadColorizer({ model: models[model]!, threads });
    colorizers.set(model, colorizer);
  }
  return colorizer;
}

async function start(given: WorkerSettings): Promise<void> {
  settings = given;
  sharp.concurrency(given.threads);
  try {
    await open(0);
    tell({ type: "ready" });
  } catch (error) {
    tell({ type: "unusable", ...describe(error) });
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (error instanceof AutochromeError) return { code: error.code, message: error.message };
  return {
    code: "UNEXPECTED",
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

async function work(id: number, { photo, model, options }: Job): Promise<void> {
  const state = { id, cancelled: false };
  current = state;
  const goOn = () => {
    if (state.cancelled) throw new Cancelled("nobody waits");
  };
  const reports = setInterval(
    () => tell({ type: "memory", bytes: process.memoryUsage.rss() }),
    MEMORY_REPORT_MS,
  );
  try {
    const bytes = Buffer.from(photo.buffer, photo.byteOffset, photo.byteLength);
    const decoded = await decodePhoto(bytes, { maxPixels: settings!.maxPixels });
    goOn();
    const colorizer = await open(model);
    const { size, saturation, tones, quality, mark = true, hints } = options;
    const colored = await colorizer.colorize(decoded, { size, saturation, tones, hints });
    goOn();
    const asked = options.format ?? decoded.metadata.format;
    const format = asked === "gif" ? "png" : asked;
    const { name, version } = colorizer.info;
    const encoded = await encodePhoto(colored, {
      format,
      quality,
      mark: mark ? { model: `${name} ${version}`.trim() } : null,
    });
    const { width, height } = decoded;
    const memory = process.memoryUsage.rss();
    tell({ type: "done", id, bytes: memory, photo: encoded, format, width, height });
  } catch (error) {
    const memory = process.memoryUsage.rss();
    const said = error instanceof Cancelled ? { code: "CANCELLED", message: error.message } : describe(error);
    tell({ type: "failed", id, bytes: memory, ...said });
  } finally {
    clearInterval(reports);
    current = null;
  }
}

process.on("message", (message: ToWorker) => {
  switch (message.type) {
    case "start":
      return void start(message);
    case "job":
      return void work(message.id, message);
    case "cancel":
      if (current?.id === message.id) current.cancelled = true;
  }
});
// A signal to the whole group, as Ctrl-C sends it, is the server's to handle: it lets workers finish.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
// The server is gone, however it went.
const end = () => process.kill(process.pid, "SIGKILL");
process.on("disconnect", end);
if (!process.connected) end();
