/** One bin of predicted probability; NaN where it is empty. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean predicted probability of being real. */
  readonly predicted: number;
  /** Share that is real. */
  readonly observed: number;
}

export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error in [0,1]: mean |observed - predicted| over bins, weighed by their counts. */
  readonly expectedError: number;
}

/** 1 / (1 + exp(-logit)). */
export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Reliability of sigmoid(logit) as the probability of being real, in bins of equal width (Guo, Pleiss, Sun and
 * Weinberger, "On Calibration of Modern Neural Networks", 2017).
 *
 * @param positives logits of real pictures
 * @param negatives logits of painted pictures
 */
export function calibration(positives: Float32Array, negatives: Float32Array, bins = 10): Calibration {
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const real = new Float64Array(bins);
  const add = (logits: Float32Array, label: 0 | 1): void => {
    for (const logit of logits) {
      const probability = sigmoid(logit);
      const bin = Math.min(bins - 1, Math.floor(probability * bins));
      counts[bin]++;
      sums[bin] += probability;
      real[bin] += label;
    }
  };
  add(positives, 1);
  add(negatives, 0);
  const total = positives.length + negatives.length;
  let expectedError = total === 0 ? Number.NaN : 0;
  for (let k = 0; k < bins; k++) expectedError += total === 0 ? 0 : Math.abs(real[k] - sums[k]) / total;
  return {
    bins: Array.from(counts, (count, k) => ({
      from: k / bins,
      to: (k + 1) / bins,
      count,
      predicted: sums[k] / count,
      observed: real[k] / count,
    })),
    expectedError,
  };
}
