/**
 * Validation: what the averaged generator makes of fixed photos that it was not trained on.
 *
 * @module
 */

import { HINTED_CHANNELS, spreadLuma } from "../chroma/index.ts";
import { combineLumaChroma, denormalizeChroma, rgbToLab, rgbToLuma } from "../color/index.ts";
import {
  type ColourSpace,
  drawPatches,
  type PhotoCollection,
  Random,
  revealHints,
  rgbToExample,
  targetChannels,
} from "../data/index.ts";
import { decodeForTraining, encodePhoto, NO_METADATA } from "../image/index.ts";
import { type keras, tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";

/** A square photo, 8-bit interleaved sRGB [height * width * 3]. */
export interface ValidationPhoto {
  name: string;
  width: number;
  height: number;
  rgb: Uint8Array;
}

/** How good painted photos are: `score` chooses the best checkpoint, higher is better. */
export interface ValidationScore {
  score: number;
  /** What else is worth recording, by name. */
  metrics: Record<string, number>;
}

/** Scores painted photos, each interleaved 8-bit sRGB of its photo's size, in the photos' order. */
export type ScorePhotos = (
  photos: readonly ValidationPhoto[],
  painted: readonly Uint8Array[],
  meanChroma: readonly [number, number],
) => Promise<ValidationScore>;

/** Photos painted at once; always as many, so that all validations are one graph. */
const CHUNK = 4;

/** Hints a photo in the second validation of networks that take them. */
export const VALIDATION_HINTS = 10;
/** Not the run's own seed: all runs are to be asked the same. */
const HINT_SEED = 20170508;

/**
 * The central squares of up to `validationPhotos` photos, evenly spaced over the list, at the validation size:
 * twice the crop, or the crop itself where no photo is that large. Photos that do not decode are passed over.
 */
export async function loadSquares(photos: PhotoCollection, config: TrainConfig): Promise<ValidationPhoto[]> {
  const all = Uint32Array.from({ length: photos.length }, (_, i) => i);
  const large = (size: number) => all.filter((i) => photos.shortSideOf(i) >= size);
  let size = config.validationSize ?? 2 * config.cropSize;
  if (large(size).length === 0) size = config.cropSize;
  const fit = large(size);
  const count = Math.min(fit.length, config.validationPhotos);
  const squares: ValidationPhoto[] = [];
  for (let i = 0; i < count; i++) {
    const index = fit[Math.floor((i * fit.length) / count)]!;
    const decoded = photos.read(index).then((input) => decodeForTraining(input, { shortSide: size }));
    const photo = await decoded.catch(() => null);
    if (photo === null || Math.min(photo.width, photo.height) < size) continue;
    squares.push({ name: photos.nameOf(index), width: size, height: size, rgb: centralSquare(photo, size) });
  }
  return squares;
}

function centralSquare(photo: { width: number; height: number; rgb: Uint8Array }, size: number): Uint8Array {
  const left = (photo.width - size) >> 1;
  const top = (photo.height - size) >> 1;
  const square = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    const start = ((top + y) * photo.width + left) * 3;
    square.set(photo.rgb.subarray(start, start + size * 3), y * size * 3);
  }
  return square;
}

/**
 * Paints photos of one size with a generator outside training, keeping each photo's own lightness.
 *
 * @param hints how many of each photo's true colours a generator that takes hints is shown; the places are always the same
 * @returns interleaved 8-bit sRGB, one a photo
 */
export async function paintPhotos(
  generator: keras.LayersModel,
  photos: readonly ValidationPhoto[],
  space: ColourSpace,
  hints = 0,
): Promise<Uint8Array[]> {
  const inputs = generator.inputs[0]!.shape.at(-1)!;
  const painted: Uint8Array[] = [];
  for (let start = 0; start < photos.length; start += CHUNK) {
    const { width, height } = photos[start]!;
    const pixels = width * height;
    const channels = targetChannels(space);
    const input = new Float32Array(CHUNK * pixels * inputs);
    const luma = new Float32Array(pixels);
    const truth = new Float32Array(pixels * channels);
    const chunk = photos.slice(start, start + CHUNK);
    chunk.forEach((photo, i) => {
      const own = input.subarray(i * pixels * inputs, (i + 1) * pixels * inputs);
      rgbToExample(photo.rgb, space, luma, truth);
      if (inputs !== HINTED_CHANNELS) {
        own.set(luma);
        return;
      }
      spreadLuma(luma, own);
      const patches = drawPatches(Random.of(HINT_SEED, start + i), width, height, hints);
      revealHints({ everything: false, patches }, truth, width, own);
    });
    const output = tf.tidy(
      () =>
        generator.apply(tf.tensor4d(input, [CHUNK, height, width, inputs]), { training: false }) as tf.Tensor,
    );
    const values = (await output.data()) as Float32Array;
    output.dispose();
    const size = pixels * channels;
    chunk.forEach((photo, i) => {
      painted.push(recombine(photo.rgb, values.subarray(i * size, (i + 1) * size), space));
    });
  }
  return painted;
}

/** The true photo's lightness with the network's colour. */
function recombine(rgb: Uint8Array, output: Float32Array, space: ColourSpace): Uint8Array {
  const pixels = rgb.length / 3;
  const chroma = new Float32Array(pixels * 2);
  if (space === "lab") {
    for (let i = 0; i < chroma.length; i++) chroma[i] = denormalizeChroma(output[i]!);
  } else {
    const lab = rgbToLab(Uint8Array.from(output, (value) => Math.round((value + 1) * 127.5)));
    for (let i = 0; i < pixels; i++) {
      chroma[2 * i] = lab[3 * i + 1]!;
      chroma[2 * i + 1] = lab[3 * i + 2]!;
    }
  }
  const painted = new Uint8Array(rgb.length);
  combineLumaChroma(rgbToLuma(rgb), chroma, painted);
  return painted;
}

/** A scorer that needs no other part of the program: minus the mean distance in a, b. */
export const scoreByChromaError: ScorePhotos = async (photos, painted) => {
  let sum = 0;
  let count = 0;
  photos.forEach((photo, index) => {
    const truth = rgbToLab(photo.rgb);
    const lab = rgbToLab(painted[index]!);
    for (let i = 0; i < lab.length; i += 3)
      sum += Math.hypot(lab[i + 1]! - truth[i + 1]!, lab[i + 2]! - truth[i + 2]!);
    count += lab.length / 3;
  });
  return { score: -sum / count, metrics: { chromaError: sum / count } };
};

/** A sheet, JPEG: a row a photo, gray | painted | true. */
export async function drawSamples(
  photos: readonly ValidationPhoto[],
  painted: readonly Uint8Array[],
): Promise<Buffer> {
  const { width, height } = photos[0]!;
  const gap = 4;
  const sheetWidth = 3 * width + 2 * gap;
  const rows = photos.length;
  const sheetHeight = rows * height + (rows - 1) * gap;
  const sheet = new Uint8Array(sheetWidth * sheetHeight * 3).fill(255);
  photos.forEach((photo, row) => {
    const gray = new Uint8Array(photo.rgb.length);
    combineLumaChroma(rgbToLuma(photo.rgb), new Float32Array((photo.rgb.length / 3) * 2), gray);
    [gray, painted[row]!, photo.rgb].forEach((picture, column) => {
      for (let y = 0; y < height; y++) {
        const at = ((row * (height + gap) + y) * sheetWidth + column * (width + gap)) * 3;
        sheet.set(picture.subarray(y * width * 3, (y + 1) * width * 3), at);
      }
    });
  });
  return encodePhoto({
    width: sheetWidth,
    height: sheetHeight,
    rgb: sheet,
    alpha: null,
    bitDepth: 8,
    metadata: { ...NO_METADATA, format: "jpeg", chromaSubsampling: "4:4:4" },
  });
}
