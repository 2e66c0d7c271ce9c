import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Colorizer, decodePhoto, loadColorizer } from "autochrome";
import type { Page } from "playwright-core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ask, browserToTest, colorInPage, EngineBrowser } from "./engine-browser.ts";

const SAMPLES = fileURLToPath(new URL("../../../examples/photos/", import.meta.url));
const SAMPLE_NAMES = readdirSync(SAMPLES).filter((file) => file.endsWith(".jpg"));
const SAMPLE = `${SAMPLES}mountain.jpg`;

/** A piece of a sample photo, enlarged or reduced to exactly this size. */
function sample(width: number, height: number): Sharp {
  return sharp(SAMPLE).resize(width, height, { fit: "fill" });
}

/** Opacity from clear at the left to opaque at the right. */
function withSlope(image: Sharp, width: number, height: number): Sharp {
  const alpha = Buffer.from(
    Uint8Array.from({ length: width * height }, (_, i) => ((i % width) * 255) / Math.max(1, width - 1)),
  );
  return image.joinChannel(alpha, { raw: { width, height, channels: 1 } });
}

type Made = [name: string, make: () => Promise<Buffer>];

/** What browsers decode to the very pixels of the command line. */
const SAME: Made[] = [
  ["rgb.png", () => sample(400, 300).png().toBuffer()],
  ["gray.png", () => sample(400, 300).toColourspace("b-w").png().toBuffer()],
  ["palette.png", () => sample(300, 200).png({ palette: true, colours: 16 }).toBuffer()],
  ["alpha.png", () => withSlope(sample(400, 300), 400, 300).png().toBuffer()],
  ["alpha of several tiles.png", () => withSlope(sample(2500, 40), 2500, 40).png().toBuffer()],
  ["1x1.png", () => sample(1, 1).png().toBuffer()],
  ["3x500.png", () => sample(3, 500).png().toBuffer()],
  ["641x479.png", () => sample(641, 479).png().toBuffer()],
  ["2000x9.png", () => sample(2000, 9).png().toBuffer()],
  ["gray.jpg", () => sample(500, 333).toColourspace("b-w").jpeg({ quality: 90 }).toBuffer()],
  ["444.jpg", () => sample(301, 233).jpeg({ quality: 90, chromaSubsampling: "4:4:4" }).toBuffer()],
  ["progressive.jpg", () => sample(301, 233).jpeg({ quality: 70, progressive: true }).toBuffer()],
  ["upside down.jpg", () => sample(300, 200).withMetadata({ orientation: 3 }).jpeg().toBuffer()],
  ["on its side.jpg", () => sample(300, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer()],
  ["mirrored.jpg", () => sample(300, 200).withMetadata({ orientation: 7 }).jpeg().toBuffer()],
  [
    "on its side.webp",
    () => sample(301, 200).withMetadata({ orientation: 6 }).webp({ lossless: true }).toBuffer(),
  ],
  ["lossy.webp", () => sample(300, 200).webp({ quality: 80 }).toBuffer()],
  [
    "alpha.webp",
    () => withSlope(sample(300, 200), 300, 200).webp({ lossless: true, exact: true }).toBuffer(),
  ],
];

/** What decoders round differently, by one level: profiles and AVIF's colours to sRGB, 16 bit to 8. */
const ROUNDED: Made[] = [
  ["P3.png", () => sample(300, 200).withIccProfile("p3").png().toBuffer()],
  ["P3 with alpha.png", () => withSlope(sample(300, 200), 300, 200).withIccProfile("p3").png().toBuffer()],
  ["16 bit.png", () => sample(300, 200).toColourspace("rgb16").png().toBuffer()],
  ["photo.avif", () => sample(300, 200).avif({ effort: 0 }).toBuffer()],
];

const executablePath = browserToTest();

describe.skipIf(!executablePath)("the page beside the command line", () => {
  let browser: EngineBrowser;
  let page: Page;
  let colorizer: Colorizer;

  beforeAll(async () => {
    browser = await EngineBrowser.start(executablePath!);
    ({ page } = await browser.open());
    await ask(page, "(globalThis.engine = testPage.start()).load({ webgpu: false })");
    colorizer = await loadColorizer({ model: "fast" });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await colorizer?.dispose();
  });

  /** Largest differences in levels: of the decoded photos, and of the coloured ones if both colour the page's pixels. */
  async function compare(
    name: string,
    bytes: Buffer,
  ): Promise<{ decoded: number; alpha: number; colored: number }> {
    const inPage = await colorInPage(page, name, bytes);
    const photo = await decodePhoto(bytes);
    const { width, height, rgb, alpha, painted } = inPage;
    expect([width, height]).toEqual([photo.width, photo.height]);
    const colored = await colorizer.colorize({ width, height, data: rgb, channels: 3 });
    const opaque = new Uint8Array(width * height).fill(255);
    expect(largest(painted.subarray(3), 4, alpha ?? opaque, 1, 1)).toBe(0);
    return {
      decoded: largest(rgb, 3, photo.rgb, 3, 3),
      alpha: largest(alpha ?? opaque, 1, photo.alpha ?? opaque, 1, 1),
      colored: largest(painted, 4, colored.rgb, 3, 3),
    };
  }

  it.each(SAMPLE_NAMES)("paints the sample %s the same, within one level at every pixel", async (name) => {
    const { colored, ...decoded } = await compare(name, await readFile(SAMPLES + name));
    expect(decoded).toEqual({ decoded: 0, alpha: 0 });
    expect(colored).toBeLessThanOrEqual(1);
  });

  it.each(SAME)("paints %s the same, within one level at every pixel", async (name, make) => {
    const { colored, ...decoded } = await compare(name, await make());
    expect(decoded).toEqual({ decoded: 0, alpha: 0 });
    expect(colored).toBeLessThanOrEqual(1);
  });

  it.each(ROUNDED)(
    "paints %s as the command line would its pixels, which are within one level",
    async (name, make) => {
      const { decoded, alpha, colored } = await compare(name, await make());
      expect(decoded).toBeLessThanOrEqual(1);
      expect(alpha).toBe(0);
      expect(colored).toBeLessThanOrEqual(1);
    },
  );
});

/** The largest difference between samples of two pictures, which may lie at different steps and depths. */
function largest(
  a: Uint8Array | Uint16Array,
  stepA: number,
  b: Uint8Array | Uint16Array,
  stepB: number,
  channels: number,
): number {
  if (Math.ceil(a.length / stepA) !== Math.ceil(b.length / stepB)) return Number.POSITIVE_INFINITY;
  const scale = b instanceof Uint16Array ? 257 : 1;
  let most = 0;
  for (let i = 0, j = 0; i < a.length; i += stepA, j += stepB) {
    for (let c = 0; c < channels; c++) {
      most = Math.max(most, Math.abs(a[i + c]! - Math.round(b[j + c]! / scale)));
    }
  }
  return most;
}
