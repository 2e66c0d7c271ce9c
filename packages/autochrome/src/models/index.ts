/**
 * The two networks, in Keras layers.
 *
 * @module
 */
export { buildDiscriminator, type DiscriminatorConfig, patchSize } from "./discriminator.ts";
export {
  buildGenerator,
  countParameters,
  downFilters,
  type GeneratorConfig,
  type Normalization,
  sizeMultiple,
  type Upsampling,
} from "./generator.ts";
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
export { NETWORK_PRESETS, type NetworkPreset, type NetworkPresetName } from "./presets/index.ts";
export { deriveSeed, uniformGenerator } from "./seed.ts";
export { keras, tf } from "./tf.ts";
