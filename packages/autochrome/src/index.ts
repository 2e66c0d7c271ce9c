/**
 * Autochrome: colour for black-and-white photographs.
 *
 * Importing this loads no TensorFlow.js; `train`, `exportRun` and evaluating a run load it when called. What works
 * with Keras models directly is in `autochrome/training`.
 *
 * @module
 * @example
 * const colorizer = await loadColorizer();
 * const { data, width, height } = await colorizer.colorize(await decodePhoto("portrait.jpg"));
 */
import type { ExportResult, ExportRunOptions } from "./export/index.ts";

export {
  type ComparedModels,
  type CompareOptions,
  compare,
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type SkippedPhoto,
} from "./assess/index.ts";
export { formatHints, type Hint, parseHints } from "./chroma/index.ts";
export type { RgbArray } from "./color/index.ts";
export { type PackedShards, type PackOptions, packPhotos } from "./data/index.ts";
export { AutochromeError } from "./errors.ts";
export {
  type Comparison,
  type ComparisonJson,
  type EvaluationJson,
  type EvaluationResult,
  formatComparison,
  formatEvaluation,
  type MetricsJson,
  type PhotoEvaluation,
  type PhotoEvent,
} from "./evaluation/index.ts";
export type { ExportedFile, ExportResult, ExportRunOptions, Parity } from "./export/index.ts";
export {
  decodePhoto,
  type EncodeOptions,
  encodePhoto,
  type Photo,
  type PhotoFormat,
  type PhotoMetadata,
  writeFileAtomic,
} from "./image/index.ts";
export {
  type Adapter,
  type AdapterDeclaration,
  type ColorizedPhoto,
  type ColorizeEvent,
  type ColorizeFilesOptions,
  type ColorizeFilesResult,
  type ColorizeOptions,
  Colorizer,
  type ColorizerOptions,
  colorizeFiles,
  findModel,
  installedModels,
  loadColorizer,
  type ModelInfo,
  type ModelMetadata,
  type RawImage,
  readHintsFile,
  readModelFile,
} from "./inference/index.ts";
export { train } from "./train.ts";
export type { PartialConfig, TrainConfig } from "./training/config/index.ts";
export type { StepEvent, TrainEvents, TrainOptions, TrainResult, ValidationEvent } from "./training/index.ts";

/** See `exportRun` in export/: writes a run's networks as a model folder. */
export async function exportRun(
  run: string,
  out: string,
  options: ExportRunOptions = {},
): Promise<ExportResult> {
  const { exportRun: exportNetworks } = await import("./export/index.ts");
  return exportNetworks(run, out, options);
}
