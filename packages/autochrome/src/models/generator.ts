/**
 * The generator: a U-Net from lightness to colour.
 *
 * @module
 */
import { GroupNormalization, InstanceNormalization, SeededDropout, SelfAttention } from "./layers/index.ts";
import { deriveSeed } from "./seed.ts";
import { keras, type tf } from "./tf.ts";

export type Normalization = "batch" | "instance" | "group" | "none";
export type Upsampling = "transposed" | "nearest";

export interface GeneratorConfig {
  /** 2 for chroma (a, b), 3 for R, G, B. */
  outputChannels: 2 | 3;
  /** Filters of the first convolution; they double with depth, up to 8 times this. */
  width: number;
  /** Number of halvings; heights and widths must be multiples of 2^depth. */
  depth: number;
  normalization: Normalization;
  /** `transposed`: 4x4 transposed convolution; `nearest`: nearest neighbour, then a 3x3 convolution. */
  upsampling: Upsampling;
  /** Rate of the dropout in the first three ups (pix2pix: 0.5), 0 for none. */
  dropout: number;
  /** Residual blocks at the bottleneck. */
  residualBlocks: number;
  /** Self-attention at the bottleneck. */
  attention: boolean;
  /** Fixes the initial weights, N(0, 0.02), and the dropout masks. */
  seed: number;
}

/** Heights and widths that the generator takes are multiples of this. */
export function sizeMultiple(config: { depth: number }): number {
  return 2 ** config.depth;
}

/** Filters of each down, outermost first: width 32, depth 5 gives 32, 64, 128, 256, 256. */
export function downFilters(config: { width: number; depth: number }): number[] {
  return Array.from({ length: config.depth }, (_, i) => config.width * Math.min(8, 2 ** i));
}

/**
 * U-Net after pix2pix (Isola et al. 2017): 4x4 stride-2 convolutions down with LeakyReLU 0.2, as many ups with
 * ReLU, skips by concatenation, no normalization on the first and the innermost down.
 *
 * @returns input [n, h, w, 1] in [-1, 1], h and w any multiples of 2^depth; output [n, h, w, outputChannels]
 *   in (-1, 1) (tanh)
 */
export function buildGenerator(config: GeneratorConfig): keras.LayersModel {
  const { depth, seed } = config;
  const filters = downFilters(config);
  const input = keras.input({ shape: [null, null, 1], name: "luma" });

  let x: keras.SymbolicTensor = input;
  const skips: keras.SymbolicTensor[] = [];
  for (let i = 0; i < depth; i++) {
    const name = `down${i + 1}`;
    const plain = i === 0 || i === depth - 1;
    const kind = plain ? "none" : config.normalization;
    x = apply(convolution(name, filters[i]!, 4, 2, kind === "none", seed), x);
    x = normalize(`${name}_norm`, kind, filters[i]!, x);
    x = apply(keras.layers.leakyReLU({ alpha: 0.2, name: `${name}_act` }), x);
    skips.push(x);
  }

  const bottleneck = filters[depth - 1]!;
  for (let i = 1; i <= config.residualBlocks; i++) {
    x = residualBlock(`residual${i}`, bottleneck, config.normalization, seed, x);
  }
  if (config.attention)
    x = apply(new SelfAttention({ name: "attention", seed: deriveSeed(seed, "attention") }), x);

  for (let i = depth - 2; i >= 0; i--) {
    const name = `up${depth - 1 - i}`;
    x = upsample(name, filters[i]!, config.upsampling, config.normalization === "none", seed, x);
    x = normalize(`${name}_norm`, config.normalization, filters[i]!, x);
    if (config.dropout > 0 && i >= depth - 4) {
      const dropoutSeed = deriveSeed(seed, name, "dropout");
      x = apply(new SeededDropout({ name: `${name}_drop`, rate: config.dropout, seed: dropoutSeed }), x);
    }
    x = apply(keras.layers.reLU({ name: `${name}_act` }), x);
    x = keras.layers.concatenate({ name: `${name}_skip` }).apply([x, skips[i]!]) as keras.SymbolicTensor;
  }
  x = upsample("colour", config.outputChannels, config.upsampling, true, seed, x);
  x = apply(keras.layers.activation({ activation: "tanh", name: "colour_tanh" }), x);
  return keras.model({ inputs: input, outputs: x, name: "generator" });
}

function apply(layer: keras.layers.Layer, x: keras.SymbolicTensor): keras.SymbolicTensor {
  return layer.apply(x) as keras.SymbolicTensor;
}

function initializer(seed: number, name: string): ReturnType<typeof keras.initializers.randomNormal> {
  return keras.initializers.randomNormal({ mean: 0, stddev: 0.02, seed: deriveSeed(seed, name) });
}

function convolution(
  name: string,
  filters: number,
  kernelSize: number,
  strides: number,
  useBias: boolean,
  seed: number,
): keras.layers.Layer {
  const kernelInitializer = initializer(seed, name);
  return keras.layers.conv2d({
    name,
    filters,
    kernelSize,
    strides,
    padding: "same",
    useBias,
    kernelInitializer,
  });
}

function upsample(
  name: string,
  filters: number,
  upsampling: Upsampling,
  useBias: boolean,
  seed: number,
  x: keras.SymbolicTensor,
): keras.SymbolicTensor {
  if (upsampling === "nearest") {
    const wide = apply(keras.layers.upSampling2d({ size: [2, 2], name: `${name}_nearest` }), x);
    return apply(convolution(name, filters, 3, 1, useBias, seed), wide);
  }
  const transposed = keras.layers.conv2dTranspose({
    name,
    filters,
    kernelSize: 4,
    strides: 2,
    padding: "same",
    useBias,
    kernelInitializer: initializer(seed, name),
  });
  return apply(transposed, x);
}

function normalize(
  name: string,
  kind: Normalization,
  channels: number,
  x: keras.SymbolicTensor,
): keras.SymbolicTensor {
  switch (kind) {
    case "batch":
      // Runs are short beside ImageNet's: Keras's momentum of 0.99 would remember the first, random features.
      return apply(keras.layers.batchNormalization({ name, momentum: 0.9, epsilon: 1e-5 }), x);
    case "instance":
      return apply(new InstanceNormalization({ name }), x);
    case "group":
      return apply(new GroupNormalization({ name, groups: groupCount(channels) }), x);
    case "none":
      return x;
  }
}

/** At most 32 groups (Wu and He 2018) of at least 4 channels. */
function groupCount(channels: number): number {
  for (let groups = Math.min(32, Math.floor(channels / 4)); groups > 1; groups--) {
    if (channels % groups === 0) return groups;
  }
  return 1;
}

/** conv 3x3, norm, ReLU, conv 3x3, norm, plus the input (He et al. 2016). */
function residualBlock(
  name: string,
  filters: number,
  kind: Normalization,
  seed: number,
  x: keras.SymbolicTensor,
): keras.SymbolicTensor {
  const useBias = kind === "none";
  let y = apply(convolution(`${name}_conv1`, filters, 3, 1, useBias, seed), x);
  y = normalize(`${name}_norm1`, kind, filters, y);
  y = apply(keras.layers.reLU({ name: `${name}_act` }), y);
  y = apply(convolution(`${name}_conv2`, filters, 3, 1, useBias, seed), y);
  y = normalize(`${name}_norm2`, kind, filters, y);
  return keras.layers.add({ name: `${name}_sum` }).apply([x, y]) as keras.SymbolicTensor;
}

/** Number of scalars in a model's weights, moving averages included. */
export function countParameters(model: keras.LayersModel): number {
  return model.weights.reduce((sum, weight) => sum + (weight.read() as tf.Tensor).size, 0);
}
