import { type Pixels, paintPhoto, predictChroma } from "autochrome/browser";
import { decodeFile, toBitmap } from "./bitmaps.ts";
import { NETWORKS_FILE, type NetworkList } from "./network-list.ts";
import { PhotoStore } from "./photo-store.ts";
import type { Engine, Look, Message, PhotoId, Request, Stage } from "./protocol.ts";
import { type OpenedNetwork, openNetwork } from "./session.ts";

const photos = new PhotoStore();
let opened: (OpenedNetwork & { size: number }) | null = null;

function tell(stage: Stage, id: PhotoId | null, share: number): void {
  post({ type: "progress", event: { stage, id, share } });
}

function post(message: Message, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

async function paint(id: PhotoId, pixels: Pixels, { saturation }: Look): Promise<ImageBitmap> {
  const { prediction } = photos.get(id);
  if (prediction === null) throw new Error("predict() comes first");
  const rgb = await paintPhoto(pixels, prediction, { saturation });
  return toBitmap({ ...pixels, rgb });
}

const engine: Pick<Engine, "load" | "open" | "predict" | "preview" | "paint" | "close"> = {
  async load() {
    const list = (await (await fetch(new URL(NETWORKS_FILE, page()))).json()) as NetworkList;
    const entry = list.networks[0]!;
    const bytes = new Uint8Array(await (await fetch(new URL(entry.file, page()))).arrayBuffer());
    tell("download", null, 1);
    opened = { ...(await openNetwork(entry, bytes)), size: entry.size };
    return { runtime: opened.runtime, network: entry };
  },
  async open(id, file, previewSide) {
    const { pixels, small } = await decodeFile(file, previewSide);
    photos.add(id, { file, pixels, small, prediction: null });
    const { width, height } = pixels;
    return { width, height, format: file.type, gray: await toBitmap(small) };
  },
  async predict(id) {
    const photo = photos.get(id);
    if (opened === null) throw new Error("load() comes first");
    photo.prediction = await predictChroma(opened.generator, photo.pixels, opened.size);
  },
  preview: (id, look) => paint(id, photos.get(id).small, look),
  paint: (id, look) => paint(id, photos.get(id).pixels, look),
  async close(id) {
    photos.remove(id);
  },
};

/** The page's folder: the worker's own file may lie deeper. */
function page(): string {
  return new URL(import.meta.env.DEV ? "/" : "../", self.location.href).href;
}

self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  const { call, method, args } = data;
  try {
    const operation = engine[method as keyof typeof engine] as (...args: unknown[]) => Promise<unknown>;
    post({ type: "result", call, value: await operation(...args) });
  } catch (error) {
    const { message, code = "FAILED" } = error as Error & { code?: string };
    post({ type: "error", call, message, code });
  }
});
