/**
 * Settings by name: a network's size and the way to train it. Whatever is not named stays at its default.
 *
 * @module
 */
// The presets' own index: models/index.ts would load TensorFlow.js to show a line of help.
import { NETWORK_PRESETS } from "../../models/presets/index.ts";
import type { PartialConfig } from "./schema.ts";

/** A published recipe adapts nothing on its own, and runs long. */
const AS_PUBLISHED = {
  onInstability: "warn",
  validateEvery: 2000,
  checkpointEvery: 1000,
} as const satisfies PartialConfig;

/** How generators with a pretrained encoder and colour classes are trained; docs/network.md has the experiments. */
const ENCODED = {
  cropSize: 192, // of photos whose short side is 192 to 432
  validationSize: 256,
  batchSize: 8,
  steps: 4000,
  pretrainFraction: 0.8,
  lambda: 50,
  chromaWeight: 1,
  generatorLearningRate: 5e-4,
  schedule: "cosine",
  warmupSteps: 50,
  emaDecay: 0.998,
  oldPhotos: 0.3,
} as const satisfies PartialConfig;

export const PRESETS = {
  /** Tests and first tries: seconds, not quality. */
  tiny: {
    ...NETWORK_PRESETS.tiny,
    cropSize: 32,
    batchSize: 4,
    steps: 40,
    validateEvery: 20,
    validationPhotos: 8,
    checkpointEvery: 20,
  },

  /** Two CPU cores: an hour or two. */
  small: {
    ...NETWORK_PRESETS.small,
    cropSize: 128, // the whole photo to half of it, at 128 px
    batchSize: 8,
    steps: 6000,
    lambda: 50, // 100 pulls towards sepia
    chromaWeight: 3, // rare, saturated colours would drown among gray pixels
    schedule: "linear",
  },

  /** Two CPU cores, an hour: what a pretrained encoder knows, in a small network. */
  fast: { ...NETWORK_PRESETS.fast, ...ENCODED },

  /** Two CPU cores, an hour or two: what a larger one knows. */
  best: { ...NETWORK_PRESETS.best, ...ENCODED },

  /** From a network that is trained already (`init`) to photos of one kind: minutes on two CPU cores. */
  finetune: {
    ...NETWORK_PRESETS.small,
    cropSize: 128,
    batchSize: 8,
    steps: 1500,
    lambda: 50,
    chromaWeight: 3,
    schedule: "linear",
    warmupSteps: 50, // Adam's memory starts empty
    pretrainFraction: 0.6,
    discriminatorWarmup: 50,
    generatorLearningRate: 1e-4,
    discriminatorLearningRate: 1e-4,
    emaDecay: 0.99, // the run is not much longer than the memory of 0.999
    validateEvery: 250,
  },

  /** A GPU: pix2pix-size networks at 256 px. */
  base: {
    ...NETWORK_PRESETS.base,
    cropSize: 256,
    batchSize: 16,
    steps: 100_000,
    lambda: 50,
    chromaWeight: 3,
    schedule: "linear",
    validateEvery: 2000,
    checkpointEvery: 1000,
  },

  /** As published by Isola et al. 2017; docs/recipes.md goes through every line. */
  pix2pix: {
    ...NETWORK_PRESETS.pix2pix,
    space: "lab",
    cropSize: 256,
    batchSize: 1,
    scaleMin: 286 / 256,
    scaleMax: 286 / 256,
    flip: true,
    minColourfulness: 0,
    epochs: 200,
    pretrainFraction: 0,
    adversarialLoss: "bce",
    lambda: 100,
    labelSmoothing: 1,
    generatorLearningRate: 2e-4,
    discriminatorLearningRate: 2e-4,
    beta1: 0.5,
    beta2: 0.999,
    schedule: "linear",
    emaDecay: 0,
    ...AS_PUBLISHED,
  },

  /** As published by Nazeri et al. 2018 for Places365; docs/recipes.md goes through every line. */
  nazeri2018: {
    ...NETWORK_PRESETS.nazeri2018,
    space: "lab",
    cropSize: 256,
    batchSize: 16,
    scaleMin: 1,
    scaleMax: 1,
    flip: true,
    minColourfulness: 0,
    epochs: 10,
    pretrainFraction: 0,
    adversarialLoss: "bce",
    lambda: 100,
    labelSmoothing: 0.9,
    generatorSteps: 2,
    discriminatorSteps: 1,
    generatorLearningRate: 3e-4,
    discriminatorLearningRate: 3e-5,
    beta1: 0,
    beta2: 0.999,
    schedule: "exponential",
    decayRate: 0.1,
    decaySteps: 500_000,
    emaDecay: 0,
    ...AS_PUBLISHED,
  },
} as const satisfies Record<string, PartialConfig>;

export type PresetName = keyof typeof PRESETS;
