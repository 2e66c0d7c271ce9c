import {
  type EvaluationJson,
  type EvaluationResult,
  type PhotoEvent,
  renderReport,
  toJson,
} from "../evaluation/index.ts";
import { writeFileAtomic } from "../image/index.ts";
import type { AdapterDeclaration, ModelInfo } from "../inference/index.ts";
import { listed, type MeasureOptions, measure } from "./measure.ts";
import { openNetworks } from "./networks.ts";
import type { SkippedPhoto } from "./photos.ts";
import { reportModel } from "./report.ts";

export interface EvaluateOptions extends MeasureOptions {
  /** An `.onnx` file, a model folder, a shipped network's name or a run's folder; absent: as `loadColorizer`. */
  model?: string;
  /** How to use a network that is not ours, as for `loadColorizer`. */
  adapter?: string | AdapterDeclaration;
  /** A `discriminator.onnx`; absent: the one beside the generator, if any. */
  discriminator?: string;
  /** The networks are open and `total` photos are to be measured. */
  onStart?: (event: { total: number; model: ModelInfo; discriminator: boolean }) => void;
  /** A photo was measured. */
  onPhoto?: (event: PhotoEvent) => void;
}

export interface Evaluation {
  result: EvaluationResult;
  /** The document of `evaluate --json`. */
  json: EvaluationJson;
  model: ModelInfo;
  skipped: SkippedPhoto[];
}

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
  const paths = await listed(options);
  const networks = await openNetworks(options);
  try {
    const { colorizer, discriminator, run } = networks;
    options.onStart?.({
      total: paths.length,
      model: colorizer.info,
      discriminator: discriminator !== null,
    });
    const { results, skipped, images } = await measure(paths, [networks], {
      ...options,
      onPhoto: ({ index, evaluations: [evaluation], images: { gray, painted, truth } }) =>
        options.onPhoto?.({ ...evaluation, index, images: { gray, colourized: painted[0], truth } }),
    });
    const [result] = results;
    if (options.report !== undefined) {
      const html = renderReport([await reportModel(networks, result)], images);
      await writeFileAtomic(options.report, html);
    }
    const model = run === null ? colorizer.info : { ...colorizer.info, path: run };
    return { result, json: toJson(result), model, skipped };
  } finally {
    await networks.dispose();
  }
}
