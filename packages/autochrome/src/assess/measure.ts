import type { Pixels } from "../chroma/index.ts";
import { listPhotos } from "../data/index.ts";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import {
  type Candidate,
  type Colorize,
  type EvaluationResult,
  evaluateModels,
  type ModelsPhotoEvent,
  type ReportImage,
} from "../evaluation/index.ts";
import type { Colorizer, ModelInfo } from "../inference/index.ts";
import type { Networks } from "./networks.ts";
import { openPerceptual } from "./perceptual.ts";
import { loadPhotos, type SkippedPhoto, thinOut } from "./photos.ts";
import { reportImage } from "./report.ts";

/** What measuring one network and comparing several have in common. */
export interface MeasureOptions {
  /** Colour photos that the network was not trained on: folders, image files, `.txt` lists, `.tsv` tables. */
  photos: string | readonly string[];
  /** Short side in pixels that the network sees; absent: the network's own. */
  size?: number;
  /** Photos are measured at this long side at most, in pixels. Default 512. */
  longSide?: number;
  /** At most so many photos, evenly spaced over all. */
  limit?: number;
  /** Seed of the bootstrap intervals. Default 1. */
  seed?: number;
  threads?: number;
  /** What computes; absent: the cpu. */
  device?: Device;
  /** An ONNX network that gives features of a picture, for the Fréchet distance; see docs/evaluation.md. */
  fidNetwork?: string;
  /** An ONNX network that gives the distance of two pictures; see docs/evaluation.md. */
  lpipsNetwork?: string;
  /** Where to write the report, one self-contained HTML file. */
  report?: string;
  /** A photo does not decode, and is left out. */
  onSkip?: (skipped: SkippedPhoto) => void;
  /** Something to know that is no failure. */
  onNotice?: (message: string) => void;
}

export interface Measured {
  /** One a network, in their order. */
  results: EvaluationResult[];
  skipped: SkippedPhoto[];
  /** Only where a report was asked for. */
  images: ReportImage[];
}

const LONG_SIDE = 512;
/** Below this, the Fréchet distance's bias is larger than what most networks differ by (Heusel et al. use 50,000). */
const ENOUGH_PHOTOS = 2048;

/**
 * The photos to measure.
 *
 * @throws AutochromeError for options out of range, or when there are no photos
 */
export async function listed({ photos, longSide, limit, onNotice }: MeasureOptions): Promise<string[]> {
  for (const [name, value] of Object.entries({ longSide, limit })) {
    if (value === undefined || (Number.isInteger(value) && value >= 1)) continue;
    throw new AutochromeError(`longSide and limit must be whole numbers from 1; ${name} is ${value}.`, {
      code: "USAGE",
      exitCode: 2,
    });
  }
  const all = await listPhotos([photos].flat(), {
    onSkip: ({ path, message }) => onNotice?.(`${path} was passed over: ${message}`),
  });
  return limit === undefined ? all : thinOut(all, limit);
}

/**
 * Measures open networks on photos: every photo, reduced to `longSide`, goes through the same pipeline as in
 * `colorize`.
 *
 * @throws AutochromeError when no photo decodes, or a network fails
 */
export async function measure(
  paths: readonly string[],
  networks: readonly Networks[],
  options: MeasureOptions & { onPhoto?: ((event: ModelsPhotoEvent) => void) | undefined },
): Promise<Measured> {
  const { longSide = LONG_SIDE, seed, onNotice = () => {} } = options;
  const skipped: SkippedPhoto[] = [];
  const photos = loadPhotos(paths, longSide, (photo) => {
    skipped.push(photo);
    options.onSkip?.(photo);
  });
  const perceptual = await openPerceptual(options, onNotice);
  if (options.fidNetwork !== undefined && paths.length < ENOUGH_PHOTOS) {
    onNotice(
      `the Fréchet distance of ${paths.length} photos is far above that of many: compare it only with others of the ` +
        `same photos (published ones use 5,000 to 50,000)`,
    );
  }
  const images: Promise<ReportImage>[] = [];
  try {
    const results = await evaluateModels(photos, candidates(networks, onNotice), {
      ...(seed !== undefined && { seed }),
      ...(perceptual && { perceptual: perceptual.networks }),
      onPhoto: (event) => {
        if (options.report !== undefined) images.push(reportImage(event));
        options.onPhoto?.(event);
      },
    });
    return { results, skipped, images: await Promise.all(images) };
  } catch (error) {
    await Promise.allSettled(images);
    throw noneDecoded(error, skipped, paths.length);
  } finally {
    await perceptual?.dispose();
  }
}

function candidates(networks: readonly Networks[], onNotice: (message: string) => void): Candidate[] {
  const own = networks.map(({ colorizer }) => meanChromaOf(colorizer.info));
  const stated = own.find((mean) => mean !== null) ?? null;
  return networks.map(({ name, colorizer, l1, discriminator }, i) => {
    const mean = own[i] ?? stated;
    if (own[i] === null) {
      const instead = stated === null ? "is gray" : "takes another model's";
      onNotice(
        `the card of ${name} names no mean chroma of its training photos: its baseline 'mean' ${instead}`,
      );
    }
    return {
      colorize: paintWith(colorizer),
      meanChroma: mean ?? [0, 0],
      labelSmoothing: labelSmoothingOf(discriminator?.metadata.card ?? colorizer.info.card),
      ...(discriminator && { discriminator: discriminator.judge }),
      ...(l1 && { extraModels: { l1: paintWith(l1) } }),
    };
  });
}

function paintWith(colorizer: Colorizer): Colorize {
  return (photo) => paintAsEvaluated(colorizer, photo);
}

/** A photo in colour with its own lightness, which is what figures are of: interleaved 8-bit sRGB. */
export async function paintAsEvaluated(
  colorizer: Colorizer,
  { rgb, width, height }: Pixels,
): Promise<Uint8Array> {
  const painted = await colorizer.colorize({ data: rgb, width, height, channels: 3 }, { tones: "keep" });
  return painted.rgb as Uint8Array;
}

function meanChromaOf({ card }: ModelInfo): [number, number] | null {
  const mean = card.meanChroma;
  if (Array.isArray(mean) && mean.length === 2 && mean.every(Number.isFinite)) return [mean[0], mean[1]];
  return null;
}

function labelSmoothingOf(card: Record<string, unknown>): number {
  const { labelSmoothing } = card;
  return typeof labelSmoothing === "number" && labelSmoothing > 0 && labelSmoothing <= 1 ? labelSmoothing : 1;
}

/** Says why there was nothing to measure, where all photos were left out. */
function noneDecoded(error: unknown, skipped: readonly SkippedPhoto[], total: number): unknown {
  if (skipped.length < total) return error;
  return new AutochromeError(
    `none of ${total} photos can be read (${skipped[0].error.message}): name others.`,
    { code: "NO_PHOTOS", cause: error },
  );
}
