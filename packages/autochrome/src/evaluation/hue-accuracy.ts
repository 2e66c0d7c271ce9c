/** A true pixel takes part from this chroma C*ab on. */
const CHROMATIC = 15;
/** A painted pixel counts as coloured from this chroma C*ab on. */
const PAINTED = 7.5;
/** Photos with a smaller share of chromatic pixels say nothing about hue. */
const MIN_SHARE = 0.02;

/**
 * Hue accuracy: of the pixels whose true chroma C*ab is at least 15, the share painted with C*ab >= 7.5
 * and a hue within 45 degrees. Gray scores 0, and a different shade of the right colour is not punished.
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 * @returns share in [0,1]; NaN when fewer than 2% of the pixels are chromatic
 */
export function hueAccuracy(truth: Float32Array, painted: Float32Array): number {
  let chromatic = 0;
  let right = 0;
  for (let i = 0; i < truth.length; i += 3) {
    const a = truth[i + 1];
    const b = truth[i + 2];
    const trueSquare = a * a + b * b;
    if (trueSquare < CHROMATIC * CHROMATIC) continue;
    chromatic++;
    const pa = painted[i + 1];
    const pb = painted[i + 2];
    const paintedSquare = pa * pa + pb * pb;
    if (paintedSquare < PAINTED * PAINTED) continue;
    // cos(angle) >= cos(45°), squared: no square root or arc tangent per pixel.
    const dot = a * pa + b * pb;
    if (dot > 0 && 2 * dot * dot >= trueSquare * paintedSquare) right++;
  }
  if (chromatic === 0 || chromatic < (MIN_SHARE * truth.length) / 3) return Number.NaN;
  return right / chromatic;
}
