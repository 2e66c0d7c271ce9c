/**
 * The two networks, in Keras layers.
 *
 * @module
 */
export type { Head, Upsampling } from "./blocks.ts";
export { COLOUR_GRID, GRID_SPACING, gridWeights } from "./colour-grid.ts";
export { buildDiscriminator, type DiscriminatorConfig, patchSize } from "./discriminator.ts";
export { coarseChroma, ENCODER_PREFIX, ENCODERS, type EncoderName, shrinkChroma } from "./encoder/index.ts";
export {
  type Architecture,
  buildGenerator,
  countParameters,
  downFilters,
  frozenWeights,
  type GeneratorConfig,
  sizeMultiple,
  withLogits,
} from "./generator.ts";
export type { Initialization } from "./initialization.ts";
export {
  AnnealedMean,
  BilateralFilter,
  type BilateralFilterArgs,
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
