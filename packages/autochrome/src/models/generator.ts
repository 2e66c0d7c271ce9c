/**
 * The generator: a U-Net from lightness to colour.
 *
 * @module
 */
import { apply, Blocks, CLASSES_LAYER, type Head, type Layout, type Upsampling } from "./blocks.ts";
import { buildEncodedGenerator, type EncoderName } from "./encoder/index.ts";
import type { Initialization } from "./initialization.ts";
import { SelfAttention } from "./layers/index.ts";
import type { Normalization } from "./normalization.ts";
import { deriveSeed } from "./seed.ts";
import { keras, type tf } from "./tf.ts";

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
  /** Default `regression`; `classes` is for chroma. */
  head?: Head;
  /** Of the head `classes`, above 0, see `AnnealedMean`; default 0.5. */
  temperature?: number;
  /** The same; default 1.5. */
  vividness?: number;
  /** Of the head `classes` on a pretrained encoder, see `buildEncodedGenerator`. Default 10. */
  smoothing?: number;
  /** Takes the downs from a pretrained classifier, see `buildEncodedGenerator`. Default `none`. */
  encoder?: EncoderName;
  /** A generator with a pretrained encoder paints at 1 / this of its input's size. Default 2. */
  chromaStride?: 2 | 4;
  /** Whether training changes a pretrained encoder. Default false. */
  encoderTrainable?: boolean;
  /** Default `normal`. */
  initialization?: Initialization;
  /** Fixes the initial weights and the dropout masks. */
  seed: number;
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
  const { depth, seed, encoder = "none" } = config;
  if (encoder !== "none") return buildEncodedGenerator({ ...config, encoder });
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
  const colour = build.colour(config.outputChannels, (name, filters) =>
    layout.fullSize
      ? apply(build.convolution(name, filters, 1, 1, true), x)
      : build.upsample(name, filters, true, x),
  );
  return keras.model({ inputs: input, outputs: colour, name: "generator" });
}

/** The generator with a second output, the logits of its head `classes` (at the size where it paints). */
export function withLogits(generator: keras.LayersModel): keras.LayersModel {
  const logits = generator.getLayer(CLASSES_LAYER).output as keras.SymbolicTensor;
  return keras.model({ inputs: generator.inputs, outputs: [generator.outputs[0]!, logits] });
}

/** Weights that no training changes: those of layers that are not trainable. */
export function frozenWeights(model: keras.LayersModel): Set<tf.Variable> {
  const layers = model.layers.filter((layer) => !layer.trainable);
  return new Set(layers.flatMap(({ weights }) => weights.map((weight) => weight.read() as tf.Variable)));
}

/** Number of scalars in a model's weights, moving averages included. */
export function countParameters(model: keras.LayersModel): number {
  return model.weights.reduce((sum, weight) => sum + (weight.read() as tf.Tensor).size, 0);
}
