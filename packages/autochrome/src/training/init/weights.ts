/**
 * Between the weights of a Keras model and the constants of its ONNX file.
 *
 * @module
 */
import { type OnnxWeight, STORED_AS } from "tfjs-onnxruntime/onnx";
import { AutochromeError } from "../../errors.ts";
import { type keras, SpectralConv2D, tf } from "../../models/index.ts";
import { unitStretch } from "./spectral.ts";

/** Key of an ONNX file's metadata: a JSON object from the names of constants to those of weights. */
export const WEIGHTS_KEY = "autochrome.weights";

/** Stands there for the constant of a weight that is zero throughout, such as an untrained bias: a file has none of it. */
const zeroOf = (name: string) => `zero ${name}`;

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
const HALF_ROUNDING = 2 ** -10;
/** Weights this close by are one, however coarse the steps: of two that have nothing in common it is some 1.4. */
const CERTAIN = 0.1;
/** `w<number>`, perhaps stored in fewer bits. */
const NUMBERED = new RegExp(`^w(\\d+)(${STORED_AS.float16}|${STORED_AS.int8})?$`);

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
  constants: readonly OnnxWeight[],
  names: Readonly<Record<string, string>> | null,
  path: string,
): void {
  const candidates =
    names === null ? numberedConstants(constants) : constants.filter(({ name }) => name in names);
  let next = 0;
  for (const { name, variable } of weightsInOrder(model)) {
    if (names !== null && zeroOf(name) in names) {
      tf.tidy(() => variable.assign(tf.zeros(variable.shape)));
      continue;
    }
    const fits = (constant: OnnxWeight) =>
      names === null ? sameSize(constant.dims, variable.shape) : names[constant.name] === name;
    // Between the weights lie constants of other sizes: epsilons, the averaging of groups.
    const at =
      names === null
        ? candidates.findIndex((constant, i) => i >= next && fits(constant))
        : candidates.findIndex(fits);
    const constant = candidates[at];
    if (constant === undefined || !sameSize(constant.dims, variable.shape)) {
      throw new AutochromeError(
        `'${path}' holds no weights for '${name}' of shape [${variable.shape}]: it is a network of another ` +
          "architecture. Name one that 'autochrome export' made, and leave its settings out.",
        { code: "OTHER_NETWORK", exitCode: 2 },
      );
    }
    next = at + 1;
    tf.tidy(() => variable.assign(tf.tensor(constant.values, variable.shape)));
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
  constants: readonly OnnxWeight[],
): Record<string, string> | null {
  const names: Record<string, string> = {};
  for (const { name, variable, normalized } of weightsInOrder(model)) {
    const weight = variable.dataSync() as Float32Array;
    if (weight.every((value) => value === 0)) {
      names[zeroOf(name)] = name;
      continue;
    }
    const found = closest(
      constants.filter((constant) => !(constant.name in names) && sameSize(constant.dims, variable.shape)),
      weight,
      normalized,
    );
    if (found === null) return null;
    names[found.name] = name;
  }
  return names;
}

/** The constant that a weight became; null where none is as close to it as rounding leaves one. */
function closest(
  constants: readonly OnnxWeight[],
  weight: Float32Array,
  normalized: boolean,
): OnnxWeight | null {
  const length = lengthOf(weight);
  let found: OnnxWeight | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const constant of constants) {
    const { values, rounding } = constant;
    const allowed = HALF_ROUNDING + ((rounding ?? 0) * Math.sqrt(values.length)) / length;
    const apart = normalized
      ? distanceAtAnyScale(values, weight)
      : distanceUpTo(Math.min(allowed, least), values, weight, length);
    if (apart > allowed || apart >= least) continue;
    // Of equals the first, which the network uses first.
    if (apart <= CERTAIN) return constant;
    [found, least] = [constant, apart];
  }
  return found;
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

/** The traced function's own constants, by number; others are the exporter's. */
export function numberedConstants(constants: readonly OnnxWeight[]): OnnxWeight[] {
  const numberOf = ({ name }: OnnxWeight) => Number(NUMBERED.exec(name)?.[1] ?? Number.NaN);
  return constants
    .filter((constant) => !Number.isNaN(numberOf(constant)))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

/** The same sizes but for ones: a bias of [2] may be stored as [1, 1, 1, 2]. */
function sameSize(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === b.length) return a.every((size, i) => size === b[i]);
  const long = (dims: readonly number[]) => dims.filter((size) => size !== 1);
  // A scalar is no bias of one filter.
  return Math.min(a.length, b.length) > 0 && long(a).join() === long(b).join();
}

/** |a - b| / |b|, b being `length` long; infinite as soon as it exceeds `most`, which unlike weights do at once. */
function distanceUpTo(most: number, a: Float32Array, b: Float32Array, length: number): number {
  const limit = (most * length) ** 2;
  let apart = 0;
  for (let i = 0; i < a.length; i++) {
    apart += (a[i]! - b[i]!) ** 2;
    if (!(apart <= limit)) return Number.POSITIVE_INFINITY;
  }
  return length === 0 ? 0 : Math.sqrt(apart) / length;
}

/** |a - s b| / |s b| at the scale s that brings them closest; 0 for two zeros. */
function distanceAtAnyScale(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  if (bb === 0) return aa === 0 ? 0 : Number.POSITIVE_INFINITY;
  const scale = ab > 0 ? aa / ab : 1;
  let apart = 0;
  for (let i = 0; i < a.length; i++) apart += (a[i]! - scale * b[i]!) ** 2;
  return Math.sqrt(apart / bb) / scale;
}

function lengthOf(values: Float32Array): number {
  let squares = 0;
  for (const value of values) squares += value ** 2;
  return Math.sqrt(squares);
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
