/**
 * Makes an old print's scan of a colour photo: what the film saw, what the lens did, what decades did to paper and
 * silver, and what the scanner added. The same photo, kind and seed give the same scan.
 *
 * @module
 */
import { Random } from "../../packages/autochrome/src/data/index.ts";
import { drawDust, drawScratches } from "./damage.ts";
import { blur, clouds, type Plane, whiteNoise } from "./fields.ts";

export interface Picture {
  width: number;
  height: number;
  /** Interleaved sRGB, `[height * width * 3]`. */
  rgb: Uint8Array;
}

type Color = readonly [number, number, number];

/** A kind of print. Colours are sRGB levels; shares are of the picture's width, or of the tones' range. */
export interface Kind {
  name: string;
  /** What black and white have become. */
  ink: Color;
  paper: Color;
  /** What the film saw of red, green and blue: orthochromatic film is blind to red. */
  response: Color;
  /** Exponent on the tones: below 1 the middle has paled. */
  gamma: number;
  grain: number;
  /** Share of the tones that is lost at the palest places. */
  unevenness: number;
  scratches: number;
  dust: number;
  border: number;
}

export const KINDS: readonly Kind[] = [
  {
    name: "sepia print",
    ink: [52, 34, 22],
    paper: [238, 218, 180],
    response: [0.15, 0.5, 0.35],
    gamma: 0.9,
    grain: 0.03,
    unevenness: 0.1,
    scratches: 6,
    dust: 40,
    border: 0.035,
  },
  {
    name: "yellowed print",
    ink: [66, 60, 48],
    paper: [222, 208, 168],
    response: [0.25, 0.55, 0.2],
    gamma: 0.95,
    grain: 0.025,
    unevenness: 0.2,
    scratches: 4,
    dust: 60,
    border: 0,
  },
  {
    name: "faded print",
    ink: [84, 83, 81],
    paper: [206, 205, 202],
    response: [0.3, 0.59, 0.11],
    gamma: 0.85,
    grain: 0.035,
    unevenness: 0.15,
    scratches: 8,
    dust: 30,
    border: 0.03,
  },
];

/** Tones in [0,1], as the film saw them. */
function filmTones({ width, height, rgb }: Picture, [red, green, blue]: Color): Plane {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    values[i] = (red * rgb[3 * i]! + green * rgb[3 * i + 1]! + blue * rgb[3 * i + 2]!) / 255;
  }
  return { width, height, values };
}

/** Light that bright areas throw around them in the film's base. */
function addHalation(tones: Plane, strength: number): void {
  const { width, height, values } = tones;
  const bright = values.map((value) => Math.max(0, value - 0.7) / 0.3);
  const glow = blur({ width, height, values: bright }, Math.max(1, width * 0.012)).values;
  for (let i = 0; i < values.length; i++) values[i]! += strength * glow[i]! * (1 - values[i]!);
}

/** The lens darkens its corners; its axis is not the print's middle. */
function vignette(random: Random, { width, height, values }: Plane): void {
  const strength = random.between(0.15, 0.35);
  const centerX = width * random.between(0.42, 0.58);
  const centerY = height * random.between(0.42, 0.58);
  const reach = (width * width + height * height) / 4;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const distance = ((x - centerX) ** 2 + (y - centerY) ** 2) / reach;
      values[y * width + x]! *= 1 - strength * distance;
    }
  }
}

function addGrain(random: Random, { width, height, values }: Plane, strength: number): void {
  const sigma = 0.6;
  const noise = blur(whiteNoise(random, width, height), sigma).values;
  // A Gaussian of this width leaves 1 / (2 sigma sqrt(pi)) of the noise's deviation.
  const scale = strength * 2 * sigma * Math.sqrt(Math.PI);
  for (let i = 0; i < values.length; i++) {
    const tone = Math.min(1, Math.max(0, values[i]!));
    values[i]! += scale * noise[i]! * (0.4 + 2.4 * tone * (1 - tone));
  }
}

/** Share of the silver that is lost at each place: most towards the edges, in clouds. */
function fading(random: Random, width: number, height: number, unevenness: number): Float32Array {
  const { values } = clouds(random, width, height, 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const edge = Math.min(x, width - 1 - x, y, height - 1 - y) / Math.min(width, height);
      const i = y * width + x;
      values[i] = unevenness * (0.5 * values[i]! + 0.5 * Math.exp(-edge / 0.08));
    }
  }
  return values;
}

/** A scan of the photo as an old print. */
export function agePhoto(photo: Picture, kind: Kind, seed: number): Picture {
  const { width, height } = photo;
  const random = Random.of(seed);
  const tones = blur(filmTones(photo, kind.response), random.between(0.6, 1));
  addHalation(tones, 0.25);
  vignette(random, tones);
  addGrain(random, tones, kind.grain);
  const lost = fading(random, width, height, kind.unevenness);
  const { values } = tones;
  for (let i = 0; i < values.length; i++) {
    const tone = Math.min(1, Math.max(0, values[i]!)) ** kind.gamma;
    values[i] = tone + lost[i]! * (1 - tone);
  }
  drawScratches(random, tones, kind.scratches);
  drawDust(random, tones, kind.dust);
  const border = drawBorder(random, tones, kind.border);
  return tint(random, tones, border, kind);
}

/** Bare paper around the picture. Returns where it is. */
function drawBorder(random: Random, { width, height, values }: Plane, share: number): Uint8Array {
  const inside = new Uint8Array(width * height);
  const sides = [0, 1, 2, 3].map(() => share * Math.min(width, height) * random.between(0.8, 1.2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      if (x >= sides[0]! && x < width - sides[1]! && y >= sides[2]! && y < height - sides[3]!) inside[i] = 1;
      else values[i] = 0.98 + 0.02 * random.uniform();
    }
  }
  return inside;
}

/** From tones to the colours of ink and paper; paper is browner towards the edges and in clouds. */
function tint(random: Random, { width, height, values }: Plane, inside: Uint8Array, kind: Kind): Picture {
  const stains = clouds(random, width, height, 5).values;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const edge = Math.min(x, width - 1 - x, y, height - 1 - y) / Math.min(width, height);
      const brown = 0.35 * Math.exp(-edge / 0.05) + 0.25 * stains[i]! + (inside[i] === 1 ? 0 : 0.05);
      for (let c = 0; c < 3; c++) {
        const paper = kind.paper[c]! - brown * 0.35 * (255 - kind.paper[c]!);
        rgb[3 * i + c] = Math.round(kind.ink[c]! + (paper - kind.ink[c]!) * Math.min(1, values[i]!));
      }
    }
  }
  return { width, height, rgb };
}
