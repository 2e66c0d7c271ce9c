import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { turnUpright } from "./turn.ts";

describe("turnUpright", () => {
  const width = 3;
  const height = 2;
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => i * 7);
  const pixels = {
    width,
    height,
    rgb: Uint8Array.from({ length: width * height * 3 }, (_, i) => rgba[Math.floor(i / 3) * 4 + (i % 3)]!),
    alpha: Uint8Array.from({ length: width * height }, (_, i) => rgba[i * 4 + 3]!),
  };

  it.each([1, 2, 3, 4, 5, 6, 7, 8])("turns orientation %i as libvips does", async (orientation) => {
    const png = await sharp(rgba, { raw: { width, height, channels: 4 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const { data, info } = await sharp(png).autoOrient().raw().toBuffer({ resolveWithObject: true });
    const turned = turnUpright(pixels, orientation);
    expect([turned.width, turned.height]).toEqual([info.width, info.height]);
    const joined = Array.from({ length: width * height }, (_, i) => [
      ...turned.rgb.subarray(3 * i, 3 * i + 3),
      turned.alpha![i],
    ]).flat();
    expect(joined).toEqual([...data]);
  });
});
