import { type AucBins, rebalancedWeights } from "./auc.ts";
import { bootstrapMean, bootstrapRatio, type Interval } from "./bootstrap.ts";
import { METRIC_NAMES, type MetricName, type PhotoMetrics } from "./photo-metrics.ts";

/** A mean with its interval for every metric, and the class-rebalanced AuC. */
export type MetricSummary = Readonly<Record<MetricName | "aucRebalanced", Interval>>;

/**
 * Means over photos with bootstrap 95% intervals; photos without a value for a metric are left out of it. With one
 * seed, networks and baselines are resampled with the same draws, so that their intervals compare.
 *
 * @param bins the photos' AuC bins, in the same order as `photos`
 */
export function summarize(
  photos: readonly PhotoMetrics[],
  bins: readonly AucBins[],
  seed: number,
): MetricSummary {
  const interval = (name: MetricName): Interval =>
    bootstrapMean(
      photos.map((photo) => photo[name]),
      { seed },
    );
  const weights = rebalancedWeights(bins);
  const summary: Partial<Record<MetricName | "aucRebalanced", Interval>> = {};
  for (const name of METRIC_NAMES) summary[name] = interval(name);
  summary.aucRebalanced = bootstrapRatio(
    weights.map(({ numerator }) => numerator),
    weights.map(({ denominator }) => denominator),
    { seed },
  );
  return summary as MetricSummary;
}
