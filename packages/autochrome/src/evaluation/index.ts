/**
 * Evaluation: a network's colours measured beside plain gray and the mean colour, its discriminator, and what
 * it paints each colour as; as JSON, as text and as an HTML report. Knows nothing of networks: it takes functions.
 *
 * @module
 */
export { type AucBins, areaUnderCurve, areaUnderCurveBins, rebalancedWeights } from "./auc.ts";
export { paintConstantChroma } from "./baselines.ts";
export {
  type BootstrapOptions,
  bootstrapDifference,
  bootstrapMean,
  bootstrapRatio,
  type Interval,
  type PairedDifference,
} from "./bootstrap.ts";
export { type Calibration, type CalibrationBin, calibration, sigmoid } from "./calibration.ts";
export {
  type BinaryConfusion,
  type BinaryScores,
  binaryScores,
  type ClassScores,
  classScores,
} from "./classification.ts";
export {
  COLOUR_CLASSES,
  type ColourClass,
  type ColourReport,
  colourClass,
  colourReport,
  countColours,
  newColourCounts,
} from "./colour-classes.ts";
export { type ComparedMetric, type Comparison, compareModels, type NamedResult } from "./comparison.ts";
export {
  type DiscriminatorReport,
  type DiscriminatorScores,
  DiscriminatorTally,
  decideAt,
  discriminatorScores,
  type ThresholdReport,
} from "./discriminator.ts";
export { epsilonAccuracy } from "./epsilon-accuracy.ts";
export {
  type Candidate,
  type Colorize,
  type Discriminate,
  type EvaluateModelsOptions,
  type EvaluationResult,
  evaluateModels,
  type ModelsPhotoEvent,
  type PhotoEvaluation,
} from "./evaluate-models.ts";
export { type EvaluationOptions, evaluatePhotos, type PhotoEvent } from "./evaluate-photos.ts";
export { formatEvaluation } from "./format.ts";
export { formatComparison } from "./format-comparison.ts";
export { frechetDistance } from "./frechet.ts";
export { hueAccuracy } from "./hue-accuracy.ts";
export { abMae, meanDeltaE2000, psnr } from "./image-metrics.ts";
export {
  type ComparisonJson,
  comparisonToJson,
  type EvaluationJson,
  type MetricsJson,
  type ThresholdJson,
  toJson,
} from "./json.ts";
export type {
  DistanceReport,
  FrechetReport,
  PerceptualNetworks,
  PerceptualReport,
  Picture,
} from "./perceptual.ts";
export { type EvaluationPhoto, METRIC_NAMES, type MetricName, type PhotoMetrics } from "./photo-metrics.ts";
export {
  type ReportImage,
  type ReportModel,
  type ReportOptions,
  type ReportPicture,
  renderReport,
} from "./report.ts";
export { type Roc, type RocPoint, rocCurve } from "./roc.ts";
export { type ScoredSummary, scoreForBest } from "./score.ts";
export { ssim } from "./ssim.ts";
export type { MetricSummary } from "./summary.ts";
export { type ColourEvidence, judgeDiscriminator, type Verdict } from "./verdict.ts";
