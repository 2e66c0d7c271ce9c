import {
  type Comparison,
  type ComparisonJson,
  compareModels,
  comparisonToJson,
  type ModelsPhotoEvent,
  type NamedResult,
  renderReport,
} from "../evaluation/index.ts";
import { writeFileAtomic } from "../image/index.ts";
import { findModels } from "./find-models.ts";
import { listed, type MeasureOptions, measure } from "./measure.ts";
import { type Networks, openNetworks } from "./networks.ts";
import type { SkippedPhoto } from "./photos.ts";
import { reportModel } from "./report.ts";

export interface CompareOptions extends MeasureOptions {
  /**
   * Each an `.onnx` file, a model folder, a shipped network's name or a run's folder, or a folder of model folders
   * and runs, which stands for all of them. The others are compared to the first.
   */
  models: readonly string[];
  /** The networks are open and `total` photos are to be measured. */
  onStart?: (event: { total: number; models: readonly string[] }) => void;
  /** A photo was measured with every network. */
  onPhoto?: (event: ModelsPhotoEvent) => void;
}

export interface ComparedModels {
  /** In the order in which they were named. */
  models: NamedResult[];
  comparison: Comparison;
  /** The document of `evaluate --json` of several models. */
  json: ComparisonJson;
  skipped: SkippedPhoto[];
}

/**
 * Measures several networks on the same photos, as `evaluate` does each, and compares them photo by photo.
 *
 * @throws AutochromeError as `evaluate`
 * @example
 * const { json } = await compare({ photos: "held-out/", models: ["models/small", "runs/"] });
 * for (const { name, differences } of json.comparison.models) console.log(name, differences.deltaE2000.mean);
 */
export async function compare(options: CompareOptions): Promise<ComparedModels> {
  const { models, onStart, onPhoto, ...settings } = options;
  const paths = await listed(settings);
  const networks: Networks[] = [];
  try {
    for (const model of await findModels(models)) {
      networks.push(await openNetworks({ ...settings, model }));
    }
    const names = distinctNames(networks);
    onStart?.({ total: paths.length, models: names });
    const { results, skipped, images } = await measure(paths, networks, { ...settings, onPhoto });
    const named = results.map((result, i) => ({ name: names[i], result }));
    const comparison = compareModels(named, settings.seed);
    if (settings.report !== undefined) {
      const shown = await Promise.all(
        networks.map(async (network, i) => ({ ...(await reportModel(network, results[i])), name: names[i] })),
      );
      await writeFileAtomic(settings.report, renderReport(shown, images, { comparison }));
    }
    return { models: named, comparison, json: comparisonToJson(named, comparison), skipped };
  } finally {
    for (const network of networks) await network.dispose();
  }
}

/** What the networks call themselves; those that share a name get a number. */
function distinctNames(networks: readonly Networks[]): string[] {
  const taken = new Set<string>();
  return networks.map(({ name }) => {
    let distinct = name;
    for (let copy = 2; taken.has(distinct); copy++) distinct = `${name} (${copy})`;
    taken.add(distinct);
    return distinct;
  });
}
