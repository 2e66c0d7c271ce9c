/**
 * The discriminator: a PatchGAN that says of every patch whether its colours are real.
 *
 * @module
 */
import { gammaInitializer, type Initialization, kernelInitializer } from "./initialization.ts";
import { SpectralConv2D } from "./layers/index.ts";
import { type Normalization, normalization } from "./normalization.ts";
import { deriveSeed } from "./seed.ts";
import { keras } from "./tf.ts";

export interface DiscriminatorConfig {
  /** 3 for [L, a, b], 4 for [gray, R, G, B]. */
  inputChannels: 3 | 4;
  /** Filters of the first convolution; they double with depth, up to 8 times this. */
  width: number;
  /** Stride-2 convolutions: 3 make patches of 70x70 pixels. */
  layers: number;
  /** Spectral normalization of every convolution. */
  spectralNormalization: boolean;
  /** Of every layer but the first and the last; default `none`. */
  normalization?: Exclude<Normalization, "group">;
  /** Default `normal`; a spectrally normalized kernel starts from N(0, 0.02), its scale being divided out. */
  initialization?: Initialization;
  /** Fixes the initial weights. */
  seed: number;
}

/** Side in pixels of the square that one logit sees: 16, 34, 70, 142 for 1, 2, 3, 4 layers. */
export function patchSize(config: { layers: number }): number {
  let size = 1;
  const strides = [...Array.from({ length: config.layers }, () => 2), 1, 1];
  for (const stride of strides.reverse()) size = (size - 1) * stride + 4;
  return size;
}

/**
 * PatchGAN (Isola et al. 2017): 4x4 convolutions, `layers` with stride 2, then one with stride 1, LeakyReLU 0.2 after
 * each; the last gives one logit a patch. By default without the batch normalization of the publication, so that no
 * logit depends on the other photos of the batch.
 *
 * @returns input [n, h, w, inputChannels] in [-1, 1]; output logits [n, h / 2^layers, w / 2^layers, 1],
 *   positive for real
 */
export function buildDiscriminator(config: DiscriminatorConfig): keras.LayersModel {
  const input = keras.input({ shape: [null, null, config.inputChannels], name: "photo" });
  let x: keras.SymbolicTensor = input;
  for (let i = 0; i <= config.layers; i++) {
    const name = `patch${i + 1}`;
    const filters = config.width * Math.min(8, 2 ** i);
    const kind = i === 0 ? "none" : (config.normalization ?? "none");
    x = convolution(name, filters, i < config.layers ? 2 : 1, kind === "none", config, x);
    if (kind !== "none") {
      const gamma = gammaInitializer(config.initialization, deriveSeed(config.seed, `${name}_norm`));
      x = normalization(`${name}_norm`, kind, filters, gamma).apply(x) as keras.SymbolicTensor;
    }
    x = keras.layers.leakyReLU({ alpha: 0.2, name: `${name}_act` }).apply(x) as keras.SymbolicTensor;
  }
  x = convolution("logits", 1, 1, true, config, x);
  return keras.model({ inputs: input, outputs: x, name: "discriminator" });
}

function convolution(
  name: string,
  filters: number,
  strides: number,
  useBias: boolean,
  config: DiscriminatorConfig,
  x: keras.SymbolicTensor,
): keras.SymbolicTensor {
  const seed = deriveSeed(config.seed, name);
  const layer = config.spectralNormalization
    ? new SpectralConv2D({ name, filters, kernelSize: 4, strides, seed })
    : keras.layers.conv2d({
        name,
        filters,
        kernelSize: 4,
        strides,
        padding: "same",
        useBias,
        kernelInitializer: kernelInitializer(config.initialization, seed),
      });
  return layer.apply(x) as keras.SymbolicTensor;
}
