// The failures that are provoked, and what is set against each.
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";

export interface Arm {
  /** Short name, for files. */
  name: string;
  /** For legends. */
  label: string;
  settings: PartialConfig;
}

export interface Case {
  name: string;
  title: string;
  /** What makes it fail. */
  settings: PartialConfig;
  seeds: readonly number[];
  arms: readonly Arm[];
}

/** A network of 0.3 million parameters at 64 pixels: some 30 steps a second on two cores. */
export const BASE: PartialConfig = {
  preset: "tiny",
  cropSize: 64,
  width: 12,
  depth: 5,
  discriminatorWidth: 16,
  discriminatorLayers: 2,
  batchSize: 4,
  pretrainSteps: 200,
  steps: 600,
  lambda: 50,
  chromaWeight: 3,
  checkpointEvery: 50,
  validateEvery: 0,
  validationSize: 64,
  validationPhotos: 48,
  samples: 0,
  minutes: null,
};

const warned: Arm = { name: "warn", label: "without safeguards", settings: { onInstability: "warn" } };
const adapted: Arm = { name: "adapt", label: "the same, adapt", settings: { onInstability: "adapt" } };
const guarded = (settings: PartialConfig): Arm => ({
  name: "guarded",
  label: "safeguards and adapt",
  settings: { onInstability: "adapt", ...settings },
});

export const CASES: readonly Case[] = [
  {
    name: "mode-collapse",
    title: "Mode collapse",
    // Next to no L1, an unbounded discriminator, ten times the usual rates, no normalization, momentum.
    settings: {
      lambda: 1,
      chromaWeight: 0,
      normalization: "none",
      spectralNormalization: false,
      labelSmoothing: 1,
      adversarialLoss: "hinge",
      generatorLearningRate: 2e-3,
      discriminatorLearningRate: 2e-3,
      beta1: 0.9,
    },
    seeds: [1, 2, 3],
    arms: [
      warned,
      adapted,
      guarded({
        lambda: 50,
        chromaWeight: 3,
        normalization: "batch",
        spectralNormalization: true,
        adversarialLoss: "bce",
        labelSmoothing: 0.9,
        beta1: 0.5,
        generatorLearningRate: 1e-3,
        discriminatorLearningRate: 5e-4,
        diffAugment: "translation,cutout",
        r1Gamma: 0.1,
      }),
    ],
  },
  {
    name: "discriminator-wins",
    title: "The discriminator wins",
    // Hinge loss without bounds at high rates: the logits grow without end, and with them the generator's loss.
    settings: {
      lambda: 1,
      chromaWeight: 0,
      spectralNormalization: false,
      labelSmoothing: 1,
      adversarialLoss: "hinge",
      generatorLearningRate: 5e-3,
      discriminatorLearningRate: 5e-3,
      beta1: 0.9,
    },
    seeds: [1],
    arms: [
      warned,
      adapted,
      guarded({
        spectralNormalization: true,
        adversarialLoss: "bce",
        labelSmoothing: 0.9,
        diffAugment: "translation,cutout",
        lambda: 50,
        chromaWeight: 3,
        beta1: 0.5,
        generatorLearningRate: 1e-3,
        discriminatorLearningRate: 5e-4,
      }),
    ],
  },
  {
    name: "discriminator-loses",
    title: "The discriminator loses",
    settings: { lambda: 1, generatorLearningRate: 2e-3, discriminatorLearningRate: 2e-5 },
    seeds: [1],
    arms: [warned, adapted, guarded({ discriminatorLearningRate: 1e-3 })],
  },
  {
    name: "sepia",
    title: "Sepia",
    settings: {
      lambda: 1000,
      chromaWeight: 0,
      normalization: "none",
      generatorLearningRate: 1e-3,
      discriminatorLearningRate: 1e-3,
    },
    seeds: [1],
    arms: [warned, adapted, guarded({ lambda: 50, chromaWeight: 3, normalization: "batch" })],
  },
  {
    name: "non-finite",
    title: "Values that are not finite",
    // A deep discriminator without bounds, at a rate of 0.3: its logits, squared, overflow within some steps.
    settings: {
      lambda: 50,
      spectralNormalization: false,
      adversarialLoss: "lsgan",
      generatorLearningRate: 1e-3,
      discriminatorLearningRate: 0.3,
      discriminatorLayers: 6,
      discriminatorWidth: 4,
      pretrainSteps: 100,
      steps: 400,
    },
    seeds: [1],
    arms: [
      { name: "stop", label: "without a way back (stop)", settings: { onInstability: "stop" } },
      adapted,
      guarded({ spectralNormalization: true, discriminatorLearningRate: 2e-3 }),
    ],
  },
];
