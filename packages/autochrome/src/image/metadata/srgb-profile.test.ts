import sharp from "sharp";
import { expect, it } from "vitest";
import { insertPngMetadata } from "./png.ts";
import { srgbProfile } from "./srgb-profile.ts";

it("is sRGB to Little CMS: colours of all kinds stay as they are", async () => {
  const rgb = Uint8Array.from({ length: 3 * 4913 }, (_, k) => {
    const color = Math.floor(k / 3);
    const level = [color % 17, Math.floor(color / 17) % 17, Math.floor(color / 289)][k % 3]!;
    return Math.min(255, level * 16);
  });
  const png = await sharp(rgb, { raw: { width: 289, height: 17, channels: 3 } })
    .png()
    .toBuffer();
  const profile = srgbProfile();
  const file = await insertPngMetadata(png, { icc: profile });
  expect((await sharp(file).metadata()).icc).toEqual(Buffer.from(profile));
  // Through the profile to Display P3, as from plain sRGB.
  const through = await sharp(file).withIccProfile("p3").raw().toBuffer();
  const plain = await sharp(png).withIccProfile("p3").raw().toBuffer();
  const differences = through.map((level, k) => Math.abs(level - plain[k]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  expect(plain.equals(Buffer.from(rgb))).toBe(false);
});
