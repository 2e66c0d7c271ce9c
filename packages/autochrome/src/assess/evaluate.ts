import { listPhotos } from "../data/index.ts";
import type { Device } from "../devices.ts";
import { AutochromeError } from "../errors.ts";
import {
  type EvaluationJson,
  type EvaluationResult,
  evaluatePhotos,
  type PhotoEvent,
  type ReportImage,
  renderReport,
  toJson,
} from "../evaluation/index.ts";
import { writeFileAtomic } from "../image/index.ts";
import type { AdapterDeclaration, ModelInfo } from "../inference/index.ts";
import { openNetworks } from "./networks.ts";
import { loadPhotos, type SkippedPhoto, thinOut } from "./photos.ts";
import { reportImage, runRecords } from "./report.ts";

export interface EvaluateOptions {
  /** Colour photos that the network was not trained on: folders, image files, `.txt` lists, `.tsv` tables. */
  photos: string | readonly string[];
  /** An `.onnx` file, a model folder, a shipped network's name or a run's folder; absent: as `loadColorizer`. */
  model?: string;
  /** How to use a network that is not ours, as for `loadColorizer`. */
  adapter?: string | AdapterDeclaration;
  /** A `discriminator.onnx`; absent: the one beside the generator, if any. */
  discriminator?: string;
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
  /** Where to write the report, one self-contained HTML file. */
  report?: string;
  /** The networks are open and `total` photos are to be measured. */
  onStart?: (event: { total: number; model: ModelInfo; discriminator: boolean }) => void;
  /** A photo was measured. */
  onPhoto?: (event: PhotoEvent) => void;
  /** A photo does not decode, and is left out. */
  onSkip?: (skipped: SkippedPhoto) => void;
  /** Something to know that is no failure. */
  onNotice?: (message: string) => void;
}

export interface Evaluation {
  result: EvaluationResult;
  /** The document of `evaluate --json`. */
  json: EvaluationJson;
  model: ModelInfo;
  skipped: SkippedPhoto[];
}

const LONG_SIDE = 512;

/**
 * Measures a network beside its baselines on photos that it has not seen: every photo, reduced to `longSide`, goes
 * through the same pipeline as in `colorize`.
 *
 * @throws AutochromeError when there are no photos or none decodes, a network is missing or damaged, or the report
 *   cannot be written
 * @example
 * const { json } = await evaluate({ photos: "held-out/", model: "models/small" });
 * console.log(json.model.hueAccuracy.mean, json.baselines.gray.deltaE2000.mean);
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { longSide = LONG_SIDE, limit = Number.POSITIVE_INFINITY, seed, onNotice = () => {} } = options;
  if (!(Number.isInteger(longSide) && longSide >= 1) || !(limit >= 1)) {
    throw new AutochromeError(
      `longSide and limit must be whole numbers from 1, not ${longSide} and ${limit}.`,
      {
        code: "USAGE",
        exitCode: 2,
      },
    );
  }
  const listed = await listPhotos([options.photos].flat(), {
    onSkip: ({ path, message }) => onNotice(`${path} was passed over: ${message}`),
  });
  const paths = thinOut(listed, limit);
  const networks = await openNetworks(options);
  try {
    const { colorizer, discriminator, run } = networks;
    const { card } = colorizer.info;
    options.onStart?.({
      total: paths.length,
      model: colorizer.info,
      discriminator: discriminator !== null,
    });
    const skipped: SkippedPhoto[] = [];
    const photos = loadPhotos(paths, longSide, (photo) => {
      skipped.push(photo);
      options.onSkip?.(photo);
    });
    const pictures: Promise<ReportImage>[] = [];
    const result = await evaluatePhotos(
      photos,
      async ({ rgb, width, height }) => {
        const { rgb: painted } = await colorizer.colorize({ data: rgb, width, height, channels: 3 });
        return painted as Uint8Array;
      },
      {
        meanChroma: meanChromaOf(card, onNotice),
        labelSmoothing: labelSmoothingOf(discriminator?.metadata.card ?? card),
        ...(discriminator && { discriminator: discriminator.judge }),
        ...(seed !== undefined && { seed }),
        onPhoto: (event) => {
          if (options.report !== undefined) pictures.push(reportImage(event));
          options.onPhoto?.(event);
        },
      },
    ).catch((error: unknown) => {
      throw noneDecoded(error, skipped, paths.length);
    });
    if (options.report !== undefined) {
      const { name, version } = colorizer.info;
      const html = renderReport(result, await Promise.all(pictures), {
        subtitle: `${name} ${version}`,
        ...(run === null ? {} : await runRecords(run)),
      });
      await writeFileAtomic(options.report, html);
    }
    const model = run === null ? colorizer.info : { ...colorizer.info, path: run };
    return { result, json: toJson(result), model, skipped };
  } finally {
    await networks.dispose();
  }
}

function meanChromaOf(card: Record<string, unknown>, onNotice: (message: string) => void): [number, number] {
  const mean = card.meanChroma;
  if (Array.isArray(mean) && mean.length === 2 && mean.every(Number.isFinite)) return [mean[0], mean[1]];
  onNotice("the network's card names no mean chroma of its training photos: the baseline 'mean' is gray");
  return [0, 0];
}

function labelSmoothingOf(card: Record<string, unknown>): number {
  const { labelSmoothing } = card;
  return typeof labelSmoothing === "number" && labelSmoothing > 0 && labelSmoothing <= 1 ? labelSmoothing : 1;
}

/** Says why there was nothing to measure, where all photos were left out. */
function noneDecoded(error: unknown, skipped: readonly SkippedPhoto[], total: number): unknown {
  if (skipped.length < total) return error;
  return new AutochromeError(
    `none of ${total} photos can be read (${skipped[0]!.error.message}): name others.`,
    { code: "NO_PHOTOS", cause: error },
  );
}
