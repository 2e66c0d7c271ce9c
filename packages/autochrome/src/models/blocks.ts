/**
 * The parts that generators are built of.
 *
 * @module
 */
import { COLOUR_GRID } from "./colour-grid.ts";
import {
  gammaInitializer,
  type Initialization,
  type Initializer,
  kernelInitializer,
} from "./initialization.ts";
import { AnnealedMean, SeededDropout } from "./layers/index.ts";
import { type Normalization, normalization } from "./normalization.ts";
import { deriveSeed } from "./seed.ts";
import { keras } from "./tf.ts";

export type Upsampling = "transposed" | "nearest";

/**
 * - `regression`: the colour itself, through tanh;
 * - `classes`: a distribution over `COLOUR_GRID`, whose annealed mean is the colour (Zhang et al. 2016).
 */
export type Head = "regression" | "classes";

/** Name of the layer that gives the logits of the head `classes`. */
export const CLASSES_LAYER = "classes";

/** What the parts of a generator have in common. */
export interface BlockConfig {
  normalization: Normalization;
  upsampling: Upsampling;
  dropout: number;
  /** Default `regression`. */
  head?: Head;
  /** Of the annealed mean, see `AnnealedMean`; default 0.5. */
  temperature?: number;
  /** The same; default 1.5. */
  vividness?: number;
  initialization?: Initialization;
  seed: number;
}

export interface Layout {
  /** A convolution at full size before the downs; its map is the last skip, and a 1x1 convolution paints. */
  fullSize: boolean;
  /** Normalization of the first and the innermost down too. */
  normalizesEnds: boolean;
  /** ReLU on whatever enters an up, skips and bottleneck included. */
  rectifiesSkips: boolean;
  /** A bias where no normalization would take it away again; the layer that paints has one in any case. */
  bias: boolean;
}

/** The network's parts, with what is common to all of them. */
export class Blocks {
  readonly #config: BlockConfig;
  readonly #layout: Layout;

  constructor(config: BlockConfig, layout: Layout) {
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

  /**
   * The colour, from what `paint` makes of a name and a number of filters.
   *
   * @param settle what becomes of logits before they are colours
   */
  colour(
    outputs: number,
    paint: (name: string, filters: number) => keras.SymbolicTensor,
    settle = (logits: keras.SymbolicTensor) => logits,
  ): keras.SymbolicTensor {
    const { head = "regression", temperature = 0.5, vividness = 1.5 } = this.#config;
    return head === "classes"
      ? apply(
          new AnnealedMean({ name: "colour_mean", temperature, vividness }),
          settle(paint(CLASSES_LAYER, COLOUR_GRID.length)),
        )
      : apply(keras.layers.activation({ activation: "tanh", name: "colour_tanh" }), paint("colour", outputs));
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

/** A layer's output for one input. */
export function apply(layer: keras.layers.Layer, x: keras.SymbolicTensor): keras.SymbolicTensor {
  return layer.apply(x) as keras.SymbolicTensor;
}
