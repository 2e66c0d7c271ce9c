/**
 * Writing and reading ONNX files; needs neither TensorFlow.js nor ONNX Runtime.
 *
 * @module
 */
export { encodeModel } from "./encode.ts";
export {
  floatsOf,
  type OnnxWeight,
  readOnnxInitializers,
  readOnnxWeights,
  STORED_AS,
} from "./initializers.ts";
export { addOnnxMetadata, readOnnxMetadata } from "./metadata.ts";
export {
  ELEMENT_TYPE,
  type ElementType,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  OPSET,
} from "./model.ts";
export { dequantize, type Quantized, quantize } from "./quantize.ts";
