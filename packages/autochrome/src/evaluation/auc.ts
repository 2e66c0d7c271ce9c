/**
 * AuC of Zhang, Isola and Efros, "Colorful Image Colorization" (2016): the share of pixels whose error in
 * the ab plane is at most t, averaged over t = 0, 1, ..., 150; and its class-rebalanced form.
 */

const THRESHOLDS = 151;

/** Side of a colour bin of the ab plane, as in the paper. */
const BIN_SIZE = 10;
const BINS_PER_SIDE = 26;
const BIN_OFFSET = 13;

/** The ab bins of one photo that hold pixels: pixel counts and summed scores. */
export interface AucBins {
  readonly bins: Uint16Array;
  readonly pixels: Float64Array;
  readonly scores: Float64Array;
}

/** Share of the 151 thresholds that an error reaches: ceil(error) is the first whole t that holds it. */
function pixelScore(da: number, db: number): number {
  const first = Math.ceil(Math.sqrt(da * da + db * db));
  return first >= THRESHOLDS ? 0 : (THRESHOLDS - first) / THRESHOLDS;
}

/**
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 * @returns mean of the 151 shares, in [0,1]; NaN when there are no pixels
 */
export function areaUnderCurve(truth: Float32Array, painted: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < truth.length; i += 3) {
    sum += pixelScore(truth[i + 1] - painted[i + 1], truth[i + 2] - painted[i + 2]);
  }
  return sum / (truth.length / 3);
}

/**
 * What {@link rebalancedWeights} needs of one photo: the score of {@link areaUnderCurve}, kept apart for each
 * 10 x 10 bin of the true ab.
 *
 * @param truth interleaved Lab, `[n * 3]`
 * @param painted the same shape
 */
export function areaUnderCurveBins(truth: Float32Array, painted: Float32Array): AucBins {
  const pixels = new Float64Array(BINS_PER_SIDE * BINS_PER_SIDE);
  const scores = new Float64Array(BINS_PER_SIDE * BINS_PER_SIDE);
  for (let i = 0; i < truth.length; i += 3) {
    const a = truth[i + 1];
    const b = truth[i + 2];
    const row = Math.round(a / BIN_SIZE) + BIN_OFFSET;
    const bin = row * BINS_PER_SIDE + Math.round(b / BIN_SIZE) + BIN_OFFSET;
    pixels[bin]++;
    scores[bin] += pixelScore(a - painted[i + 1], b - painted[i + 2]);
  }
  const held: number[] = [];
  for (let bin = 0; bin < pixels.length; bin++) if (pixels[bin] > 0) held.push(bin);
  return {
    bins: Uint16Array.from(held),
    pixels: Float64Array.from(held, (bin) => pixels[bin]),
    scores: Float64Array.from(held, (bin) => scores[bin]),
  };
}

/**
 * Class-rebalanced AuC over photos: each pixel weighs the inverse of how often its true colour bin occurs in
 * all the photos together (the paper's equation 4 with lambda = 0; it took the frequencies from ImageNet,
 * which are not at hand). The rebalanced value of a set of photos is the sum of its numerators over the sum
 * of its denominators; over all photos that is the plain mean over the bins that occur.
 *
 * @returns one numerator and denominator a photo
 */
export function rebalancedWeights(photos: readonly AucBins[]): { numerator: number; denominator: number }[] {
  const total = new Float64Array(BINS_PER_SIDE * BINS_PER_SIDE);
  for (const { bins, pixels } of photos) {
    for (let k = 0; k < bins.length; k++) total[bins[k]] += pixels[k];
  }
  return photos.map(({ bins, pixels, scores }) => {
    let numerator = 0;
    let denominator = 0;
    for (let k = 0; k < bins.length; k++) {
      numerator += scores[k] / total[bins[k]];
      denominator += pixels[k] / total[bins[k]];
    }
    return { numerator, denominator };
  });
}
