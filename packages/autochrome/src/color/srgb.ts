/**
 * Interleaved pixel samples. The array's type is the bit depth: `Uint8Array` holds 0..255,
 * `Uint16Array` holds 0..65535.
 */
export type RgbArray = Uint8Array | Uint16Array;

/** sRGB electro-optical transfer (IEC 61966-2-1): encoded [0,1] to linear light [0,1]. */
export function srgbToLinear(encoded: number): number {
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
}

/** Inverse of {@link srgbToLinear}: linear light [0,1] to encoded [0,1]. */
export function linearToSrgb(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

function linearTable(levels: number): Float64Array {
  const table = new Float64Array(levels);
  for (let level = 0; level < levels; level++) table[level] = srgbToLinear(level / (levels - 1));
  return table;
}

const linear8 = linearTable(256);
let linear16: Float64Array | null = null;

/** Linear light of every sample value at the depth of `rgb`: 256 or 65536 entries in [0,1]. */
export function linearLevels(rgb: RgbArray): Float64Array {
  if (rgb instanceof Uint8Array) return linear8;
  linear16 ??= linearTable(65536);
  return linear16;
}

/**
 * Buckets of linear light in the 8-bit encoder. The levels nearest black are 1/3295 apart, so a bucket
 * of 1/4096 holds at most one boundary between two levels and a single comparison makes it exact.
 */
const BUCKETS_8 = 4096;
const boundaries8 = new Float64Array(257).fill(Number.POSITIVE_INFINITY);
for (let level = 1; level < 256; level++) boundaries8[level] = srgbToLinear((level - 0.5) / 255);
const buckets8 = new Uint8Array(BUCKETS_8 + 1);
for (let bucket = 0, level = 0; bucket <= BUCKETS_8; bucket++) {
  while (boundaries8[level + 1] <= bucket / BUCKETS_8) level++;
  buckets8[bucket] = level;
}

/** Nearest 8-bit sRGB level of linear light; values outside [0,1] are clipped. */
export function encodeLevel8(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 255;
  const level = buckets8[(linear * BUCKETS_8) | 0];
  return linear >= boundaries8[level + 1] ? level + 1 : level;
}

const STEPS_16 = 16384;
let steps16: Float64Array | null = null;

function encoderSteps16(): Float64Array {
  const table = new Float64Array(STEPS_16 + 2);
  for (let step = 0; step < table.length; step++) table[step] = 65535 * linearToSrgb(step / STEPS_16);
  return table;
}

/** Nearest 16-bit sRGB level of linear light, within 0.3 of a level before rounding; clipped to [0,1]. */
export function encodeLevel16(linear: number): number {
  if (!(linear > 0)) return 0;
  if (linear >= 1) return 65535;
  steps16 ??= encoderSteps16();
  const position = linear * STEPS_16;
  const step = position | 0;
  const low = steps16[step];
  return (low + (steps16[step + 1] - low) * (position - step) + 0.5) | 0;
}
