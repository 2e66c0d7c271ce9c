import { colourfulness, rgbToLab, rgbToLuma } from "../color/index.ts";
import { type AucBins, areaUnderCurve, areaUnderCurveBins } from "./auc.ts";
import { epsilonAccuracy } from "./epsilon-accuracy.ts";
import { hueAccuracy } from "./hue-accuracy.ts";
import { abMae, boundedPsnr, meanDeltaE2000 } from "./image-metrics.ts";
import { ssim } from "./ssim.ts";

/** The metrics of one painted photo, in the order of the JSON document. */
export const METRIC_NAMES = [
  "psnr",
  "ssim",
  "deltaE2000",
  "abMae",
  "colourfulness",
  "colourfulnessRatio",
  "hueAccuracy",
  "accuracy2",
  "accuracy5",
  "auc",
] as const;

export type MetricName = (typeof METRIC_NAMES)[number];

/**
 * One value a metric. NaN where the photo has none: `ssim` below 11 pixels a side, `colourfulnessRatio` of a
 * true photo without any colour, `hueAccuracy` with fewer than 2% chromatic pixels.
 */
export type PhotoMetrics = Readonly<Record<MetricName, number>>;

/** A photo as evaluation takes it: interleaved 8-bit sRGB, `[height * width * 3]`. */
export interface EvaluationPhoto {
  readonly name: string;
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The true photo with what every candidate is compared to, computed once. */
export interface Reference {
  readonly photo: EvaluationPhoto;
  /** Interleaved Lab, `[n * 3]`. */
  readonly lab: Float32Array;
  /** L*, `[n]`. */
  readonly luma: Float32Array;
  readonly colourfulness: number;
}

/** Float32 memory that grows to the largest photo and is then used again. */
export class Scratch {
  #memory = new Float32Array(0);

  take(length: number): Float32Array {
    if (this.#memory.length < length) this.#memory = new Float32Array(length);
    return this.#memory.subarray(0, length);
  }
}

/** The returned arrays live in the scratches until these are taken again. */
export function prepareReference(photo: EvaluationPhoto, labs: Scratch, lumas: Scratch): Reference {
  return {
    photo,
    lab: rgbToLab(photo.rgb, labs.take(photo.rgb.length)),
    luma: rgbToLuma(photo.rgb, lumas.take(photo.rgb.length / 3)),
    colourfulness: colourfulness(photo.rgb),
  };
}

/**
 * All metrics of one painted photo.
 *
 * @param painted interleaved 8-bit sRGB of the reference's size
 * @param lab the same picture in Lab
 */
export function photoMetrics(
  reference: Reference,
  painted: Uint8Array,
  lab: Float32Array,
): { metrics: PhotoMetrics; bins: AucBins } {
  const { photo, lab: truth } = reference;
  const paintedColourfulness = colourfulness(painted);
  const metrics = {
    psnr: boundedPsnr(photo.rgb, painted),
    ssim: ssim(photo.rgb, painted, photo.width, photo.height),
    deltaE2000: meanDeltaE2000(truth, lab),
    abMae: abMae(truth, lab),
    colourfulness: paintedColourfulness,
    colourfulnessRatio:
      reference.colourfulness > 0 ? paintedColourfulness / reference.colourfulness : Number.NaN,
    hueAccuracy: hueAccuracy(truth, lab),
    accuracy2: epsilonAccuracy(truth, lab, 2),
    accuracy5: epsilonAccuracy(truth, lab, 5),
    auc: areaUnderCurve(truth, lab),
  };
  return { metrics, bins: areaUnderCurveBins(truth, lab) };
}
