/**
 * Keras networks with their weights out of the npm package `nsfwjs` (MIT), which carries descendants of ImageNet
 * classifiers as JavaScript files: the only place where npm holds such networks for everybody, pinned by version.
 *
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AutochromeError } from "../../errors.ts";
import { tf } from "../tf.ts";

export const ENCODER_PACKAGE = "nsfwjs@4.3.0";

/** A layer as a Keras model's file describes it. */
export interface LayerDescription {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  /** Of the first call: [layer, call, output, arguments] of each input. */
  inbound_nodes: [string, number, number, unknown][][];
}

export interface PackageModel {
  /** In an order in which each follows its inputs. */
  layers: LayerDescription[];
  /** By name, as `conv2d_1/kernel`; whoever reads them disposes them. */
  weights: Record<string, tf.Tensor>;
}

interface LayersModelFile {
  modelTopology: { model_config: { config: { layers: LayerDescription[] } } };
  weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
}

/**
 * @param name folder of the network in the package
 * @throws AutochromeError where the package is not installed, with the command that installs it
 */
export function readPackageModel(name: "mobilenet_v2" | "inception_v3"): PackageModel {
  const require = createRequire(import.meta.url);
  const folder = join(packageFolder(require), "dist", "models", name);
  const file = require(join(folder, "model.min.js")) as LayersModelFile;
  const shards = readdirSync(folder)
    .filter((shard) => shard.startsWith("group1-shard"))
    .sort()
    .map((shard) => Buffer.from(require(join(folder, shard)) as string, "base64"));
  const bytes = Buffer.concat(shards);
  const specs = file.weightsManifest.flatMap(({ weights }) => weights);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return {
    layers: file.modelTopology.model_config.config.layers,
    weights: tf.io.decodeWeights(buffer, specs),
  };
}

function packageFolder(require: NodeJS.Require): string {
  try {
    // Its exports do not name package.json; its entry is dist/cjs/index.js or dist/esm/index.js.
    const folder = dirname(dirname(dirname(require.resolve("nsfwjs"))));
    if (existsSync(join(folder, "dist", "models"))) return folder;
  } catch (cause) {
    throw missing(cause);
  }
  throw missing();
}

function missing(cause?: unknown): AutochromeError {
  return new AutochromeError(
    `the pretrained encoder is in the npm package ${ENCODER_PACKAGE}, which is not installed: npm install ${ENCODER_PACKAGE}`,
    { code: "NO_ENCODER", exitCode: 2, ...(cause === undefined ? {} : { cause }) },
  );
}
