import type { PagePixels } from "./decode.ts";

/**
 * Pixels turned and mirrored until they are upright.
 *
 * @param orientation EXIF's: 1 upright, 2 mirrored, 3 upside down, 4 both, 5 to 8 lying on a side
 */
export function turnUpright(pixels: PagePixels, orientation: number): PagePixels {
  if (orientation < 2 || orientation > 8) return pixels;
  const lying = orientation >= 5;
  const width = lying ? pixels.height : pixels.width;
  const height = lying ? pixels.width : pixels.height;
  // Where the upright picture's columns and rows run backwards in the file's.
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const rgb = new Uint8Array(pixels.rgb.length);
  const alpha = pixels.alpha && new Uint8Array(pixels.alpha.length);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const column = lying ? y : x;
      const row = lying ? x : y;
      const fileX = fromRight ? pixels.width - 1 - column : column;
      const fileY = fromBottom ? pixels.height - 1 - row : row;
      const from = fileY * pixels.width + fileX;
      rgb[3 * to] = pixels.rgb[3 * from]!;
      rgb[3 * to + 1] = pixels.rgb[3 * from + 1]!;
      rgb[3 * to + 2] = pixels.rgb[3 * from + 2]!;
      if (alpha) alpha[to] = pixels.alpha![from]!;
    }
  }
  return { width, height, rgb, alpha };
}
