/**
 * Photos in and out: decoding to upright sRGB, encoding with the metadata kept, atomic writing.
 *
 * @module
 */
export { decodeForTraining, decodePhoto, readDimensions } from "./decode.ts";
export { type EncodeOptions, encodePhoto } from "./encode.ts";
export { readError, writeError } from "./file-errors.ts";
export {
  coloredName,
  extensionOfFormat,
  formatOfExtension,
  IMAGE_EXTENSIONS,
  type PhotoFormat,
} from "./metadata/index.ts";
export { NO_METADATA, type Photo, type PhotoMetadata } from "./photo.ts";
export { makeFolder, writeFileAtomic } from "./write.ts";
