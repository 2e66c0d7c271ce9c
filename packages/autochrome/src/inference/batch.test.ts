import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { decodePhoto } from "../image/index.ts";
import { type ColorizeEvent, type ColorizeFilesOptions, colorizeFiles } from "./batch.ts";
import { type Colorizer, loadColorizer } from "./colorizer.ts";
import { tinyModel } from "./testing.ts";

let root: string;
let folder: string;
let colorizer: Colorizer;
const images: Record<string, Buffer> = {};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "autochrome-batch-"));
  const model = join(root, "model.onnx");
  writeFileSync(model, tinyModel());
  colorizer = await loadColorizer({ model });
  const gray = { create: { width: 24, height: 16, channels: 3, background: "#777" } } as const;
  images.jpg = await sharp(gray).jpeg().toBuffer();
  images.png = await sharp(gray).png().toBuffer();
  images.gif = await sharp(gray).gif().toBuffer();
});
afterAll(async () => {
  await colorizer.dispose();
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  folder = mkdtempSync(join(root, "case-"));
});

function put(name: string, data: Buffer | string = images[name.split(".").at(-1)!.toLowerCase()]): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, data);
  return path;
}

function tree(): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

async function run(inputs: string[], options: Partial<ColorizeFilesOptions> = {}) {
  const events: ColorizeEvent[] = [];
  const result = await colorizeFiles(inputs, {
    colorizer,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const errors = events.flatMap((event) => (event.type === "failed" ? [event.error.message] : []));
  return { result, events, errors };
}

describe("colorizeFiles", () => {
  it("writes beside the photos, whole folders, keeping extensions and content", async () => {
    put("a.jpg");
    put("sub/deep/B.JPG");
    put("c.gif");
    put("notes.txt", "no photo");
    const { result, events } = await run([folder]);
    expect(result).toEqual({ done: 3, skipped: 0, failed: 0, left: 0 });
    expect(tree()).toEqual(
      [
        "a.color.jpg",
        "a.jpg",
        "c.color.png",
        "c.gif",
        "notes.txt",
        "sub/deep/B.JPG",
        "sub/deep/B.color.JPG",
      ].sort(),
    );
    expect(events[0]).toEqual({ type: "found", total: 3 });
    const { width, height, rgb } = await decodePhoto(join(folder, "c.color.png"));
    expect([width, height]).toEqual([24, 16]);
    expect(rgb[0] === rgb[1] && rgb[1] === rgb[2]).toBe(false);
  });

  it("mirrors the tree under out, and takes up a batch where it stopped", async () => {
    put("album/a.jpg");
    put("album/1920/b.png");
    const album = join(folder, "album");
    const out = join(folder, "colour");
    const stop = new AbortController();
    const first = await run([album], {
      out,
      signal: stop.signal,
      colorizer: new Proxy(colorizer, {
        get(target, key) {
          stop.abort();
          const value = Reflect.get(target, key, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      }),
    });
    expect(first.result.failed).toBe(0);
    const second = await run([album], { out });
    expect(second.result.done).toBe(2 - first.result.done);
    expect(second.result.skipped).toBe(first.result.done);
    expect(tree()).toEqual([
      "album/1920/b.png",
      "album/a.jpg",
      "colour/1920/b.color.png",
      "colour/a.color.jpg",
    ]);
    const third = await run([album], { out, overwrite: true });
    expect(third.result).toEqual({ done: 2, skipped: 0, failed: 0, left: 0 });
  });

  it("begins nothing once aborted", async () => {
    put("a.jpg");
    const { result } = await run([folder], { signal: AbortSignal.abort() });
    expect(result).toEqual({ done: 0, skipped: 0, failed: 0, left: 1 });
  });

  it("does not colour its own results", async () => {
    put("a.jpg");
    await run([folder]);
    expect((await run([folder])).result).toMatchObject({ done: 0, skipped: 1 });
    // As a shell expands *.jpg.
    const both = [join(folder, "a.color.jpg"), join(folder, "a.jpg")];
    expect((await run(both)).result).toMatchObject({ done: 0, skipped: 1 });
    expect(tree()).toEqual(["a.color.jpg", "a.jpg"]);
  });

  it("goes on past bad files", async () => {
    put("good.png");
    put("empty.jpg", "");
    put("text.png", "this is no image");
    put("cut.jpg", images.jpg.subarray(0, images.jpg.length - 40));
    const { result, errors } = await run([folder, join(folder, "missing.jpg")]);
    expect(result).toEqual({ done: 1, skipped: 0, failed: 4, left: 0 });
    for (const name of ["empty.jpg", "text.png", "cut.jpg", "missing.jpg"]) {
      expect(errors.filter((message) => message.includes(name))).toHaveLength(1);
    }
    expect(tree()).toEqual(["cut.jpg", "empty.jpg", "good.color.png", "good.png", "text.png"]);
  });

  it("expands globs and keeps their tree", async () => {
    put("x/1.jpg");
    put("x/y/2.jpg");
    put("x/y/3.png");
    const { result } = await run([`${folder}/x/**/*.jpg`], { out: join(folder, "out") });
    expect(result.done).toBe(2);
    expect(tree().filter((path) => path.startsWith("out"))).toEqual(["out/1.color.jpg", "out/y/2.color.jpg"]);
    expect((await run([`${folder}/x/*.tif`])).errors[0]).toMatch(/no photo matches/);
  });

  it("says why a folder gives nothing", async () => {
    mkdirSync(join(folder, "empty"));
    expect((await run([join(folder, "empty")])).errors[0]).toMatch(/the folder is empty/);
    put("texts/a.txt", "x");
    expect((await run([join(folder, "texts")])).errors[0]).toMatch(/none of its 1 files ends in \.jpg/);
  });

  it("detects two photos with one result, and takes a photo named twice once", async () => {
    const jpg = put("a.jpg");
    put("a.png");
    const { result, errors } = await run([folder, jpg], { format: "png" });
    expect(result).toMatchObject({ done: 1, failed: 1 });
    expect(errors[0]).toMatch(/a\.png' and '.*a\.jpg' would both become/);
  });

  it("colours a photo once that symbolic links lead to again and again", async () => {
    put("sub/a.jpg");
    symlinkSync("..", join(folder, "sub", "loop"));
    expect((await run([folder])).result.done).toBe(1);
    expect(tree()).toEqual(["sub/a.color.jpg", "sub/a.jpg"]);
  });

  it("never writes over an original", async () => {
    const a = put("a.jpg");
    const before = readFileSync(a);
    const same = await run([a], { out: a, overwrite: true });
    expect(same.errors[0]).toMatch(/originals are never written over/);
    linkSync(a, join(folder, "a.color.jpg"));
    expect((await run([a], { overwrite: true })).errors[0]).toMatch(/originals are never written over/);
    expect(readFileSync(a)).toEqual(before);
  });

  it("takes a file name as out for a single photo, with its format", async () => {
    const a = put("a.jpg");
    const out = join(folder, "new/result.png");
    expect((await run([a], { out })).result.done).toBe(1);
    expect((await sharp(out).metadata()).format).toBe("png");
    await expect(run([a], { out, format: "webp" })).rejects.toThrow(/contradict/);
    await expect(run([a], { out: join(folder, "x.gif") })).rejects.toThrow(/cannot be written/);
    await expect(run([folder], { out: a })).rejects.toThrow(/is a file\. Name a folder/);
  });

  it("goes by the content where the name does not tell", async () => {
    const scan = put("scan", images.png);
    expect((await run([scan])).events.at(-1)).toMatchObject({
      type: "done",
      output: join(folder, "scan.color.png"),
    });
    put("wrong.jpg", images.png);
    await run([folder]);
    expect((await sharp(join(folder, "wrong.color.jpg")).metadata()).format).toBe("jpeg");
  });

  it.skipIf(process.getuid?.() === 0)("reports folders that cannot be written or read", async () => {
    const a = put("a.jpg");
    mkdirSync(join(folder, "closed"));
    chmodSync(join(folder, "closed"), 0o500);
    const { errors } = await run([a], { out: join(folder, "closed") });
    expect(errors[0]).toMatch(/permission denied/);
  });

  it("reports a file in the way of the output folder", async () => {
    const a = put("a.jpg");
    put("file.bin", "x");
    const { errors } = await run([a], { out: join(folder, "file.bin", "sub") });
    expect(errors[0]).toMatch(/a file is in the way/);
  });
});
