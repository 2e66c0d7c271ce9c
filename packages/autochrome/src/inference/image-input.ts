import type { RgbArray } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import { NO_METADATA, type Photo } from "../image/index.ts";

/** Decoded pixels from anywhere: a canvas's ImageData, sharp's raw output, an array of one's own. */
export interface RawImage {
  /** Interleaved sRGB, `[height * width * channels]`: 8 bit, or 16 bit in a Uint16Array. */
  data: Uint8Array | Uint8ClampedArray | Uint16Array;
  width: number;
  height: number;
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha; worked out from the length of `data` when absent. */
  channels?: 1 | 2 | 3 | 4;
}

function invalid(message: string): AutochromeError {
  return new AutochromeError(message, { code: "BAD_IMAGE" });
}

/**
 * The photo itself, or one made of raw pixels.
 *
 * @throws AutochromeError where the sizes contradict the data
 */
export function toPhoto(image: Photo | RawImage): Photo {
  const { width, height } = image;
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw invalid(
      `an image of ${width} x ${height} pixels cannot be coloured: both must be whole and positive.`,
    );
  }
  const pixels = width * height;
  if ("rgb" in image) {
    if (image.rgb.length === pixels * 3) return image;
    throw invalid(`rgb holds ${image.rgb.length} samples; ${width} x ${height} pixels need ${pixels * 3}.`);
  }
  const { data } = image;
  const channels = image.channels ?? data.length / pixels;
  if (![1, 2, 3, 4].includes(channels) || data.length !== pixels * channels) {
    throw invalid(
      `data holds ${data.length} samples; ${width} x ${height} pixels need 1 to 4 a pixel (channels: ${channels}).`,
    );
  }
  const { rgb, alpha } = splitChannels(data, pixels, channels);
  return { width, height, rgb, alpha, bitDepth: rgb instanceof Uint16Array ? 16 : 8, metadata: NO_METADATA };
}

function splitChannels(
  data: RawImage["data"],
  pixels: number,
  channels: number,
): { rgb: RgbArray; alpha: RgbArray | null } {
  const make = (length: number) =>
    data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  const hasAlpha = channels === 2 || channels === 4;
  if (channels === 3) {
    const same = data instanceof Uint8ClampedArray;
    return { rgb: same ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data, alpha: null };
  }
  const rgb = make(pixels * 3);
  const alpha = hasAlpha ? make(pixels) : null;
  const second = channels > 2 ? 1 : 0;
  const third = channels > 2 ? 2 : 0;
  for (let i = 0, from = 0; i < pixels; i++, from += channels) {
    rgb[3 * i] = data[from];
    rgb[3 * i + 1] = data[from + second];
    rgb[3 * i + 2] = data[from + third];
    if (alpha !== null) alpha[i] = data[from + channels - 1];
  }
  return { rgb, alpha };
}

/** RGB and alpha, interleaved, `[n * 4]`. */
export function joinAlpha(rgb: RgbArray, alpha: RgbArray): RgbArray {
  const out =
    rgb instanceof Uint16Array ? new Uint16Array(alpha.length * 4) : new Uint8Array(alpha.length * 4);
  for (let i = 0; i < alpha.length; i++) {
    out[4 * i] = rgb[3 * i];
    out[4 * i + 1] = rgb[3 * i + 1];
    out[4 * i + 2] = rgb[3 * i + 2];
    out[4 * i + 3] = alpha[i];
  }
  return out;
}
