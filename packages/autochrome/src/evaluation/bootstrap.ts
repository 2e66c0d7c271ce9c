/** A mean over photos with its bootstrap 95% interval; all NaN when no photo has a value. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Equal seeds give equal intervals. Default 1. */
  readonly seed?: number;
  /** Resamples drawn. Default 1000. */
  readonly resamples?: number;
}

/** Deterministic numbers in [0,1): a Weyl sequence through a 32-bit avalanche mix. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** Quantile of sorted values by linear interpolation between the two nearest ranks. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const rank = (sorted.length - 1) * share;
  const below = Math.floor(rank);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
}

/**
 * Mean and percentile bootstrap 95% interval (Efron and Tibshirani 1993): photos are drawn with replacement,
 * and the 2.5% and 97.5% quantiles of the resampled means are taken. Values that are not finite (metrics that a
 * photo cannot have) are left out first.
 *
 * @param values one value a photo
 */
export function bootstrapMean(values: readonly number[], options: BootstrapOptions = {}): Interval {
  const finite = values.filter(Number.isFinite);
  return bootstrapRatio(
    finite,
    finite.map(() => 1),
    options,
  );
}

/**
 * As {@link bootstrapMean} for a ratio of sums, sum(numerators) / sum(denominators), which weighs photos.
 *
 * @param numerators one value a photo
 * @param denominators one positive weight a photo
 */
export function bootstrapRatio(
  numerators: readonly number[],
  denominators: readonly number[],
  { seed = 1, resamples = 1000 }: BootstrapOptions = {},
): Interval {
  const count = numerators.length;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const mean = count === 0 ? Number.NaN : sum(numerators) / sum(denominators);
  if (count < 2) return { mean, low: mean, high: mean };
  const random = randomNumbers(seed);
  const drawn = new Float64Array(resamples);
  for (let k = 0; k < resamples; k++) {
    let numerator = 0;
    let denominator = 0;
    for (let i = 0; i < count; i++) {
      const photo = Math.floor(random() * count);
      numerator += numerators[photo];
      denominator += denominators[photo];
    }
    drawn[k] = numerator / denominator;
  }
  drawn.sort();
  return { mean, low: quantile(drawn, 0.025), high: quantile(drawn, 0.975) };
}
