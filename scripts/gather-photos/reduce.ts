import sharp, { type Sharp } from "sharp";
import { embeddedJpegs } from "./jpegs.ts";
import type { Place } from "./lists.ts";
import { parsePpm } from "./ppm.ts";
import { readResource } from "./resources.ts";

const SHORT_SIDE = 512;
/** Width of the white frame around the pictures in jigzo's puzzles, in pixels. */
const PUZZLE_FRAME = 5;

/**
 * The photo's own file, out of the package's file that holds it.
 *
 * @throws Error where the bundle is broken or lacks it
 */
export function takeOut(bytes: Buffer, place: Place): Buffer {
  if (place.kind === "file") return bytes;
  if (place.kind === "resource") return readResource(bytes, place.inner);
  const jpegs = embeddedJpegs(bytes);
  if (jpegs.length === 0) throw new Error("no JPEG in it");
  if (place.kind === "first-jpeg") return jpegs[0]!;
  return jpegs.reduce((best, jpeg) => (jpeg.length > best.length ? jpeg : best));
}

export interface ReduceOptions {
  /** Cuts the frame off a picture out of a puzzle. */
  framed?: boolean;
  /** Takes the samples for sRGB, whatever the embedded profile says. */
  ignoreProfile?: boolean;
}

/**
 * Turned as EXIF says, in sRGB, its short side at most 512 px, as a JPEG of quality 92 without chroma subsampling.
 *
 * @param file the photo's own, as {@link takeOut} gives it
 * @throws Error where it is no picture
 */
export async function reducePhoto(file: Buffer, options: ReduceOptions = {}): Promise<Buffer> {
  const { framed = false, ignoreProfile = false } = options;
  let photo = open(file, ignoreProfile).autoOrient();
  if (framed) {
    const { width, height } = (await photo.metadata()).autoOrient;
    const [left, top] = [PUZZLE_FRAME, PUZZLE_FRAME];
    photo = photo.extract({ left, top, width: width - 2 * left, height: height - 2 * top });
  }
  return photo
    .resize(SHORT_SIDE, SHORT_SIDE, { fit: "outside", withoutEnlargement: true })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .jpeg({ quality: 92, chromaSubsampling: "4:4:4" })
    .toBuffer();
}

/** sharp's own builds read no PPM. */
function open(file: Buffer, ignoreIcc: boolean): Sharp {
  const ppm = parsePpm(file);
  if (ppm === null) return sharp(file, { ignoreIcc });
  const { data, width, height } = ppm;
  return sharp(data, { raw: { width, height, channels: 3 } });
}
