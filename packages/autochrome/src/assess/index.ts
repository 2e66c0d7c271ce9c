/**
 * Networks put to the test: photos, networks and metrics brought together. TensorFlow.js is loaded only to evaluate
 * a run that has not been exported.
 *
 * @module
 */
export { type ComparedModels, type CompareOptions, compare } from "./compare.ts";
export { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.ts";
export { findModels } from "./find-models.ts";
export type { MeasureOptions } from "./measure.ts";
export { discriminatorInput, type OnnxDiscriminator, openDiscriminator } from "./onnx-discriminator.ts";
export type { SkippedPhoto } from "./photos.ts";
export { compareStorage, measureStorage, type StorageOptions, type StoredFile } from "./storage.ts";
