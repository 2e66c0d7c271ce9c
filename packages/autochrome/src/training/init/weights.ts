/**
 * Between the weights of a Keras model and the constants of its ONNX file.
 *
 * @module
 */
import { floatsOf, type OnnxTensor } from "tfjs-onnxruntime/onnx";
import { AutochromeError } from "../../errors.ts";
import { type keras, SpectralConv2D, tf } from "../../models/index.ts";
import { unitStretch } from "./spectral.ts";

/** Key of an ONNX file's metadata: a JSON object from the names of constants to those of weights. */
export const WEIGHTS_KEY = "autochrome.weights";

/**
 * In which order a layer's weights enter its computation, where that is not the order in which it holds them. A
 * traced network's constants are numbered by first use.
 */
const ORDER_OF_USE: Readonly<Record<string, readonly string[]>> = {
  BatchNormalization: ["moving_mean", "moving_variance", "beta", "gamma"],
  // `u` went into the kernel.
  SpectralConv2D: ["kernel", "bias"],
};

/** What half precision (11 bits) may change of a constant, relative to its length. */
const ROUNDING = 2 ** -10;

interface NamedWeight {
  name: string;
  variable: tf.Variable;
  /** Stored divided by its largest singular value. */
  normalized: boolean;
}

/**
 * Fills a model with the weights of an ONNX file that `exportRun` made of one like it.
 *
 * @param names the file's `autochrome.weights`; null for files of versions that did not write it, whose constants
 *   are taken in the order of their use
 * @param path named in errors
 * @throws AutochromeError when the file's constants are not those of such a model
 */
export function placeWeights(
  model: keras.LayersModel,
  tensors: readonly OnnxTensor[],
  names: Readonly<Record<string, string>> | null,
  path: string,
): void {
  const candidates =
    names === null ? numberedConstants(tensors) : tensors.filter(({ name }) => name in names);
  let next = 0;
  for (const { name, variable } of weightsInOrder(model)) {
    const fits = (tensor: OnnxTensor) =>
      names === null ? sameSize(tensor.dims, variable.shape) : names[tensor.name] === name;
    // Between the weights lie constants of other sizes: epsilons, the averaging of groups.
    const at =
      names === null
        ? candidates.findIndex((tensor, i) => i >= next && fits(tensor))
        : candidates.findIndex(fits);
    const tensor = candidates[at];
    if (tensor === undefined || !sameSize(tensor.dims, variable.shape)) {
      throw new AutochromeError(
        `'${path}' holds no weights for '${name}' of shape [${variable.shape}]: it is a network of another ` +
          "architecture. Name one that 'autochrome export' made, and leave its settings out.",
        { code: "OTHER_NETWORK", exitCode: 2 },
      );
    }
    next = at + 1;
    const values = floatsOf(tensor);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  for (const layer of model.layers) if (layer instanceof SpectralConv2D) restoreStretch(layer);
}

/**
 * Which constant of a file holds which weight, found by content, so that it holds for any model.
 *
 * @returns null where a weight is not found: it was computed with before it was stored
 */
export function nameWeights(
  model: keras.LayersModel,
  tensors: readonly OnnxTensor[],
): Record<string, string> | null {
  const names: Record<string, string> = {};
  const floats = tensors
    .filter(({ type }) => type === "float32" || type === "float16")
    .map((tensor) => ({ tensor, values: floatsOf(tensor) }));
  for (const { name, variable, normalized } of weightsInOrder(model)) {
    const weight = variable.dataSync() as Float32Array;
    const same = (values: Float32Array) => distance(values, weight, normalized) <= ROUNDING;
    const found = floats.find(
      ({ tensor, values }) =>
        !(tensor.name in names) && sameSize(tensor.dims, variable.shape) && same(values),
    );
    if (found === undefined) return null;
    names[found.tensor.name] = name;
  }
  return names;
}

/** Weights as their layers use them, from the input on; without the state of spectral normalization. */
function weightsInOrder(model: keras.LayersModel): NamedWeight[] {
  return model.layers.flatMap((layer) => {
    const weights = layer.weights.map((weight) => ({
      name: weight.originalName,
      variable: weight.read() as tf.Variable,
      normalized: layer instanceof SpectralConv2D && weight.originalName.endsWith("/kernel"),
    }));
    const order = ORDER_OF_USE[layer.getClassName()];
    if (order === undefined) return weights;
    return order.flatMap((kind) => weights.filter(({ name }) => name.endsWith(`/${kind}`)));
  });
}

/** The traced function's own constants, `w<number>` or `w<number>_half`, by number; others are the exporter's. */
export function numberedConstants(tensors: readonly OnnxTensor[]): OnnxTensor[] {
  const numberOf = ({ name }: OnnxTensor) => Number(/^w(\d+)(_half)?$/.exec(name)?.[1] ?? Number.NaN);
  return tensors
    .filter((tensor) => /^float/.test(tensor.type) && !Number.isNaN(numberOf(tensor)))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** The same sizes but for ones: a bias of [2] may be stored as [1, 1, 1, 2]. */
function sameSize(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === b.length) return a.every((size, i) => size === b[i]);
  const long = (dims: readonly number[]) => dims.filter((size) => size !== 1);
  // A scalar is no bias of one filter.
  return Math.min(a.length, b.length) > 0 && long(a).join() === long(b).join();
}

/** |a - b| / |b|, with `anyScale` at the scale of b that brings them closest; 0 for two zeros. */
function distance(a: Float32Array, b: Float32Array, anyScale: boolean): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  if (bb === 0) return aa === 0 ? 0 : Number.POSITIVE_INFINITY;
  const scale = anyScale && ab > 0 ? aa / ab : 1;
  let apart = 0;
  for (let i = 0; i < a.length; i++) apart += (a[i]! - scale * b[i]!) ** 2;
  return Math.sqrt(apart / bb) / scale;
}

function restoreStretch(layer: SpectralConv2D): void {
  const named = (kind: string) =>
    layer.weights.find(({ originalName }) => originalName.endsWith(`/${kind}`))!.read() as tf.Variable;
  const u = named("u");
  const filters = u.shape[0]!;
  tf.tidy(() =>
    u.assign(tf.tensor(unitStretch(named("kernel").dataSync() as Float32Array, filters), u.shape)),
  );
}
