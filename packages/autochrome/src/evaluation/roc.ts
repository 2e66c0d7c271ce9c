/** A point of a ROC curve: the rates when everything scoring at least `threshold` (a logit) is called real. */
export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
  readonly threshold: number;
}

export interface Roc {
  /** From (0,0) to (1,1), thinned to at most about `maxPoints`. */
  readonly points: readonly RocPoint[];
  /** Area under the whole curve: P(real scores higher) + P(tie) / 2; NaN when a class is absent. */
  readonly auc: number;
}

/**
 * Receiver operating characteristic of scores. Equal scores of both classes make one slanted step, so that the
 * area is the Mann-Whitney statistic with ties counted half.
 *
 * @param positives scores of real pictures, any order, finite
 * @param negatives scores of painted pictures
 */
export function rocCurve(positives: Float32Array, negatives: Float32Array, maxPoints = 200): Roc {
  const up = positives.slice().sort();
  const down = negatives.slice().sort();
  if (up.length === 0 || down.length === 0) return { points: [], auc: Number.NaN };
  const points: RocPoint[] = [
    { falsePositiveRate: 0, truePositiveRate: 0, threshold: Number.POSITIVE_INFINITY },
  ];
  const spacing = 1 / maxPoints;
  let last = points[0];
  let area = 0;
  let tp = 0;
  let fp = 0;
  while (tp < up.length || fp < down.length) {
    const nextUp = tp < up.length ? up[up.length - 1 - tp] : Number.NEGATIVE_INFINITY;
    const nextDown = fp < down.length ? down[down.length - 1 - fp] : Number.NEGATIVE_INFINITY;
    const threshold = Math.max(nextUp, nextDown);
    const before = tp;
    const fpBefore = fp;
    while (tp < up.length && up[up.length - 1 - tp] === threshold) tp++;
    while (fp < down.length && down[down.length - 1 - fp] === threshold) fp++;
    area += ((fp - fpBefore) * (tp + before)) / 2;
    const point = { falsePositiveRate: fp / down.length, truePositiveRate: tp / up.length, threshold };
    const moved =
      point.falsePositiveRate - last.falsePositiveRate + point.truePositiveRate - last.truePositiveRate;
    if (moved >= 2 * spacing || (tp === up.length && fp === down.length)) {
      points.push(point);
      last = point;
    }
  }
  return { points, auc: area / (up.length * down.length) };
}
