import type { Pixels } from "autochrome/browser";

/** Decodes a file to upright sRGB: at its own size, and scaled down to fit a square of `side`. */
export async function decodeFile(file: File, side: number): Promise<{ pixels: Pixels; small: Pixels }> {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image", premultiplyAlpha: "none" });
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const pixels = readBitmap(bitmap, bitmap.width, bitmap.height);
  const small = readBitmap(
    bitmap,
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  bitmap.close();
  return { pixels, small };
}

function readBitmap(bitmap: ImageBitmap, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    rgb[to] = data[from]!;
    rgb[to + 1] = data[from + 1]!;
    rgb[to + 2] = data[from + 2]!;
  }
  return { width, height, rgb };
}

export function toBitmap({ width, height, rgb }: Pixels): Promise<ImageBitmap> {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let from = 0, to = 0; to < data.length; from += 3, to += 4) {
    data[to] = rgb[from]!;
    data[to + 1] = rgb[from + 1]!;
    data[to + 2] = rgb[from + 2]!;
    data[to + 3] = 255;
  }
  return createImageBitmap(new ImageData(data, width, height));
}
