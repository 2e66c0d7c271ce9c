/**
 * Colouring photos with a trained network: ONNX in, full-resolution colour out. Never loads TensorFlow.js.
 *
 * @module
 */
export {
  type ColorizeEvent,
  type ColorizeFilesOptions,
  type ColorizeFilesResult,
  colorizeFiles,
} from "./batch.ts";
export { isColoredName, type Job, resultOf } from "./batch-plan.ts";
export { type ColorizeFileOptions, colorizeFile, type FileOutcome, Lanes } from "./colorize-file.ts";
export {
  type ColorizedPhoto,
  type ColorizeOptions,
  Colorizer,
  type ColorizerOptions,
  loadColorizer,
  type ModelInfo,
} from "./colorizer.ts";
export {
  type Adapter,
  type AdapterDeclaration,
  BUILT_IN_ADAPTERS,
  builtInAdapter,
  describeForeign,
  type ForeignDescription,
} from "./foreign/index.ts";
export { HINTS_EXTENSION, readHintsFile } from "./hints-file.ts";
export type { RawImage } from "./image-input.ts";
export {
  corruptModel,
  DEFAULT_MODEL_NAME,
  findModel,
  installedModels,
  L1_FILE_NAME,
  METADATA_KEY,
  MODEL_FILE_NAME,
  type ModelFile,
  type ModelMetadata,
  parseModelMetadata,
  readAnyModelFile,
  readModelFile,
} from "./model-file.ts";
export { openSession, type SessionSettings } from "./network.ts";
