import { rgbToLab } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import type { AucBins } from "./auc.ts";
import { paintConstantChroma } from "./baselines.ts";
import { type ColourReport, colourReport, countColours, newColourCounts } from "./colour-classes.ts";
import { type DiscriminatorReport, DiscriminatorTally } from "./discriminator.ts";
import {
  type EvaluationPhoto,
  type PhotoMetrics,
  photoMetrics,
  prepareReference,
  Scratch,
} from "./photo-metrics.ts";
import { scoreForBest } from "./score.ts";
import { type MetricSummary, summarize } from "./summary.ts";

/** Paints one photo: interleaved 8-bit sRGB of its size, `[height * width * 3]`. */
export type Colorize = (photo: EvaluationPhoto) => Promise<Uint8Array>;

/** Judges one picture, real or painted: one logit a patch, any order. */
export type Discriminate = (photo: {
  readonly rgb: Uint8Array;
  readonly width: number;
  readonly height: number;
}) => Promise<Float32Array>;

export interface EvaluationOptions {
  /** Mean a* and b* of the training set: the `mean` baseline. */
  readonly meanChroma: readonly [number, number];
  readonly discriminator?: Discriminate;
  /** The label of real pictures in the discriminator's training, in (0,1]. Default 1. */
  readonly labelSmoothing?: number;
  /** More networks to stand among the baselines, by name: a run's L1-only network, say. */
  readonly extraModels?: Readonly<Record<string, Colorize>>;
  /** Seed of the bootstrap. Default 1. */
  readonly seed?: number;
  /** Called after each photo; the arrays are the listener's to keep. */
  readonly onPhoto?: (event: PhotoEvent) => void;
}

/** One photo's metrics; `baselines` holds `gray`, `mean` and the extra models. */
export interface PhotoEvaluation {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly model: PhotoMetrics;
  readonly baselines: Readonly<Record<string, PhotoMetrics>>;
}

export interface PhotoEvent extends PhotoEvaluation {
  /** From 0. */
  readonly index: number;
  /** Interleaved 8-bit sRGB, each `[height * width * 3]`. */
  readonly images: { readonly gray: Uint8Array; readonly colourized: Uint8Array; readonly truth: Uint8Array };
}

export interface EvaluationResult {
  /** How many photos were measured. */
  readonly photos: number;
  readonly model: MetricSummary;
  readonly baselines: Readonly<Record<string, MetricSummary>> & {
    readonly gray: MetricSummary;
    readonly mean: MetricSummary;
  };
  readonly discriminator: DiscriminatorReport | null;
  readonly colours: ColourReport;
  /** {@link scoreForBest} of this result. */
  readonly score: number;
  readonly perPhoto: readonly PhotoEvaluation[];
}

interface Tally {
  readonly metrics: PhotoMetrics[];
  readonly bins: AucBins[];
}

/**
 * Measures a network beside its baselines on the same photos, one photo at a time. Photos come at the size
 * they are to be measured at (a long side of 512 by default of the command line).
 *
 * @param photos real colour photos, held out of training
 * @param colorize the network
 * @throws AutochromeError when there are no photos, a photo's array does not fit its size, or a network
 *   returns a picture of another size; whatever `photos`, `colorize` or `discriminator` throw passes through
 */
export async function evaluatePhotos(
  photos: AsyncIterable<EvaluationPhoto> | Iterable<EvaluationPhoto>,
  colorize: Colorize,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const { meanChroma, discriminator, labelSmoothing = 1, extraModels = {}, seed = 1, onPhoto } = options;
  const trueLabs = new Scratch();
  const trueLumas = new Scratch();
  const paintedLabs = new Scratch();
  const tallies = new Map<string, Tally>();
  const colours = newColourCounts();
  const judged = new DiscriminatorTally();
  const perPhoto: PhotoEvaluation[] = [];

  for await (const photo of photos) {
    requireSize(photo.rgb, photo, "the photo");
    const reference = prepareReference(photo, trueLabs, trueLumas);

    const measure = (name: string, painted: Uint8Array, count = false): PhotoMetrics => {
      const lab = rgbToLab(painted, paintedLabs.take(painted.length));
      const { metrics, bins } = photoMetrics(reference, painted, lab);
      const tally = tallies.get(name) ?? { metrics: [], bins: [] };
      tally.metrics.push(metrics);
      tally.bins.push(bins);
      tallies.set(name, tally);
      if (count) countColours(colours, reference.lab, lab);
      return metrics;
    };

    const colourized = requireSize(await colorize(photo), photo, "the network's picture");
    const model = measure(MODEL, colourized, true);
    const gray = paintConstantChroma(reference.luma, [0, 0]);
    const baselines: Record<string, PhotoMetrics> = {
      gray: measure("gray", gray),
      mean: measure("mean", paintConstantChroma(reference.luma, meanChroma)),
    };
    for (const [name, paint] of Object.entries(extraModels)) {
      baselines[name] = measure(name, requireSize(await paint(photo), photo, `the picture of ${name}`));
    }
    if (discriminator) {
      const { width, height } = photo;
      judged.add("real", await discriminator({ rgb: photo.rgb, width, height }));
      judged.add("painted", await discriminator({ rgb: colourized, width, height }));
    }
    const evaluation = { name: photo.name, width: photo.width, height: photo.height, model, baselines };
    perPhoto.push(evaluation);
    onPhoto?.({ ...evaluation, index: perPhoto.length - 1, images: { gray, colourized, truth: photo.rgb } });
  }

  if (perPhoto.length === 0) {
    throw new AutochromeError("no photos to evaluate: name a folder that holds readable colour photos", {
      code: "NO_PHOTOS",
    });
  }
  const summary = (name: string): MetricSummary => {
    const { metrics, bins } = tallies.get(name)!;
    return summarize(metrics, bins, seed);
  };
  const model = summary(MODEL);
  const baselines: Record<string, MetricSummary> & { gray: MetricSummary; mean: MetricSummary } = {
    gray: summary("gray"),
    mean: summary("mean"),
  };
  for (const name of Object.keys(extraModels)) baselines[name] = summary(name);
  const evidence = {
    hueAccuracy: model.hueAccuracy.mean,
    colourfulnessRatio: model.colourfulnessRatio.mean,
  };
  return {
    photos: perPhoto.length,
    model,
    baselines,
    discriminator: discriminator ? judged.report(evidence, labelSmoothing) : null,
    colours: colourReport(colours),
    score: scoreForBest({ model, baselines }),
    perPhoto,
  };
}

/** The network's own tally; a space keeps it apart from any extra model's name. */
const MODEL = " model";

function requireSize(rgb: Uint8Array, photo: EvaluationPhoto, what: string): Uint8Array {
  const samples = photo.width * photo.height * 3;
  if (rgb.length === samples && samples > 0) return rgb;
  throw new AutochromeError(
    `${photo.name}: ${what} holds ${rgb.length} samples, but ${photo.width} x ${photo.height} pixels ` +
      `need ${samples}; pass interleaved 8-bit RGB of the photo's size`,
    { code: "WRONG_SIZE" },
  );
}
