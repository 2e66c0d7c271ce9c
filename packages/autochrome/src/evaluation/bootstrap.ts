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

/** Mean difference between two networks on the same photos; all NaN when no photo has a value of both. */
export interface PairedDifference extends Interval {
  /** Share of the resamples in which the first network is better, ties counted half; 1 or 0 is a clear case. */
  readonly wins: number;
  /** Photos with a value of both. */
  readonly photos: number;
}

/**
 * Paired bootstrap of the difference between two means over the same photos (Efron and Tibshirani 1993): each
 * resample draws photos, and both means are taken over the ones drawn. What makes a photo hard for both then cancels
 * out, so that differences show which the two intervals alone would hide.
 *
 * @param values one value a photo of the first network; `mean` of the result is first minus second
 * @param others of the second, in the same order
 * @param loss of a mean, lower is better: `(mean) => -mean` where higher is, `(mean) => |1 - mean|` near 1
 */
export function bootstrapDifference(
  values: readonly number[],
  others: readonly number[],
  loss: (mean: number) => number,
  { seed = 1, resamples = 1000 }: BootstrapOptions = {},
): PairedDifference {
  const pairs = values
    .map((value, i) => [value, others[i]] as const)
    .filter((pair) => pair.every(Number.isFinite));
  const count = pairs.length;
  const nothing = { mean: Number.NaN, low: Number.NaN, high: Number.NaN, wins: Number.NaN, photos: 0 };
  if (count === 0) return nothing;
  const random = randomNumbers(seed);
  const drawn = new Float64Array(resamples);
  let wins = 0;
  for (let k = 0; k < resamples; k++) {
    let first = 0;
    let second = 0;
    for (let i = 0; i < count; i++) {
      const [value, other] = pairs[Math.floor(random() * count)];
      first += value;
      second += other;
    }
    drawn[k] = (first - second) / count;
    const lead = loss(second / count) - loss(first / count);
    wins += lead > 0 ? 1 : lead === 0 ? 0.5 : 0;
  }
  drawn.sort();
  const mean = pairs.reduce((sum, [value, other]) => sum + value - other, 0) / count;
  const [low, high] = [quantile(drawn, 0.025), quantile(drawn, 0.975)];
  return { mean, low, high, wins: wins / resamples, photos: count };
}
