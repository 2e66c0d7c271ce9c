import { describe, expect, it } from "vitest";
import type { PagePixels } from "./decode.ts";
import type { PreviewPainter } from "./paint-rgba.ts";
import { PhotoStore } from "./photo-store.ts";

const FILE = new File([], "photo.jpg");
const PIXELS: PagePixels = { width: 1, height: 1, rgb: new Uint8Array(3), alpha: null };
const preview = () => ({ painter: {} as PreviewPainter, width: 1, height: 1, key: null });
const painting = (key: string) => ({ key, width: 1, height: 1, rgba: new Uint8ClampedArray(4) });

function storeOf(...ids: number[]): PhotoStore {
  const store = new PhotoStore();
  for (const id of ids) store.add(id, { file: FILE, previewSide: 800, prediction: null, variants: null });
  return store;
}

describe("PhotoStore", () => {
  it("holds full-size pixels of one photo alone", () => {
    const store = storeOf(1, 2);
    store.keepFull(1, PIXELS);
    store.keepPainted(1, painting("a"));
    store.makeRoomFor(1);
    expect(store.full(1)).toBe(PIXELS);
    expect(store.painted(1, "a")).not.toBeNull();
    expect(store.painted(1, "b")).toBeNull();
    store.makeRoomFor(2);
    store.keepFull(2, PIXELS);
    expect([store.full(1), store.painted(1, "a"), store.full(2)]).toEqual([null, null, PIXELS]);
  });

  it("holds the previews of the last photos looked at", () => {
    const store = storeOf(1, 2, 3, 4);
    for (const id of [1, 2, 3]) store.keepPreview(id, preview());
    store.preview(1);
    store.keepPreview(4, preview());
    expect([1, 2, 3, 4].map((id) => store.preview(id) !== null)).toEqual([true, false, true, true]);
  });

  it("lets go of all that a closed photo had, and keeps nothing that comes late", () => {
    const store = storeOf(1);
    store.keepFull(1, PIXELS);
    store.keepPreview(1, preview());
    store.remove(1);
    store.keepFull(1, PIXELS);
    store.keepPainted(1, painting("a"));
    store.keepPreview(1, preview());
    expect([store.full(1), store.painted(1, "a"), store.preview(1)]).toEqual([null, null, null]);
    expect(() => store.get(1)).toThrow(expect.objectContaining({ code: "CLOSED" }));
  });

  it("forgets colours, not pixels, when another network comes", () => {
    const store = storeOf(1);
    store.get(1).prediction = { width: 1, height: 1, luma: new Float32Array(1), chroma: new Float32Array(2) };
    store.keepFull(1, PIXELS);
    store.keepPreview(1, { ...preview(), key: "[]" });
    store.keepPainted(1, painting("a"));
    store.forgetPredictions();
    expect(store.get(1).prediction).toBeNull();
    expect(store.full(1)).toBe(PIXELS);
    expect(store.preview(1)?.key).toBeNull();
    expect(store.painted(1, "a")).toBeNull();
  });
});
