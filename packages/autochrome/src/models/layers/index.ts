/**
 * Layers that Keras has and TensorFlow.js lacks. Importing this registers them, so that saved models load.
 *
 * @module
 */
export { AnnealedMean } from "./annealed-mean.ts";
export { BilateralFilter, type BilateralFilterArgs } from "./bilateral-filter.ts";
export { GroupNormalization, type GroupNormalizationArgs, InstanceNormalization } from "./normalization.ts";
export { SeededDropout } from "./seeded-dropout.ts";
export { SelfAttention } from "./self-attention.ts";
export { SpectralConv2D, type SpectralConv2DArgs } from "./spectral-conv.ts";
export { setTrainingStep } from "./training-step.ts";
