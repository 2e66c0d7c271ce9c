import type { RgbArray } from "../color/index.ts";

/** Upright sRGB pixels; every decoded photo is one. */
export interface Pixels {
  width: number;
  height: number;
  /** Interleaved sRGB, `[height * width * 3]`, 8 or 16 bit. */
  rgb: RgbArray;
}
