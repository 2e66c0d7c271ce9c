/**
 * Linear sRGB to CIE XYZ with D65 at Y = 1, derived from the primaries' and white's chromaticities in
 * IEC 61966-2-1 (Rec. 709 primaries, white x = 0.3127, y = 0.3290), at full double precision: the
 * standard's four printed digits leave a tint of 0.01 in the chroma of gray.
 *
 * Both matrices are scaled by the white point: X, Y and Z are all 1 for white, which is the form that
 * CIE Lab wants (X/Xn, Y/Yn, Z/Zn).
 */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];

function invert(m: Matrix): Matrix {
  const [a, b, c, d, e, f, g, h, i] = m;
  const A = e * i - f * h;
  const B = f * g - d * i;
  const C = d * h - e * g;
  const s = 1 / (a * A + b * B + c * C);
  return [
    A * s,
    (c * h - b * i) * s,
    (b * f - c * e) * s,
    B * s,
    (a * i - c * g) * s,
    (c * d - a * f) * s,
    C * s,
    (b * g - a * h) * s,
    (a * e - b * d) * s,
  ];
}

function rgbToRelativeXyz(): Matrix {
  const [redX, redY, greenX, greenY, blueX, blueY] = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
  const [whiteX, whiteY] = [0.3127, 0.329];
  const primaries: Matrix = [
    redX / redY,
    greenX / greenY,
    blueX / blueY,
    1,
    1,
    1,
    (1 - redX - redY) / redY,
    (1 - greenX - greenY) / greenY,
    (1 - blueX - blueY) / blueY,
  ];
  const white = [whiteX / whiteY, 1, (1 - whiteX - whiteY) / whiteY] as const;
  const inverse = invert(primaries);
  const share = [0, 3, 6].map(
    (row) => inverse[row] * white[0] + inverse[row + 1] * white[1] + inverse[row + 2] * white[2],
  );
  return primaries.map((value, k) => (value * share[k % 3]) / white[Math.floor(k / 3)]) as unknown as Matrix;
}

/** Row-major 3x3, rows X/Xn, Y/Yn, Z/Zn, columns R, G, B; every row adds up to 1. */
export const RGB_TO_XYZ: Matrix = rgbToRelativeXyz();

/** Shares of linear R, G and B in a gray; for white to stay white they add up to 1. */
export type RgbWeights = readonly [number, number, number];

/** Of Y, the luminance that L* is made of. */
export const LUMINANCE_WEIGHTS: RgbWeights = [RGB_TO_XYZ[3], RGB_TO_XYZ[4], RGB_TO_XYZ[5]];

/** Row-major 3x3, rows R, G, B, columns X/Xn, Y/Yn, Z/Zn; every row adds up to 1. */
export const XYZ_TO_RGB: Matrix = invert(RGB_TO_XYZ);
