/**
 * The generator: a U-Net from lightness to colour.
 *
 * @module
 */
import {
  gammaInitializer,
  type Initialization,
  type Initializer,
  kernelInitializer,
} from "./initialization.ts";
import { SeededDropout, SelfAttention } from "./layers/index.ts";
import { type Normalization, normalization } from "./normalization.ts";
import { deriveSeed } from "./seed.ts";
import { keras, type tf } from "./tf.ts";

export type Upsampling = "transposed" | "nearest";

/**
 * - `unet`: the project's own, after pix2pix;
 * - `pix2pix`: as Isola et al. 2017 published it;
 * - `nazeri2018`: as Nazeri et al. 2018 did, with a first and a last level at full size.
 */
export type Architecture = "unet" | "pix2pix" | "nazeri2018";

export interface GeneratorConfig {
  /** 4 where the input carries colour hints: lightness, a, b and a mask. Default 1. */
  inputChannels?: 1 | 4;
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
  /** Default `unet`. */
  architecture?: Architecture;
  /** Default `normal`. */
  initialization?: Initialization;
  /** Fixes the initial weights and the dropout masks. */
  seed: number;
}

interface Layout {
  /** A convolution at full size before the downs; its map is the last skip, and a 1x1 convolution paints. */
  fullSize: boolean;
  /** Normalization of the first and the innermost down too. */
  normalizesEnds: boolean;
  /** ReLU on whatever enters an up, skips and bottleneck included. */
  rectifiesSkips: boolean;
  /** A bias where no normalization would take it away again; the layer that paints has one in any case. */
  bias: boolean;
}

const LAYOUTS: Readonly<Record<Architecture, Layout>> = {
  unet: { fullSize: false, normalizesEnds: false, rectifiesSkips: false, bias: true },
  pix2pix: { fullSize: false, normalizesEnds: false, rectifiesSkips: true, bias: false },
  nazeri2018: { fullSize: true, normalizesEnds: true, rectifiesSkips: false, bias: true },
};

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
 * ReLU, skips by concatenation, no normalization on the first and the innermost down; `architecture` names two
 * published ones that differ in such details.
 *
 * @returns input [n, h, w, inputChannels] in [-1, 1], h and w any multiples of 2^depth; output [n, h, w, outputChannels]
 *   in (-1, 1) (tanh)
 */
export function buildGenerator(config: GeneratorConfig): keras.LayersModel {
  const { depth, seed } = config;
  const layout = LAYOUTS[config.architecture ?? "unet"];
  const build = new Blocks(config, layout);
  const filters = downFilters(config);
  const input = keras.input({ shape: [null, null, config.inputChannels ?? 1], name: "luma" });

  let x: keras.SymbolicTensor = input;
  const skips: keras.SymbolicTensor[] = [];
  if (layout.fullSize) {
    x = build.down("full", config.width, 1, config.normalization, x);
    skips.push(x);
  }
  for (let i = 0; i < depth; i++) {
    const plain = (i === 0 || i === depth - 1) && !layout.normalizesEnds;
    x = build.down(`down${i + 1}`, filters[i]!, 2, plain ? "none" : config.normalization, x);
    skips.push(x);
  }
  skips.pop();

  const bottleneck = filters[depth - 1]!;
  for (let i = 1; i <= config.residualBlocks; i++) x = build.residual(`residual${i}`, bottleneck, x);
  if (config.attention)
    x = apply(new SelfAttention({ name: "attention", seed: deriveSeed(seed, "attention") }), x);

  if (layout.rectifiesSkips) x = apply(keras.layers.reLU({ name: "bottleneck_act" }), x);
  const widths = [...(layout.fullSize ? [config.width] : []), ...filters.slice(0, -1)];
  for (let level = 1; widths.length > 0; level++) {
    x = build.up(`up${level}`, widths.pop()!, level <= 3, skips.pop()!, x);
  }
  x = layout.fullSize
    ? apply(build.convolution("colour", config.outputChannels, 1, 1, true), x)
    : build.upsample("colour", config.outputChannels, true, x);
  x = apply(keras.layers.activation({ activation: "tanh", name: "colour_tanh" }), x);
  return keras.model({ inputs: input, outputs: x, name: "generator" });
}

/** The network's parts, with what is common to all of them. */
class Blocks {
  readonly #config: GeneratorConfig;
  readonly #layout: Layout;

  constructor(config: GeneratorConfig, layout: Layout) {
    this.#config = config;
    this.#layout = layout;
  }

  /** Convolution, normalization, LeakyReLU. */
  down(
    name: string,
    filters: number,
    strides: number,
    kind: Normalization,
    x: keras.SymbolicTensor,
  ): keras.SymbolicTensor {
    const bias = kind === "none" && this.#layout.bias;
    let y = apply(this.convolution(name, filters, 4, strides, bias), x);
    y = this.normalize(`${name}_norm`, kind, filters, y);
    return apply(keras.layers.leakyReLU({ alpha: 0.2, name: `${name}_act` }), y);
  }

  /** Twice the size, normalization, dropout, ReLU, joined with the skip. */
  up(
    name: string,
    filters: number,
    inner: boolean,
    skip: keras.SymbolicTensor,
    x: keras.SymbolicTensor,
  ): keras.SymbolicTensor {
    const { normalization: kind, dropout, seed } = this.#config;
    let y = this.upsample(name, filters, kind === "none" && this.#layout.bias, x);
    y = this.normalize(`${name}_norm`, kind, filters, y);
    if (dropout > 0 && inner) {
      const dropoutSeed = deriveSeed(seed, name, "dropout");
      y = apply(new SeededDropout({ name: `${name}_drop`, rate: dropout, seed: dropoutSeed }), y);
    }
    y = apply(keras.layers.reLU({ name: `${name}_act` }), y);
    const joined = this.#layout.rectifiesSkips
      ? apply(keras.layers.reLU({ name: `${name}_skip_act` }), skip)
      : skip;
    return keras.layers.concatenate({ name: `${name}_skip` }).apply([y, joined]) as keras.SymbolicTensor;
  }

  upsample(name: string, filters: number, useBias: boolean, x: keras.SymbolicTensor): keras.SymbolicTensor {
    if (this.#config.upsampling === "nearest") {
      const wide = apply(keras.layers.upSampling2d({ size: [2, 2], name: `${name}_nearest` }), x);
      return apply(this.convolution(name, filters, 3, 1, useBias), wide);
    }
    const transposed = keras.layers.conv2dTranspose({
      name,
      filters,
      kernelSize: 4,
      strides: 2,
      padding: "same",
      useBias,
      kernelInitializer: this.#kernels(name),
    });
    return apply(transposed, x);
  }

  /** conv 3x3, norm, ReLU, conv 3x3, norm, plus the input (He et al. 2016). */
  residual(name: string, filters: number, x: keras.SymbolicTensor): keras.SymbolicTensor {
    const kind = this.#config.normalization;
    const bias = kind === "none" && this.#layout.bias;
    let y = apply(this.convolution(`${name}_conv1`, filters, 3, 1, bias), x);
    y = this.normalize(`${name}_norm1`, kind, filters, y);
    y = apply(keras.layers.reLU({ name: `${name}_act` }), y);
    y = apply(this.convolution(`${name}_conv2`, filters, 3, 1, bias), y);
    y = this.normalize(`${name}_norm2`, kind, filters, y);
    return keras.layers.add({ name: `${name}_sum` }).apply([x, y]) as keras.SymbolicTensor;
  }

  convolution(
    name: string,
    filters: number,
    kernelSize: number,
    strides: number,
    useBias: boolean,
  ): keras.layers.Layer {
    const kernelInitializer = this.#kernels(name);
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

  normalize(
    name: string,
    kind: Normalization,
    channels: number,
    x: keras.SymbolicTensor,
  ): keras.SymbolicTensor {
    if (kind === "none") return x;
    const gamma = gammaInitializer(this.#config.initialization, deriveSeed(this.#config.seed, name));
    return apply(normalization(name, kind, channels, gamma), x);
  }

  #kernels(name: string): Initializer {
    return kernelInitializer(this.#config.initialization, deriveSeed(this.#config.seed, name));
  }
}

function apply(layer: keras.layers.Layer, x: keras.SymbolicTensor): keras.SymbolicTensor {
  return layer.apply(x) as keras.SymbolicTensor;
}

/** Number of scalars in a model's weights, moving averages included. */
export function countParameters(model: keras.LayersModel): number {
  return model.weights.reduce((sum, weight) => sum + (weight.read() as tf.Tensor).size, 0);
}
