// The ladder: what is tried, against what, and why.
import type { PartialConfig } from "../../packages/autochrome/src/training/config/index.ts";

/** Part of a training that follows another one's weights: its share of the budget and what it changes. */
export interface Stage {
  /** Of the rung's budget; all stages together 1. */
  share: number;
  changes: PartialConfig;
}

export interface Rung {
  /** Short, for tables and folders. */
  name: string;
  /** What its figures are to answer, one line. */
  question: string;
  /** The rung whose settings it changes and whose figures it is held against; absent: the one before. */
  against?: string;
  changes: PartialConfig;
  /** Trained one after the other, each from the weights of the one before. Inherited; `[]` is one training again. */
  stages?: readonly Stage[];
  /** Short side in pixels that the network sees when it is scored; absent: twice the (last) crops. Inherited. */
  size?: number;
}

/** What all rungs start from. */
export const BASE: PartialConfig = {
  preset: "small",
  validateEvery: 0,
  validationPhotos: 8,
  samples: 8,
};

/** In the order of the tables. The first is the reference: budgets are counted in its steps. */
export const RUNGS: readonly Rung[] = [
  {
    name: "unet",
    question: "What do a few hundred photos teach a U-Net of 4 million weights, L1 first and then the GAN?",
    changes: {},
  },

  // How long L1 is alone.
  {
    name: "l1-only",
    question: "What does the GAN add to L1?",
    against: "unet",
    changes: { pretrainFraction: 1 },
  },
  {
    name: "l1-half",
    question: "Does a longer game pay?",
    against: "unet",
    changes: { pretrainFraction: 0.5 },
  },
  { name: "l1-long", question: "Or a shorter one?", against: "unet", changes: { pretrainFraction: 0.8 } },

  // The network.
  {
    name: "width-48",
    question: "Wider, with fewer steps in the same time?",
    against: "unet",
    changes: { width: 48 },
  },
  {
    name: "depth-6",
    question: "Deeper: does a bottleneck that sees more of the photo help?",
    against: "unet",
    changes: { depth: 6 },
  },
  {
    name: "instance-norm",
    question: "Is instance normalization better than batch normalization?",
    against: "unet",
    changes: { normalization: "instance" },
  },
  {
    name: "no-norm",
    question: "Is normalization needed at all?",
    against: "unet",
    changes: { normalization: "none" },
  },
  {
    name: "nearest",
    question: "Does nearest neighbour and convolution paint more smoothly than transposed convolution?",
    against: "unet",
    changes: { upsampling: "nearest" },
  },
  {
    name: "attention",
    question: "Does self-attention at the bottleneck make colours agree over the photo?",
    against: "unet",
    changes: { attention: true },
  },

  // Resolution.
  {
    name: "progressive-128",
    question: "64 px first, where steps are four times cheaper, then 128?",
    against: "unet",
    changes: {},
    stages: [
      { share: 0.5, changes: { cropSize: 64, pretrainFraction: 1 } },
      { share: 0.5, changes: { cropSize: 128, pretrainFraction: 0.2 } },
    ],
  },
  {
    name: "progressive-192",
    question: "And then 192, seen at 384?",
    against: "progressive-128",
    changes: {},
    stages: [
      { share: 0.35, changes: { cropSize: 64, pretrainFraction: 1 } },
      { share: 0.35, changes: { cropSize: 128, pretrainFraction: 0.7 } },
      { share: 0.3, changes: { cropSize: 192, pretrainFraction: 0 } },
    ],
  },

  // Losses.
  {
    name: "lambda-10",
    question: "Does a lighter L1 give livelier colour?",
    against: "unet",
    changes: { lambda: 10 },
  },
  { name: "lambda-30", question: "A little lighter?", against: "unet", changes: { lambda: 30 } },
  {
    name: "lambda-100",
    question: "Does a heavier L1 give truer colour?",
    against: "unet",
    changes: { lambda: 100 },
  },
  { name: "hinge", question: "Hinge or BCE?", against: "unet", changes: { adversarialLoss: "hinge" } },
  { name: "chroma-0", question: "Plain L1: sepia?", against: "unet", changes: { chromaWeight: 0 } },
  {
    name: "chroma-1",
    question: "Saturated colours weigh a little more?",
    against: "unet",
    changes: { chromaWeight: 1 },
  },
  { name: "chroma-8", question: "Much more?", against: "unet", changes: { chromaWeight: 8 } },

  // Stability and data.
  {
    name: "no-ema",
    question: "What does averaging the weights give?",
    against: "unet",
    changes: { emaDecay: 0 },
  },
  {
    name: "diff-augment",
    question: "Does a discriminator that cannot learn its photos by heart teach better?",
    against: "unet",
    changes: { diffAugment: "translation,cutout" },
  },
  {
    name: "old-photos",
    question: "What does training for old photos (half of the crops made to look so) cost on new ones?",
    against: "unet",
    changes: { oldPhotos: 0.5 },
  },

  // Meaning from elsewhere: encoders pretrained on ImageNet.
  {
    name: "he-5e-4",
    question: "Larger first weights and a higher rate: does it only learn faster?",
    against: "unet",
    changes: { initialization: "he", generatorLearningRate: 5e-4, upsampling: "nearest" },
  },
  {
    name: "mobilenet",
    question: "What do the features of a classifier (MobileNetV2) give, frozen?",
    against: "he-5e-4",
    changes: { encoder: "mobilenet" },
  },
  {
    name: "mobilenet-stride-4",
    question: "Painting at a quarter of the size, with more steps in the same time?",
    against: "mobilenet",
    changes: { chromaStride: 4 },
  },
  {
    name: "inception",
    question: "A larger classifier (InceptionV3), with fewer steps in the same time?",
    against: "mobilenet-stride-4",
    changes: { encoder: "inception" },
  },
  {
    name: "inception-4",
    question: "Without the classifier's deepest maps, at less than half of its weights?",
    against: "inception",
    changes: { depth: 4 },
  },

  // What the generator says.
  {
    name: "classes",
    question: "Colour classes and their annealed mean in place of regression, from scratch?",
    against: "he-5e-4",
    changes: { head: "classes" },
  },
  {
    name: "mobilenet-classes",
    question: "The same on pretrained features?",
    against: "mobilenet-stride-4",
    changes: { head: "classes" },
  },
  {
    name: "mobilenet-rough",
    question: "And what does it lose where logits are not averaged over surfaces?",
    against: "mobilenet-classes",
    changes: { smoothing: 0 },
  },
  {
    name: "mobilenet-tuned",
    question: "The encoder fine-tuned, at a tenth of the rate, with fewer steps in the same time?",
    against: "mobilenet-classes",
    changes: { encoderRate: 0.1 },
  },
  {
    name: "inception-classes",
    question: "And on the larger classifier's?",
    against: "inception",
    changes: { head: "classes" },
  },
  {
    name: "inception-classes-ce",
    question: "What does the GAN add to the cross-entropy?",
    against: "inception-classes",
    changes: { pretrainFraction: 1 },
  },
  {
    name: "inception-classes-192",
    question: "Crops of 192 px, seen at 256?",
    against: "inception-classes",
    changes: { cropSize: 192 },
    size: 256,
  },
  {
    name: "inception-classes-old",
    question: "A third of the crops made to look old?",
    against: "inception-classes-192",
    changes: { oldPhotos: 0.33 },
  },
];
