import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Colorizer, colorizeFiles, decodePhoto, loadColorizer } from "autochrome";
import type { Page } from "playwright-core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, browserToTest, EngineBrowser } from "./engine-browser.ts";
import { facts, hasExiftool, photosWithMetadata, tagsOf } from "./exported-files.ts";

const MARK = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";

/** Photos without EXIF: libvips gives JPEGs a density, and says it in an EXIF block. */
const NO_EXIF = ["plain.jpg", "p3.jpg", "broken.jpg"];

interface Saved {
  name: string;
  type: string;
  bytes: Buffer;
}

const executablePath = browserToTest();

describe.skipIf(!executablePath)("what the page writes", () => {
  let browser: EngineBrowser;
  let page: Page;
  let colorizer: Colorizer;
  let folder: string;
  let photos: Map<string, Uint8Array>;

  beforeAll(async () => {
    browser = await EngineBrowser.start(executablePath!);
    ({ page } = await browser.open());
    await ask(page, "(globalThis.engine = testPage.start()).load({ webgpu: false })");
    colorizer = await loadColorizer({ model: "fast" });
    folder = await mkdtemp(join(tmpdir(), "autochrome-page-"));
    photos = await photosWithMetadata();
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await colorizer?.dispose();
    if (folder) await rm(folder, { recursive: true });
  });

  /** What the page hands out for a photo. */
  async function saved(name: string, options: { format?: string; quality?: number } = {}): Promise<Saved> {
    const base64 = Buffer.from(photos.get(name)!).toString("base64");
    await ask(page, "engine.open(1, testPage.fileOf(name, base64), 64)", { name, base64 });
    const file = await ask<{ name: string; type: string; base64: string }>(
      page,
      `engine.exportPhoto(1, { saturation: 1, hints: [] }, options).then(async ({ blob, name }) => ({
        name,
        type: blob.type,
        base64: await testPage.base64Of(new Uint8Array(await blob.arrayBuffer())),
      }))`,
      { options },
    );
    return { name: file.name, type: file.type, bytes: Buffer.from(file.base64, "base64") };
  }

  /** What the command line writes for all of them, by the names that it gives. */
  async function byCommandLine(format?: "jpeg" | "png" | "webp"): Promise<string> {
    const [from, to] = [join(folder, "in"), join(folder, format ?? "own")];
    await mkdir(from, { recursive: true });
    for (const [name, bytes] of photos) await writeFile(join(from, name), bytes);
    const { failed } = await colorizeFiles([from], { colorizer, out: to, format });
    expect(failed).toBe(0);
    return to;
  }

  it.each([undefined, "jpeg", "png", "webp"] as const)(
    "says what the command line's files say, written as %s",
    async (format) => {
      const theirs = await byCommandLine(format);
      const pairs: { ours: string; theirs: string }[] = [];
      for (const name of photos.keys()) {
        const own = await saved(name, { format });
        const path = join(theirs, own.name);
        const expected = await facts(await readFile(path));
        const actual = await facts(own.bytes);
        expect(actual.xmp, name).toContain(MARK);
        expect(actual.xmp, name).toContain(`AISystemUsed>${colorizer.info.name} ${colorizer.info.version}<`);
        expect(own.type).toBe(`image/${actual.format}`);
        if (NO_EXIF.includes(name)) Object.assign(expected, { exif: actual.exif, density: actual.density });
        // Chromium embeds sRGB's profile in JPEG and WebP whether or not there was one.
        if (actual.format !== "png") expected.hasProfile = true;
        expect(actual, name).toEqual(expected);
        if (NO_EXIF.includes(name)) continue;
        const copy = join(folder, own.name);
        await writeFile(copy, own.bytes);
        pairs.push({ ours: copy, theirs: path });
      }
      if (await hasExiftool()) {
        expect(await tagsOf(pairs.map(({ ours }) => ours))).toEqual(
          await tagsOf(pairs.map(({ theirs }) => theirs)),
        );
      }
    },
    240_000,
  );

  it("is named, sized and typed as asked, whatever the original was", async () => {
    expect((await saved("mirrored.JPEG")).name).toBe("mirrored.color.JPEG");
    expect((await saved("drawing.gif")).name).toBe("drawing.color.png");
    expect((await saved("film.jpg", { format: "webp" })).name).toBe("film.color.webp");
    const { bytes } = await saved("turned.jpg");
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 40, height: 60, orientation: 1 });
  });

  it("keeps the place, the title and a maker's name; forgets the film", async () => {
    const turned = await facts((await saved("turned.jpg")).bytes);
    expect(turned.exif).toContain("A. Person");
    expect(turned.xmp).toContain("Grandmother, été 1931");
    expect(turned.xmp).not.toMatch(/MotionPhoto|tiff:Orientation/);
    const film = await saved("film.jpg");
    expect(film.bytes.includes("ftypmp42")).toBe(false);
    expect((await facts((await saved("large.png", { format: "jpeg" })).bytes)).exif).toContain("Lumiere");
  });

  it("is exact in PNG, with colours where nothing shows, and white behind JPEG", async () => {
    const { bytes } = await saved("clear.png");
    const photo = await decodePhoto(bytes);
    const original = await decodePhoto(Buffer.from(photos.get("clear.png")!));
    expect(photo.alpha).toEqual(original.alpha);
    const colored = await colorizer.colorize(original);
    let most = 0;
    for (let i = 0; i < photo.rgb.length; i++)
      most = Math.max(most, Math.abs(photo.rgb[i]! - colored.rgb[i]!));
    expect(most).toBeLessThanOrEqual(1);
    const jpeg = await decodePhoto((await saved("clear.png", { format: "jpeg", quality: 100 })).bytes);
    expect(jpeg.alpha).toBeNull();
    expect(jpeg.rgb[0]).toBeGreaterThan(250);
  });

  it("is sRGB, with a profile that says so, of a photo in a wider space", async () => {
    const { bytes } = await saved("p3.jpg", { format: "png" });
    const { icc } = await sharp(bytes).metadata();
    expect(icc?.toString("latin1")).toContain("s\0R\0G\0B");
    const original = await decodePhoto(Buffer.from(photos.get("p3.jpg")!));
    const { rgb } = await colorizer.colorize(original);
    const plain = await decodePhoto(bytes);
    let most = 0;
    for (let i = 0; i < rgb.length; i++) most = Math.max(most, Math.abs(rgb[i]! - plain.rgb[i]!));
    expect(most).toBeLessThanOrEqual(2);
  });
});
