import { XYZ_TO_RGB } from "./primaries.ts";
import { encodeLevel8, encodeLevel16, type RgbArray } from "./srgb.ts";

const [RX, RY, RZ, GX, GY, GZ, BX, BY, BZ] = XYZ_TO_RGB;

/**
 * How far outside [0,1] linear light may lie and still count as inside: Float32 rounding of Lab moves the
 * cube's own corners by up to 1e-6. Clipping it changes L* by less than 0.01.
 */
const SLACK = 1e-5;

/** Halvings of the chroma interval: 2^-14 of C* = 150 is 0.01, below one 8-bit level anywhere. */
const HALVINGS = 14;

/** Inverse of the CIE 15 response f: relative tristimulus value of f. */
function tristimulus(f: number): number {
  return f > 6 / 29 ? f * f * f : (f - 4 / 29) * (108 / 841);
}

function insideCube(x: number, y: number, z: number): boolean {
  const r = RX * x + RY * y + RZ * z;
  const g = GX * x + GY * y + GZ * z;
  const b = BX * x + BY * y + BZ * z;
  return r >= -SLACK && g >= -SLACK && b >= -SLACK && r <= 1 + SLACK && g <= 1 + SLACK && b <= 1 + SLACK;
}

/** The largest share of the chroma (da, db in units of f) that sRGB can show at this luma and hue. */
function shownShare(fy: number, y: number, da: number, db: number): number {
  let inside = 0;
  let outside = 1;
  for (let k = 0; k < HALVINGS; k++) {
    const share = (inside + outside) / 2;
    if (insideCube(tristimulus(fy + share * da), y, tristimulus(fy - share * db))) inside = share;
    else outside = share;
  }
  return inside;
}

/** Writes sRGB of the pixels whose L* lies at every `step`-th place of `luma`, a* and b* likewise. */
function paint(
  luma: Float32Array,
  lumaStep: number,
  chroma: Float32Array,
  chromaStart: number,
  chromaStep: number,
  out: RgbArray,
): void {
  const wide = out instanceof Uint16Array;
  for (let i = 0, l = 0, c = chromaStart; i < out.length; i += 3, l += lumaStep, c += chromaStep) {
    const fy = (Math.min(Math.max(luma[l], 0), 100) + 16) / 116;
    const y = tristimulus(fy);
    let da = chroma[c] / 500;
    let db = chroma[c + 1] / 200;
    let x = tristimulus(fy + da);
    let z = tristimulus(fy - db);
    if (!insideCube(x, y, z)) {
      const finite = Number.isFinite(da) && Number.isFinite(db);
      const share = finite ? shownShare(fy, y, da, db) : 0;
      da = finite ? da * share : 0;
      db = finite ? db * share : 0;
      x = tristimulus(fy + da);
      z = tristimulus(fy - db);
    }
    const r = RX * x + RY * y + RZ * z;
    const g = GX * x + GY * y + GZ * z;
    const b = BX * x + BY * y + BZ * z;
    if (wide) {
      out[i] = encodeLevel16(r);
      out[i + 1] = encodeLevel16(g);
      out[i + 2] = encodeLevel16(b);
    } else {
      out[i] = encodeLevel8(r);
      out[i + 1] = encodeLevel8(g);
      out[i + 2] = encodeLevel8(b);
    }
  }
}

/**
 * sRGB of CIE Lab pixels (D65). A colour that sRGB cannot show loses chroma, at its own L* and hue, until
 * it can; L* is clipped to [0,100]. Pixels whose chroma is not finite come out gray.
 *
 * @param lab interleaved L*, a*, b*, `[n * 3]`
 * @param out where to write, `[n * 3]`; its type chooses 8 or 16 bit
 * @throws RangeError when the lengths differ
 */
export function labToRgb<T extends RgbArray>(lab: Float32Array, out: T): T {
  if (lab.length !== out.length || lab.length % 3 !== 0) {
    throw new RangeError(`lab holds ${lab.length} values and out ${out.length}: both must be 3 a pixel`);
  }
  paint(lab, 3, lab, 1, 3, out);
  return out;
}

/**
 * sRGB of a luma plane and a chroma plane, gamut mapped as in {@link labToRgb}, so that the photo's
 * lightness is kept: L* of the 8-bit result is within 0.5 of `luma` at every pixel (rounding alone).
 *
 * @param luma L* in [0,100], `[n]`
 * @param chroma interleaved a*, b*, `[n * 2]`
 * @param out where to write interleaved sRGB, `[n * 3]`; its type chooses 8 or 16 bit
 * @throws RangeError when a length does not fit
 */
export function combineLumaChroma<T extends RgbArray>(luma: Float32Array, chroma: Float32Array, out: T): T {
  if (chroma.length !== luma.length * 2 || out.length !== luma.length * 3) {
    throw new RangeError(
      `${luma.length} pixels of luma need ${luma.length * 2} chroma values (got ${chroma.length}) ` +
        `and ${luma.length * 3} output samples (got ${out.length})`,
    );
  }
  paint(luma, 1, chroma, 0, 2, out);
  return out;
}
