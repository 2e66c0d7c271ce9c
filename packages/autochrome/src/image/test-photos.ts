/** Synthetic photos for the tests of this folder. */
import sharp, { type Sharp } from "sharp";
import { NO_METADATA, type Photo, type PhotoMetadata } from "./photo.ts";

/** A smooth scene with soft colour, `[height * width * 3]`. */
export function scene(width: number, height: number): Uint8Array {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i += 3) {
      rgb[i] = 128 + 80 * Math.sin(x / 17) * Math.cos(y / 29);
      rgb[i + 1] = 120 + 70 * Math.sin(x / 23 + 1);
      rgb[i + 2] = 110 + 60 * Math.cos(y / 19);
    }
  }
  return rgb;
}

/** Samples with no pattern that a codec could round away, all 16 bits in use. */
export function noise16(length: number): Uint16Array {
  return Uint16Array.from({ length }, (_, k) => (k * 40503 + (k >> 3) * 7919) % 65536);
}

/** A sharp pipeline over raw samples. */
export function rawPipeline(
  samples: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4 = 3,
): Sharp {
  return sharp(samples, { raw: { width, height, channels } });
}

/** An 8-bit photo of {@link scene}. */
export function photoOf(width: number, height: number, metadata: Partial<PhotoMetadata> = {}): Photo {
  return {
    width,
    height,
    rgb: scene(width, height),
    alpha: null,
    bitDepth: 8,
    metadata: { ...NO_METADATA, ...metadata },
  };
}

/** The largest difference between two arrays of samples. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** A JPEG with camera EXIF in both directories, GPS and the given orientation. */
export function cameraJpeg(width: number, height: number, orientation: number): Promise<Buffer> {
  return rawPipeline(scene(width, height), width, height)
    .withMetadata({ orientation, density: 300 })
    .withExifMerge({
      IFD0: { Make: "Lumière", Copyright: "A. Person" },
      IFD2: { ExposureTime: "1/125", PixelXDimension: String(width), PixelYDimension: String(height) },
      IFD3: { GPSLatitudeRef: "N" },
    })
    .jpeg({ quality: 95 })
    .toBuffer();
}
