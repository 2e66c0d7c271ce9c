import type { RgbWeights } from "../../color/index.ts";
import type { Random } from "../random.ts";
import { blurPlane, gaussianHalf } from "./blur.ts";
import { drawFilm } from "./film.ts";
import { addGrain } from "./grain.ts";
import { darkenCorners } from "./vignette.ts";

/** How old photos differ from new ones; each strength at 0 is off. */
export interface Aging {
  /** Share of the crops that are aged at all. Default 1. */
  share?: number;
  /** How far the film's sense of colours may be from luminance, 0 to 1; see `drawFilm`. */
  orthochromatic?: number;
  /** Sigma of a Gaussian blur at most, pixels. */
  blur?: number;
  /** Share of its lightness that the darkest corner loses at most, below 1. */
  vignette?: number;
  /** Contrast lost at most, as a share: 0.4 leaves at least 60% of the range between black and white. */
  fade?: number;
  /** Gamma is drawn, evenly in its logarithm, from 1/(1+gamma) to 1+gamma. */
  gamma?: number;
  /** Standard deviation of grain in middle gray at most, in units of the full range (0.02 is about 2 L*). */
  grain?: number;
  /** Sigma of the Gaussian that smooths the grain at most, pixels; 0 is white grain. */
  grainSize?: number;
}

/** One crop's draws. */
export interface AgedLook {
  /** What the gray is made of; null for luminance. */
  film: RgbWeights | null;
  blur: number;
  vignette: { strength: number; centreX: number; centreY: number };
  gamma: number;
  /** Of the faded print: `black + contrast * lightness`. */
  black: number;
  contrast: number;
  grain: { deviation: number; sigma: number; seed: number };
}

/** Whether anything is on. */
export function isAging(aging: Aging): boolean {
  const { share = 1, grainSize, ...strengths } = aging;
  return share > 0 && Object.values(strengths).some((strength) => strength > 0);
}

/** What happens to one crop; null for one that is not aged. */
export function drawAging(random: Random, aging: Aging): AgedLook | null {
  const { share = 1, orthochromatic = 0, blur = 0, vignette = 0 } = aging;
  const { fade = 0, gamma = 0, grain = 0, grainSize = 0 } = aging;
  // All draws are made whatever is on, so that one option leaves the others' draws alone.
  const lost = random.between(0, fade);
  const black = lost * random.uniform();
  const exponent = (1 + gamma) ** random.between(-1, 1);
  const deviation = random.between(0, grain);
  const film = drawFilm(random, orthochromatic);
  const softness = random.between(0, blur);
  const strength = random.between(0, vignette);
  // A crop is seldom the middle of its photo.
  const [centreX, centreY] = [random.between(0.2, 0.8), random.between(0.2, 0.8)];
  const sigma = random.between(0, grainSize);
  const seed = random.nextUint32();
  if (random.uniform() >= share) return null;
  return {
    film: orthochromatic > 0 ? film : null,
    blur: softness,
    vignette: { strength, centreX, centreY },
    gamma: exponent,
    black,
    contrast: 1 - lost,
    grain: { deviation, sigma, seed },
  };
}

/** Steps of the gamma curve's table, which is straight between them: off by less than 1e-4 above 1% lightness. */
const STEPS = 1024;
const curve = new Float64Array(STEPS + 2);

/**
 * Ages one crop's luma in place, in the order in which it happened: lens, tones, grain, and the print's fading.
 * (The film's sense of colours decides earlier, in what the luma is made of.)
 * @param luma [height * width] in [-1, 1], kept in it
 */
export function ageLuma(luma: Float32Array, width: number, height: number, look: AgedLook): void {
  const { blur, vignette, gamma, black, contrast, grain } = look;
  for (let i = 0; i < luma.length; i++) luma[i] = (luma[i] + 1) / 2;
  if (blur > 0) blurPlane(luma, width, height, gaussianHalf(blur), "repeat");
  if (vignette.strength > 0) {
    darkenCorners(luma, width, height, vignette.strength, vignette.centreX, vignette.centreY);
  }
  if (gamma !== 1) applyGamma(luma, gamma);
  if (grain.deviation > 0) addGrain(luma, width, height, grain.deviation, grain.sigma, grain.seed);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = Math.min(1, Math.max(-1, (black + contrast * luma[i]) * 2 - 1));
  }
}

function applyGamma(plane: Float32Array, gamma: number): void {
  for (let step = 0; step < curve.length; step++) curve[step] = (step / STEPS) ** gamma;
  for (let i = 0; i < plane.length; i++) {
    // Rounding may leave a blurred white a hair above 1, where the table ends.
    const position = Math.min(1, Math.max(0, plane[i])) * STEPS;
    const step = position | 0;
    plane[i] = curve[step] + (curve[step + 1] - curve[step]) * (position - step);
  }
}
