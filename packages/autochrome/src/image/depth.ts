import type { RgbArray } from "../color/index.ts";

/** Samples rounded to 8 bit; 8-bit samples are returned as they are. (libvips would cut, not round.) */
export function toEightBit(samples: RgbArray): Uint8Array {
  if (samples instanceof Uint8Array) return samples;
  const out = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] * 255 + 32767) / 65535;
  return out;
}

/** 8-bit colour over white: `rgb * alpha + white * (1 - alpha)`, rounded. `rgb` is `[n * 3]`, `alpha` `[n]`. */
export function overWhite(rgb: Uint8Array, alpha: Uint8Array): Uint8Array {
  const out = new Uint8Array(rgb.length);
  for (let i = 0; i < out.length; i++) {
    const opacity = alpha[(i / 3) | 0];
    out[i] = (rgb[i] * opacity + 255 * (255 - opacity) + 127) / 255;
  }
  return out;
}
