import { bootstrapDifference, type PairedDifference } from "./bootstrap.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import type { MetricName } from "./photo-metrics.ts";

/** A model's result under the name that it goes by in tables. */
export interface NamedResult {
  readonly name: string;
  readonly result: EvaluationResult;
}

/** The metrics that have a better side; of `colourfulness` only the ratio has. */
export type ComparedMetric = Exclude<MetricName, "colourfulness">;

/** Lower is better. */
const LOSSES: Readonly<Record<ComparedMetric, (mean: number) => number>> = {
  psnr: (mean) => -mean,
  ssim: (mean) => -mean,
  deltaE2000: (mean) => mean,
  abMae: (mean) => mean,
  colourfulnessRatio: (mean) => Math.abs(1 - mean),
  hueAccuracy: (mean) => -mean,
  accuracy2: (mean) => -mean,
  accuracy5: (mean) => -mean,
  auc: (mean) => -mean,
};

export const COMPARED_METRICS = Object.keys(LOSSES) as ComparedMetric[];

/** Each model against the first, on the same photos. */
export interface Comparison {
  /** Name of the first model. */
  readonly reference: string;
  readonly models: readonly {
    readonly name: string;
    readonly differences: Readonly<Record<ComparedMetric, PairedDifference>>;
  }[];
}

/**
 * Paired differences of models to the first of them, with bootstrap 95% intervals and the share of resamples in
 * which the model is better.
 *
 * @param models two or more, of the same photos in the same order
 */
export function compareModels([reference, ...others]: readonly NamedResult[], seed = 1): Comparison {
  const values = ({ result }: NamedResult, metric: ComparedMetric): number[] =>
    result.perPhoto.map(({ model }) => model[metric]);
  return {
    reference: reference.name,
    models: others.map((other) => ({
      name: other.name,
      differences: Object.fromEntries(
        COMPARED_METRICS.map((metric) => [
          metric,
          bootstrapDifference(values(other, metric), values(reference, metric), LOSSES[metric], { seed }),
        ]),
      ) as Record<ComparedMetric, PairedDifference>,
    })),
  };
}
