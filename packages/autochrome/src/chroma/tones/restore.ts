import { linearToSrgb, type RgbArray, relativeLuminance, rgbToLuma } from "../../color/index.ts";
import type { Pixels } from "../pixels.ts";
import { measureTones, type ToneMeasure } from "./measure.ts";

/** What becomes of a photo's tones: given back what paper and time took, or left as they are. */
export const TONES = ["restore", "keep"] as const;
export type Tones = (typeof TONES)[number];

/**
 * A tint: weaker ones are a scanner's, stronger ones no paper's. The 95th percentile of the distances from the tint's
 * curve is at most 2.2, or 0.32 of a strong tint: simulated prints stay below 2, scans of prints that yellowed unevenly
 * reach 0.31, and of 890 colour photos a handful lie within, of which two change (docs/old-photos.md).
 */
const LEAST_TINT = 3;
const MOST_TINT = 36;
const LARGEST_SPREAD = 2.2;
const LARGEST_SPREAD_SHARE = 0.32;

/** Hues of paper that yellowed and of sepia, in degrees. Haze and cyanotypes are blue, and are not faded for that. */
const WARM_FROM = -10;
const WARM_TO = 115;

/** A neutral photo counts as faded where it has neither black nor white: one in sixty ordinary photos in gray does. */
const FADED_BLACK = 25;
const FADED_WHITE = 85;

/** Where black and white are brought, and how far at most; the slope between them is at most `MOST_GAIN`. All L*. */
const BLACK = 5;
const WHITE = 96;
const FARTHEST = 22;
const MOST_GAIN = 1.8;

/** Restoring less than this is not worth a change. */
const LEAST_MOVE = 3;

/** New L* of L*: lines through (0, 0), (black, newBlack), (white, newWhite), (100, 100). It rises everywhere. */
export interface ToneCurve {
  black: number;
  white: number;
  newBlack: number;
  newWhite: number;
}

/** Whether the photo is a monochrome in the colour of old paper, as a scan of a sepia or yellowed print is. */
export function isTinted({ tint, hue, spreadTail }: ToneMeasure): boolean {
  if (tint < LEAST_TINT || tint > MOST_TINT || hue < WARM_FROM || hue > WARM_TO) return false;
  return spreadTail <= Math.max(LARGEST_SPREAD, LARGEST_SPREAD_SHARE * tint);
}

/** The curve that restores a photo's tones; null where there is nothing to restore, or it is a colour photo. */
export function planTones(measure: ToneMeasure): ToneCurve | null {
  const { black, white, tint, spreadTail } = measure;
  const neutral = tint < LEAST_TINT && spreadTail <= LARGEST_SPREAD;
  const faded = neutral && black > FADED_BLACK && white < FADED_WHITE;
  if (!faded && !isTinted(measure)) return null;
  const range = white - black;
  const lift = Math.min(FARTHEST, Math.max(0, WHITE - white));
  const drop = Math.min(FARTHEST, Math.max(0, black - BLACK));
  if (Math.max(lift, drop) < LEAST_MOVE || range < LEAST_MOVE) return null;
  const share = Math.min(1, ((MOST_GAIN - 1) * range) / (lift + drop));
  return { black, white, newBlack: black - share * drop, newWhite: white + share * lift };
}

/** A {@link ToneCurve} at one L*. */
export function evaluateTone({ black, white, newBlack, newWhite }: ToneCurve, luma: number): number {
  if (luma <= black) return black > 0 ? (luma * newBlack) / black : newBlack;
  if (luma >= white)
    return white < 100 ? newWhite + ((luma - white) * (100 - newWhite)) / (100 - white) : newWhite;
  return newBlack + ((luma - black) * (newWhite - newBlack)) / (white - black);
}

/**
 * A photo without the colour of its paper and with the range that the paper lost, as neutral gray; the photo itself
 * where it is a colour photo, or neutral and not faded. A photo counts as tinted where its chroma is a function of
 * its luma; its black and white (0.5% of the pixels lie beyond either) are then moved towards L* 5 and 96, by 22 at
 * most and with a gain of 1.8 at most. What lies beyond them is compressed, never clipped.
 *
 * @returns the same object where nothing is changed
 */
export function restoreTones<T extends Pixels>(photo: T): T {
  const curve = planTones(measureTones(photo));
  return curve === null ? photo : applyTones(photo, curve);
}

/** Steps of L* in the table of levels; between them levels are interpolated. */
const STEPS = 4096;

/** A photo in neutral gray whose L* is that of `photo` under a curve. */
export function applyTones<T extends Pixels>(photo: T, curve: ToneCurve): T {
  const { rgb, width, height } = photo;
  const wide = rgb instanceof Uint16Array;
  const out: RgbArray = wide ? new Uint16Array(rgb.length) : new Uint8Array(rgb.length);
  const highest = wide ? 65535 : 255;
  const levels = Float64Array.from({ length: STEPS + 2 }, (_, step) => {
    const luma = Math.min(100, evaluateTone(curve, (step / STEPS) * 100));
    return highest * linearToSrgb(relativeLuminance(luma));
  });
  const luma = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * width * 3;
    rgbToLuma(rgb.subarray(start, start + width * 3), luma);
    for (let x = 0, i = start; x < width; x++, i += 3) {
      const position = Math.min(STEPS, Math.max(0, (luma[x] / 100) * STEPS));
      const step = position | 0;
      const level = levels[step] + (levels[step + 1] - levels[step]) * (position - step);
      const rounded = Math.round(level);
      out[i] = rounded;
      out[i + 1] = rounded;
      out[i + 2] = rounded;
    }
  }
  return { ...photo, rgb: out };
}
