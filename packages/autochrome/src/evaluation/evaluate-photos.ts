import {
  type Candidate,
  type Colorize,
  type EvaluateModelsOptions,
  type EvaluationResult,
  evaluateModels,
  type PhotoEvaluation,
} from "./evaluate-models.ts";
import type { EvaluationPhoto } from "./photo-metrics.ts";

export interface EvaluationOptions
  extends Omit<Candidate, "colorize">,
    Omit<EvaluateModelsOptions, "onPhoto"> {
  /** Called after each photo; the arrays are the listener's to keep. */
  readonly onPhoto?: (event: PhotoEvent) => void;
}

export interface PhotoEvent extends PhotoEvaluation {
  /** From 0. */
  readonly index: number;
  /** Interleaved 8-bit sRGB, each `[height * width * 3]`. */
  readonly images: { readonly gray: Uint8Array; readonly colourized: Uint8Array; readonly truth: Uint8Array };
}

/** {@link evaluateModels} of one network. */
export async function evaluatePhotos(
  photos: AsyncIterable<EvaluationPhoto> | Iterable<EvaluationPhoto>,
  colorize: Colorize,
  { onPhoto, seed, perceptual, ...candidate }: EvaluationOptions,
): Promise<EvaluationResult> {
  const [result] = await evaluateModels(photos, [{ colorize, ...candidate }], {
    ...(seed !== undefined && { seed }),
    ...(perceptual && { perceptual }),
    onPhoto: ({ index, evaluations: [evaluation], images: { gray, painted, truth } }) =>
      onPhoto?.({ ...evaluation!, index, images: { gray, colourized: painted[0], truth } }),
  });
  return result!;
}
