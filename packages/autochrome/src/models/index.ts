/**
 * The two networks, in Keras layers.
 *
 * @module
 */
export { buildDiscriminator, type DiscriminatorConfig, patchSize } from "./discriminator.ts";
export {
  type Architecture,
  buildGenerator,
  countParameters,
  downFilters,
  type GeneratorConfig,
  sizeMultiple,
  type Upsampling,
} from "./generator.ts";
export type { Initialization } from "./initialization.ts";
export {
  GroupNormalization,
  type GroupNormalizationArgs,
  InstanceNormalization,
  SeededDropout,
  SelfAttention,
  SpectralConv2D,
  type SpectralConv2DArgs,
  setTrainingStep,
} from "./layers/index.ts";
export type { Normalization } from "./normalization.ts";
export { NETWORK_PRESETS, type NetworkPreset, type NetworkPresetName } from "./presets/index.ts";
export { deriveSeed, uniformGenerator } from "./seed.ts";
export { keras, tf } from "./tf.ts";
