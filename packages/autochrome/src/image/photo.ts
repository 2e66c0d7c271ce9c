import type { RgbArray } from "../color/index.ts";
import type { PhotoFormat } from "./metadata/index.ts";

/** What a photo's file said about it, kept so that the written photo can say the same. */
export interface PhotoMetadata {
  format: PhotoFormat;
  /** Frames or pages in the file; only the first is read. */
  pages: number;
  /** EXIF orientation 1..8 of the file; the decoded pixels are already upright. */
  orientation: number;
  /** Colour space of the file in libvips' terms, such as `srgb`, `b-w`, `cmyk`, `rgb16`. */
  space: string;
  /** EXIF block, from its TIFF header on (no `Exif\0\0` before it). */
  exif: Buffer | null;
  xmp: Buffer | null;
  icc: Buffer | null;
  /** Pixels an inch. */
  density: number | null;
  /** JPEG's and AVIF's, such as `4:2:0`. */
  chromaSubsampling: string | null;
}

/** A decoded photo: upright sRGB pixels at the file's own size and depth. */
export interface Photo {
  width: number;
  height: number;
  /** Interleaved sRGB, `[height * width * 3]`. */
  rgb: RgbArray;
  /** Opacity, `[height * width]` at the same depth as `rgb`, not multiplied into it; null when opaque. */
  alpha: RgbArray | null;
  bitDepth: 8 | 16;
  metadata: PhotoMetadata;
}

/** Of pixels that came from no file. */
export const NO_METADATA: PhotoMetadata = {
  format: "png",
  pages: 1,
  orientation: 1,
  space: "srgb",
  exif: null,
  xmp: null,
  icc: null,
  density: null,
  chromaSubsampling: null,
};
