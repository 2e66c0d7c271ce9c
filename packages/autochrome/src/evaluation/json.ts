import type { Interval } from "./bootstrap.ts";
import type { Comparison, NamedResult } from "./comparison.ts";
import type { DiscriminatorReport, DiscriminatorScores } from "./discriminator.ts";
import type { EvaluationResult } from "./evaluate-models.ts";
import { METRIC_NAMES, type MetricName } from "./photo-metrics.ts";
import type { MetricSummary } from "./summary.ts";

/** Numbers of a type with `null` where JSON cannot hold them (NaN, infinities). */
export type Nullable<T> = T extends number
  ? number | null
  : T extends readonly (infer Item)[]
    ? Nullable<Item>[]
    : T extends object
      ? { [Key in keyof T]: Nullable<T[Key]> }
      : T;

/** Decisions of the discriminator at threshold 0.5. */
export type ThresholdJson = Nullable<
  Pick<DiscriminatorScores, "threshold" | "confusion" | "accuracy" | "precision" | "recall" | "f1" | "rocAuc">
>;

export type MetricsJson = Record<MetricName, Nullable<Interval>>;

/** The document of `evaluate --json`. `null` stands for a figure that does not exist (0 / 0). */
export interface EvaluationJson {
  photos: number;
  model: MetricsJson;
  /** Extra models stand beside `gray` and `mean` under their names. */
  baselines: { gray: MetricsJson; mean: MetricsJson } & Record<string, MetricsJson>;
  discriminator: { perImage: ThresholdJson; perPatch: ThresholdJson } | null;
  colours: Nullable<EvaluationResult["colours"]>;
  /** Class-rebalanced AuC of `model` and of each baseline. */
  aucRebalanced: Record<string, Nullable<Interval>>;
  /** The score that chooses the best checkpoint. */
  score: number | null;
  /** Verdict, decisions at labelSmoothing / 2, ROC curves and calibration. */
  discriminatorDetails: Nullable<DiscriminatorDetails> | null;
  perPhoto: Nullable<EvaluationResult["perPhoto"]>;
  /** Fréchet and perceptual distances; null where no networks for them were given. */
  perceptual: Nullable<EvaluationResult["perceptual"]>;
}

/** The document of `evaluate --json` of several models. */
export interface ComparisonJson {
  photos: number;
  /** Each as `evaluate --json` of it alone, with its name. */
  models: (EvaluationJson & { name: string })[];
  /** Mean differences of the others to the first model, on the same photos. */
  comparison: Nullable<Comparison>;
}

type CurveScores = Pick<DiscriminatorScores, "balanced" | "roc" | "calibration">;

type DiscriminatorDetails = Pick<DiscriminatorReport, "labelSmoothing" | "nonFinite" | "verdict"> & {
  perImage: CurveScores;
  perPatch: CurveScores;
};

/** The JSON document of an evaluation: `JSON.stringify` of it never meets NaN, which it would write as null unasked. */
export function toJson(result: EvaluationResult): EvaluationJson {
  const { discriminator } = result;
  const baselines = Object.entries(result.baselines);
  return nullify({
    photos: result.photos,
    model: metrics(result.model),
    baselines: Object.fromEntries(baselines.map(([name, summary]) => [name, metrics(summary)])) as {
      gray: Record<MetricName, Interval>;
      mean: Record<MetricName, Interval>;
    },
    discriminator: discriminator && {
      perImage: decisions(discriminator.perImage),
      perPatch: decisions(discriminator.perPatch),
    },
    colours: result.colours,
    aucRebalanced: Object.fromEntries([
      ["model", result.model.aucRebalanced],
      ...baselines.map(([name, summary]) => [name, summary.aucRebalanced]),
    ]) as Record<string, Interval>,
    score: result.score,
    discriminatorDetails: discriminator && {
      labelSmoothing: discriminator.labelSmoothing,
      nonFinite: discriminator.nonFinite,
      verdict: discriminator.verdict,
      perImage: curves(discriminator.perImage),
      perPatch: curves(discriminator.perPatch),
    },
    perPhoto: result.perPhoto,
    perceptual: result.perceptual,
  }) as EvaluationJson;
}

/** The JSON document of several models. */
export function comparisonToJson(models: readonly NamedResult[], comparison: Comparison): ComparisonJson {
  return {
    photos: models[0].result.photos,
    models: models.map(({ name, result }) => ({ name, ...toJson(result) })),
    comparison: nullify(comparison),
  };
}

function metrics(summary: MetricSummary): Record<MetricName, Interval> {
  const entries = METRIC_NAMES.map((name) => [name, summary[name]]);
  return Object.fromEntries(entries) as Record<MetricName, Interval>;
}

function decisions(scores: DiscriminatorScores) {
  const { threshold, confusion, accuracy, precision, recall, f1, rocAuc } = scores;
  return { threshold, confusion, accuracy, precision, recall, f1, rocAuc };
}

function curves({ balanced, roc, calibration }: DiscriminatorScores): CurveScores {
  return { balanced, roc, calibration };
}

function nullify<T>(value: T): Nullable<T> {
  if (typeof value === "number") return (Number.isFinite(value) ? value : null) as Nullable<T>;
  if (Array.isArray(value)) return value.map(nullify) as Nullable<T>;
  if (value === null || typeof value !== "object") return value as Nullable<T>;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, nullify(item)])) as Nullable<T>;
}
