/**
 * Curves as arrays: smoothing, and several runs over one x axis.
 */

type Values = readonly (number | null)[];

/**
 * Exponential moving average, without the pull of its start towards zero (Kingma and Ba 2015, section 3). A gap
 * stays a gap.
 *
 * @param weight of the past, 0 to below 1
 */
export function smooth(values: Values, weight: number): (number | null)[] {
  if (weight === 0) return [...values];
  let [sum, total] = [0, 0];
  return values.map((value) => {
    if (value === null) return null;
    sum = weight * sum + (1 - weight) * value;
    total = weight * total + (1 - weight);
    return sum / total;
  });
}

/** Values over their own positions. */
export interface Curve {
  /** Ascending; null where a row tells no position. */
  x: Values;
  /** Arrays as long as `x`. */
  y: readonly Values[];
}

/**
 * Curves over the union of their positions: `[x, ...every y of every curve]`, with null where a curve has no point.
 */
export function joinCurves(curves: readonly Curve[]): [number[], ...(number | null)[][]] {
  const all = new Set<number>();
  for (const { x } of curves) for (const position of x) if (position !== null) all.add(position);
  const xs = Float64Array.from(all).sort();
  const index = new Map<number, number>();
  xs.forEach((position, i) => {
    index.set(position, i);
  });
  const ys: (number | null)[][] = [];
  for (const { x, y } of curves) {
    for (const values of y) {
      const joined = new Array<number | null>(xs.length).fill(null);
      x.forEach((position, i) => {
        if (position !== null) joined[index.get(position)!] = values[i] ?? null;
      });
      ys.push(joined);
    }
  }
  return [[...xs], ...ys];
}

/** For a logarithmic axis, which has no place for zero and less. */
export function positive(values: Values): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

/** The number of the position nearest to `x`; -1 where there is none. */
export function nearestIndex(positions: Values, x: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  positions.forEach((position, i) => {
    if (position === null || Math.abs(position - x) >= distance) return;
    best = i;
    distance = Math.abs(position - x);
  });
  return best;
}

/**
 * The values below and above which a share of all lies.
 *
 * @param share 0 gives the smallest and the largest
 * @returns infinities, the lower one positive, where there are no values
 */
export function quantiles(values: ArrayLike<number | null | undefined>, share: number): [number, number] {
  const known = Float64Array.from(Array.from(values).filter((value) => typeof value === "number")).sort();
  if (known.length === 0) return [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const skipped = Math.floor(share * known.length);
  return [known[skipped]!, known[known.length - 1 - skipped]!];
}
