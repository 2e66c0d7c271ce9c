import { rgbToLab } from "../color/index.ts";
import { AutochromeError } from "../errors.ts";
import type { AucBins } from "./auc.ts";
import { paintConstantChroma } from "./baselines.ts";
import { type ColourReport, colourReport, countColours, newColourCounts } from "./colour-classes.ts";
import { type DiscriminatorReport, DiscriminatorTally } from "./discriminator.ts";
import { type PerceptualNetworks, type PerceptualReport, PerceptualTally } from "./perceptual.ts";
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

/** A network to be measured, with what is measured beside it. */
export interface Candidate {
  readonly colorize: Colorize;
  /** Mean a* and b* of its training set: its `mean` baseline. */
  readonly meanChroma: readonly [number, number];
  readonly discriminator?: Discriminate;
  /** The label of real pictures in the discriminator's training, in (0,1]. Default 1. */
  readonly labelSmoothing?: number;
  /** More networks to stand among its baselines, by name: a run's L1-only network, say. */
  readonly extraModels?: Readonly<Record<string, Colorize>>;
}

export interface EvaluateModelsOptions {
  /** Seed of the bootstrap. Default 1. */
  readonly seed?: number;
  /** Other people's networks for the Fréchet and the perceptual distance. */
  readonly perceptual?: PerceptualNetworks;
  /** Called after each photo; the arrays are the listener's to keep. */
  readonly onPhoto?: (event: ModelsPhotoEvent) => void;
}

/** One photo's metrics; `baselines` holds `gray`, `mean` and the extra models. */
export interface PhotoEvaluation {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly model: PhotoMetrics;
  readonly baselines: Readonly<Record<string, PhotoMetrics>>;
}

export interface ModelsPhotoEvent {
  /** From 0. */
  readonly index: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** One a candidate, in their order. */
  readonly evaluations: readonly PhotoEvaluation[];
  /** Interleaved 8-bit sRGB, each `[height * width * 3]`; `painted` holds one a candidate. */
  readonly images: {
    readonly gray: Uint8Array;
    readonly painted: readonly Uint8Array[];
    readonly truth: Uint8Array;
  };
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
  /** Null where no networks for it were given. */
  readonly perceptual: PerceptualReport | null;
  readonly perPhoto: readonly PhotoEvaluation[];
}

interface Tally {
  readonly metrics: PhotoMetrics[];
  readonly bins: AucBins[];
}

/** What is gathered of one candidate, photo by photo. */
interface Gathered {
  /** Key of {@link Tally} of the candidate and of each of its baselines. */
  readonly key: string;
  readonly baselines: Readonly<Record<string, string>>;
  readonly colours: Float64Array;
  readonly judged: DiscriminatorTally;
  readonly perPhoto: PhotoEvaluation[];
}

/**
 * Measures networks beside their baselines on the same photos, one photo at a time. Photos come at the size
 * they are to be measured at (a long side of 512 by default of the command line). What candidates share, gray and
 * equal mean chromas, is measured once.
 *
 * @param photos real colour photos, held out of training
 * @returns one result a candidate, in their order
 * @throws AutochromeError when there are no photos, a photo's array does not fit its size, or a network
 *   returns a picture of another size; whatever `photos` or a network throws passes through
 */
export async function evaluateModels(
  photos: AsyncIterable<EvaluationPhoto> | Iterable<EvaluationPhoto>,
  candidates: readonly Candidate[],
  { seed = 1, perceptual, onPhoto }: EvaluateModelsOptions = {},
): Promise<EvaluationResult[]> {
  const trueLabs = new Scratch();
  const trueLumas = new Scratch();
  const paintedLabs = new Scratch();
  const tallies = new Map<string, Tally>();
  const perceived = perceptual && new PerceptualTally(perceptual);
  const all = candidates.map(gather);
  let index = 0;

  for await (const photo of photos) {
    requireSize(photo.rgb, photo, "the photo");
    const { name, width, height } = photo;
    const reference = prepareReference(photo, trueLabs, trueLumas);
    await perceived?.startPhoto({ rgb: photo.rgb, width, height });
    const known = new Map<string, PhotoMetrics>();

    const measure = async (
      key: string,
      paint: () => Uint8Array | Promise<Uint8Array>,
      colours?: Float64Array,
    ) => {
      const earlier = known.get(key);
      if (earlier) return earlier;
      const painted = await paint();
      const lab = rgbToLab(painted, paintedLabs.take(painted.length));
      const { metrics, bins } = photoMetrics(reference, painted, lab);
      const tally = tallies.get(key) ?? { metrics: [], bins: [] };
      tally.metrics.push(metrics);
      tally.bins.push(bins);
      tallies.set(key, tally);
      known.set(key, metrics);
      if (colours) countColours(colours, reference.lab, lab);
      await perceived?.add(key, { rgb: painted, width, height });
      return metrics;
    };

    const gray = paintConstantChroma(reference.luma, [0, 0]);
    const pictures: Uint8Array[] = [];
    for (const [i, candidate] of candidates.entries()) {
      const { key, baselines: keys, colours, judged, perPhoto } = all[i];
      const colourized = requireSize(await candidate.colorize(photo), photo, "the network's picture");
      pictures.push(colourized);
      const model = await measure(key, () => colourized, colours);
      const baselines: Record<string, PhotoMetrics> = {
        gray: await measure(keys.gray!, () => gray),
        mean: await measure(keys.mean!, () => paintConstantChroma(reference.luma, candidate.meanChroma)),
      };
      for (const [extra, paint] of Object.entries(candidate.extraModels ?? {})) {
        baselines[extra] = await measure(keys[extra], async () =>
          requireSize(await paint(photo), photo, `the picture of ${extra}`),
        );
      }
      if (candidate.discriminator) {
        judged.add("real", await candidate.discriminator({ rgb: photo.rgb, width, height }));
        judged.add("painted", await candidate.discriminator({ rgb: colourized, width, height }));
      }
      perPhoto.push({ name, width, height, model, baselines });
    }
    const evaluations = all.map(({ perPhoto }) => perPhoto[index]);
    const images = { gray, painted: pictures, truth: photo.rgb };
    onPhoto?.({ index, name, width, height, evaluations, images });
    index++;
  }

  if (index === 0) {
    throw new AutochromeError("no photos to evaluate: name a folder that holds readable colour photos", {
      code: "NO_PHOTOS",
    });
  }
  const summaries = new Map(
    [...tallies].map(([key, { metrics, bins }]) => [key, summarize(metrics, bins, seed)]),
  );
  return candidates.map((candidate, i) => conclude(candidate, all[i], summaries, perceived, seed));
}

function gather({ meanChroma, extraModels = {} }: Candidate, index: number): Gathered {
  const baselines: Record<string, string> = { gray: "gray", mean: `mean ${meanChroma.join()}` };
  for (const name of Object.keys(extraModels)) baselines[name] = `extra ${index} ${name}`;
  return {
    key: `model ${index}`,
    baselines,
    colours: newColourCounts(),
    judged: new DiscriminatorTally(),
    perPhoto: [],
  };
}

function conclude(
  { discriminator, labelSmoothing = 1 }: Candidate,
  { key, baselines: keys, colours, judged, perPhoto }: Gathered,
  summaries: ReadonlyMap<string, MetricSummary>,
  perceived: PerceptualTally | undefined,
  seed: number,
): EvaluationResult {
  const model = summaries.get(key)!;
  const baselines = Object.fromEntries(
    Object.entries(keys).map(([name, baseline]) => [name, summaries.get(baseline)!]),
  ) as Record<string, MetricSummary> & { gray: MetricSummary; mean: MetricSummary };
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
    perceptual: perceived?.report(key, keys, seed) ?? null,
    perPhoto,
  };
}

function requireSize(rgb: Uint8Array, photo: EvaluationPhoto, what: string): Uint8Array {
  const samples = photo.width * photo.height * 3;
  if (rgb.length === samples && samples > 0) return rgb;
  throw new AutochromeError(
    `${photo.name}: ${what} holds ${rgb.length} samples, but ${photo.width} x ${photo.height} pixels ` +
      `need ${samples}; pass interleaved 8-bit RGB of the photo's size`,
    { code: "WRONG_SIZE" },
  );
}
