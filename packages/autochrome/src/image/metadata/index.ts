/**
 * What photo files say beside their pixels: EXIF, XMP, profiles, densities, formats and names, read from bytes and
 * put into encoded files. Runs in browsers as well as in Node.
 *
 * @module
 */
export type { FileMetadata, MetadataBlocks } from "./blocks.ts";
export { exifOfTiff, exifWithin, uprightExif } from "./exif.ts";
export {
  coloredName,
  extensionOfFormat,
  formatOfExtension,
  IMAGE_EXTENSIONS,
  type PhotoFormat,
} from "./formats.ts";
export type { ReadAt } from "./ifd.ts";
export { insertJpegMetadata, JPEG_EXIF_LIMIT, JPEG_XMP_LIMIT } from "./jpeg.ts";
export { insertPngMetadata, pngOf } from "./png.ts";
export { readFileMetadata } from "./read.ts";
export { srgbProfile } from "./srgb-profile.ts";
export { insertTiffTags } from "./tiff.ts";
export { insertWebpMetadata, type WebpSize } from "./webp.ts";
export { DIGITAL_SOURCE_TYPE, outgoingXmp } from "./xmp.ts";
