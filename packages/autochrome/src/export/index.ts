/**
 * Trained networks as files: ONNX with a model card. Loads TensorFlow.js.
 *
 * @module
 */
export { type ExportedFile, type ExportResult, type ExportRunOptions, exportRun } from "./export-run.ts";
export { readEvaluation } from "./metrics-file.ts";
export { checkParity, encodeNetwork, type Parity, type WeightStorage } from "./onnx-network.ts";
export { formatStorageLoss, type StorageLoss } from "./storage-loss.ts";
