import { apply, type BlockConfig, Blocks } from "../blocks.ts";
import { BilateralFilter, SelfAttention } from "../layers/index.ts";
import { deriveSeed } from "../seed.ts";
import { keras } from "../tf.ts";
import { enlarge } from "./coarse-chroma.ts";
import { type EncoderName, PRETRAINED } from "./encoders.ts";
import { readPackageModel } from "./package-model.ts";
import { buildTrunk } from "./trunk.ts";

export interface EncodedGeneratorConfig extends BlockConfig {
  /** 4 where the input carries colour hints. Default 1. */
  inputChannels?: 1 | 4;
  outputChannels: 2 | 3;
  encoder: Exclude<EncoderName, "none">;
  encoderTrainable?: boolean;
  /** It paints at 1 / this of its input's size. Default 2. */
  chromaStride?: 2 | 4;
  /** Filters of the decoder where it paints; they double with depth, up to 8 times this. */
  width: number;
  /** How many of the encoder's halvings are used: 2 to 5. */
  depth: number;
  residualBlocks: number;
  attention: boolean;
  /**
   * Of the head `classes`: logits are averaged over places that look alike (`BilateralFilter`), with this standard
   * deviation in places of the map where it paints, so that a surface decides for one colour instead of blotches of
   * several. 0 for none. Default 10.
   */
  smoothing?: number;
}

/** L* between two places that look alike, over 50 as luma is. */
const ALIKE = 5 / 50;

/**
 * A U-Net whose downs are a pretrained classifier's (`PRETRAINED`), as Iizuka et al. 2016 and Baldassarre et al. 2017 fuse
 * one in, but at every size. Skips pass 1x1 convolutions, for a classifier's maps are wide. It paints at a
 * half of its input's size, as JPEG stores colours, or at a quarter, as Zhang et al. 2016, and enlarges at the end: most of
 * the work would be at the widest map.
 *
 * @returns input [n, h, w, inputChannels] in [-1, 1], h and w multiples of 2^depth; output [n, h, w, outputChannels] in
 *   (-1, 1)
 * @throws AutochromeError where the encoder's package is not installed
 */
export function buildEncodedGenerator(config: EncodedGeneratorConfig): keras.LayersModel {
  const { depth, seed, width, normalization: kind, chromaStride: factor = 2 } = config;
  const { source, taps, range } = PRETRAINED[config.encoder];
  const build = new Blocks(config, {
    fullSize: false,
    normalizesEnds: true,
    rectifiesSkips: false,
    bias: true,
  });
  const input = keras.input({ shape: [null, null, config.inputChannels ?? 1], name: "luma" });
  const trunk = buildTrunk(
    readPackageModel(source),
    input,
    taps.slice(0, depth),
    range,
    config.encoderTrainable ?? false,
  );

  /** A 1x1 convolution to fewer maps. */
  const squeeze = (name: string, filters: number, x: keras.SymbolicTensor) => {
    const y = apply(build.convolution(name, filters, 1, 1, kind === "none"), x);
    return apply(
      keras.layers.reLU({ name: `${name}_act` }),
      build.normalize(`${name}_norm`, kind, filters, y),
    );
  };
  const filtersAt = (level: number) => width * Math.min(8, 2 ** level);
  const first = Math.log2(factor) - 1;
  const skips = trunk.outputs
    .slice(first, -1)
    .map((tap, i) => squeeze(`skip${first + i + 1}`, filtersAt(i), tap));

  let x = squeeze("bottleneck", filtersAt(depth - 1), trunk.outputs.at(-1)!);
  for (let i = 1; i <= config.residualBlocks; i++)
    x = build.residual(`residual${i}`, filtersAt(depth - 1), x);
  if (config.attention)
    x = apply(new SelfAttention({ name: "attention", seed: deriveSeed(seed, "attention") }), x);
  for (let level = 1; skips.length > 0; level++) {
    x = build.up(`up${level}`, filtersAt(skips.length - 1), level <= 3, skips.pop()!, x);
  }

  const shrink = keras.layers.averagePooling2d({ poolSize: factor, strides: factor, name: "luma_small" });
  const small = apply(shrink, input);
  x = keras.layers.concatenate({ name: "head_skip" }).apply([x, small]) as keras.SymbolicTensor;
  // A distribution needs more to be made of than two numbers.
  const headFilters = config.head === "classes" ? 2 * width : width;
  x = apply(build.convolution("head", headFilters, 3, 1, kind === "none"), x);
  x = apply(keras.layers.reLU({ name: "head_act" }), build.normalize("head_norm", kind, headFilters, x));
  const painted = x;
  const kernelSize = config.head === "classes" ? 1 : 3;
  const { smoothing = 10 } = config;
  x = build.colour(
    config.outputChannels,
    (name, filters) => apply(build.convolution(name, filters, kernelSize, 1, true), painted),
    (logits) => {
      if (smoothing === 0) return logits;
      const filter = new BilateralFilter({ name: "classes_smooth", places: smoothing, contrast: ALIKE });
      return filter.apply([logits, small]) as keras.SymbolicTensor;
    },
  );
  x = enlarge(x, factor);
  const model = keras.model({ inputs: input, outputs: x, name: "generator" });
  trunk.setWeights();
  return model;
}
