import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restoreTones } from "../src/chroma/index.ts";
import { deltaE2000, rgbToLab, rgbToLuma } from "../src/color/index.ts";
import { decodePhoto } from "../src/image/index.ts";
import { type Colorizer, loadColorizer } from "../src/inference/index.ts";

const SAMPLES = fileURLToPath(new URL("../../../examples/photos/", import.meta.url));
const names = readdirSync(SAMPLES).filter((name) => name.endsWith(".jpg"));

let colorizer: Colorizer;
beforeAll(async () => {
  colorizer = await loadColorizer();
});
afterAll(() => colorizer.dispose());

interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
}

async function sample(name: string): Promise<Pixels> {
  const { width, height, rgb } = await decodePhoto(`${SAMPLES}${name}`);
  return { width, height, rgb: rgb as Uint8Array };
}

function gray({ width, height, rgb }: Pixels): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .grayscale()
    .png()
    .toBuffer();
}

function rawOf({ width, height, rgb }: Pixels) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

/** A print of the photo: its lightness between the colours of ink and paper, in sRGB. */
function printed({ width, height, rgb }: Pixels, ink: readonly number[], paper: readonly number[]): Pixels {
  const luma = rgbToLuma(rgb);
  const out = Uint8Array.from({ length: rgb.length }, (_, i) => {
    const tone = luma[Math.floor(i / 3)]! / 100;
    return Math.round(ink[i % 3]! + (paper[i % 3]! - ink[i % 3]!) * tone);
  });
  return { width, height, rgb: out };
}

function meanDifference(one: Uint8Array, two: Uint8Array): number {
  const a = rgbToLab(one);
  const b = rgbToLab(two);
  let sum = 0;
  for (let i = 0; i < a.length; i += 3) {
    sum += deltaE2000(a[i]!, a[i + 1]!, a[i + 2]!, b[i]!, b[i + 1]!, b[i + 2]!);
  }
  return (sum * 3) / a.length;
}

function meanChroma(rgb: Uint8Array): number {
  const lab = rgbToLab(rgb);
  let sum = 0;
  for (let i = 0; i < lab.length; i += 3) sum += Math.hypot(lab[i + 1]!, lab[i + 2]!);
  return (sum * 3) / lab.length;
}

describe("tones of real photos", () => {
  it.each(names)("%s is left alone in colour, and in gray", async (name) => {
    const photo = await sample(name);
    expect(restoreTones(photo)).toBe(photo);
    const plain = await decodePhoto(await gray(photo));
    expect(restoreTones(plain)).toBe(plain);
  });

  it.each(names)("%s is given back its range when it yellowed, through JPEG", async (name) => {
    const photo = await sample(name);
    const jpeg = await rawOf(printed(photo, [58, 44, 30], [232, 212, 170]))
      .jpeg({ quality: 85 })
      .toBuffer();
    const scan = await decodePhoto(jpeg);
    const { rgb, tonesRestored } = await colorizer.colorize(scan);
    expect(tonesRestored).toBe(true);
    const rangeOf = (pixels: Uint8Array) => {
      const luma = rgbToLuma(pixels).sort();
      return luma[Math.floor(luma.length * 0.99)]! - luma[Math.floor(luma.length * 0.01)]!;
    };
    expect(rangeOf(rgb as Uint8Array)).toBeGreaterThan(1.25 * rangeOf(scan.rgb as Uint8Array));
    const kept = await colorizer.colorize(scan, { tones: "keep" });
    expect(kept.tonesRestored).toBe(false);
    const before = rgbToLuma(scan.rgb);
    const worst = rgbToLuma(kept.rgb).reduce(
      (most, luma, i) => Math.max(most, Math.abs(luma - before[i]!)),
      0,
    );
    expect(worst).toBeLessThan(1);
  });
});

describe("one photo at two sizes", () => {
  it("has the same colours at 512 and at 4000 pixels", async () => {
    const photo = await sample("tulips.jpg");
    const at = async (side: number) => {
      const png = await rawOf(photo).resize(side, side).grayscale().png({ compressionLevel: 1 }).toBuffer();
      const colored = await colorizer.colorize(await decodePhoto(png), { tones: "keep" });
      expect([colored.width, colored.height]).toEqual([side, side]);
      return { width: side, height: side, rgb: colored.rgb as Uint8Array };
    };
    const small = await at(512);
    const large = await at(4000);
    const shrunk = await rawOf(large).resize(512, 512, { kernel: "linear" }).raw().toBuffer();
    // The network sees both averaged down to its own size; what differs is the resampling's.
    expect(meanDifference(small.rgb, new Uint8Array(shrunk))).toBeLessThan(1);
    expect(meanChroma(small.rgb)).toBeGreaterThan(5);
  });
});
