import sharp from "sharp";
import { expect, it } from "vitest";
import { encodePng } from "./png.ts";

function noise(length: number): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from({ length }, (_, k) => (k * 40503 + (k >> 3) * 7919) >> 4);
}

it.each([
  [1, 1],
  [7, 5],
  // More than one strip.
  [1500, 900],
])("libvips reads back %i x %i exactly, colours under transparency included", async (width, height) => {
  const rgba = noise(width * height * 4);
  const whole = await sharp(await encodePng({ width, height, rgba }, false))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(whole.info).toMatchObject({ width, height, channels: 4 });
  expect(Buffer.compare(whole.data, Buffer.from(rgba))).toBe(0);

  const opaque = await sharp(await encodePng({ width, height, rgba }, true))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(opaque.info).toMatchObject({ width, height, channels: 3 });
  expect(Buffer.compare(opaque.data, Buffer.from(rgba.filter((_, k) => k % 4 < 3)))).toBe(0);
});
