/**
 * Every setting of a training run: its type, its default and what it does.
 *
 * @module
 */
import { z } from "zod";
import { DEVICES } from "../../devices.ts";

const count = z.int().min(1).max(1e9);
/** Filters of a layer, threads: more would only exhaust the memory. */
const fewer = z.int().min(1).max(1024);
const share = z.number().min(0).max(1);
const learningRate = z.number().positive().max(1);

/** Settings in the order in which help shows them. `photos` and `run` come from the command line's words. */
export const configSchema = z.strictObject({
  preset: z.string().min(1).default("small").describe("where the other defaults come from"),

  photos: z
    .array(z.string().min(1))
    .min(1)
    .describe("what to train on: folders, image files, .txt lists, .tsv tables, tar shards"),
  val: z.string().min(1).nullable().default(null).describe("photos to validate on; null splits some off"),
  valOverlap: z
    .enum(["refuse", "exclude"])
    .default("refuse")
    .describe("photos of --val that are among the others too: end, or train without them"),
  valFraction: z.number().min(0).max(0.9).default(0.1).describe("share split off where --val is not given"),
  run: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("folder of the run; null takes the next runs/<name>"),
  seed: z.int().min(0).default(1).describe("fixes weights, crops and every other draw"),

  init: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("start from these weights: a model folder or name, or a run (its best checkpoint)"),
  initDiscriminator: z
    .enum(["auto", "same", "none"])
    .default("auto")
    .describe("init's discriminator: taken where it fits, in any case, or a new one trained"),

  steps: count.nullable().default(null).describe("stop after so many steps"),
  epochs: z
    .number()
    .positive()
    .max(1e9)
    .nullable()
    .default(null)
    .describe("stop after so many passes over the photos"),
  minutes: z
    .number()
    .positive()
    .max(1e9)
    .nullable()
    .default(null)
    .describe("stop after so many minutes of training"),

  space: z.enum(["lab", "rgb"]).default("lab").describe("predict a,b from lightness, or R,G,B from gray"),
  hints: z
    .boolean()
    .default(false)
    .describe("train a network that takes colour hints: some true colours are shown to it (space lab)"),
  cropSize: z.int().min(8).max(2048).default(128).describe("side of the training crops, pixels"),
  batchSize: fewer.default(8).describe("crops a step"),
  scaleMin: z.number().min(1).max(16).default(1).describe("short side: from this many times cropSize"),
  scaleMax: z.number().min(1).max(16).default(2.25).describe("short side: to this many times cropSize"),
  flip: z.boolean().default(true).describe("mirror half of the crops"),
  oldPhotos: share
    .nullable()
    .default(null)
    .describe("share of the crops whose gray is made to look old, with usual strengths for those not given"),
  orthochromatic: share
    .default(0)
    .describe("old films' colour blindness: 0 none, 1 may see no red, or little else"),
  blur: z.number().min(0).max(8).default(0).describe("old photos' softness: Gaussian sigma at most, pixels"),
  vignette: z
    .number()
    .min(0)
    .max(0.9)
    .default(0)
    .describe("old photos' dark corners: lightness lost at most, share"),
  fade: share.default(0).describe("old photos' lost contrast, at most this share of it"),
  gamma: z.number().min(0).max(4).default(0).describe("old photos' tones: gamma from 1/(1+this) to 1+this"),
  grain: share
    .default(0)
    .describe("old photos' grain: standard deviation of mid-gray at most, share of the range"),
  grainSize: z
    .number()
    .min(0)
    .max(4)
    .default(0)
    .describe("grain: sigma of its smoothing at most, pixels; 0 is white"),
  minColourfulness: z
    .number()
    .min(0)
    .max(200)
    .default(8)
    .describe("photos less colourful are left out as gray"),
  shuffleBuffer: z
    .int()
    .min(1)
    .max(1e7)
    .default(10_000)
    .describe("tar shards: photos from which the next one is drawn"),
  cacheMegabytes: z.int().min(0).max(1e6).default(1024).describe("decoded photos kept in memory"),

  generator: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("a Keras model of your own, as TensorFlow.js saves it, in place of the settings below"),
  discriminator: z.string().min(1).nullable().default(null).describe("the same for the discriminator"),
  architecture: z
    .enum(["unet", "pix2pix", "nazeri2018"])
    .default("unet")
    .describe("generator: the project's own, or as published"),
  encoder: z
    .enum(["none", "mobilenet", "inception"])
    .default("none")
    .describe("generator: downs of a classifier that was pretrained on ImageNet, in place of its own"),
  chromaStride: z
    .union([z.literal(2), z.literal(4)])
    .default(2)
    .describe("generator with a pretrained encoder: paints at a half or a quarter of its input's size"),
  encoderRate: z
    .number()
    .min(0)
    .max(10)
    .default(0)
    .describe("a pretrained encoder's learning rate, times the generator's; 0 keeps it as it is"),
  head: z
    .enum(["regression", "classes"])
    .default("regression")
    .describe(
      "generator: paints a colour, or a distribution over colour classes and its annealed mean (space lab)",
    ),
  temperature: z
    .number()
    .min(0.05)
    .max(2)
    .default(0.5)
    .describe("of head classes: 1 paints the mean of all likely colours, towards 0 the likeliest one"),
  vividness: z
    .number()
    .min(-5)
    .max(5)
    .default(1.5)
    .describe("of head classes: how much more likely colour is held beside gray than it is in photos"),
  smoothing: z
    .number()
    .min(0)
    .max(100)
    .default(10)
    .describe(
      "of head classes on a pretrained encoder: how far places that look alike agree on a colour, in pixels of chroma; 0: not at all",
    ),
  initialization: z
    .enum(["normal", "dcgan", "lecun", "he"])
    .default("normal")
    .describe("how the weights of both networks start"),
  width: fewer.default(32).describe("generator: filters of the first convolution"),
  depth: z.int().min(2).max(10).default(5).describe("generator: number of halvings"),
  normalization: z
    .enum(["batch", "instance", "group", "none"])
    .default("batch")
    .describe("generator's layers"),
  upsampling: z
    .enum(["transposed", "nearest"])
    .default("transposed")
    .describe("generator: transposed convolution, or nearest neighbour and convolution"),
  dropout: z.number().min(0).max(0.95).default(0).describe("generator: dropout in its innermost ups"),
  residualBlocks: z.int().min(0).max(64).default(0).describe("generator: residual blocks at the bottleneck"),
  attention: z.boolean().default(false).describe("generator: self-attention at the bottleneck"),
  discriminatorWidth: fewer.default(32).describe("discriminator: filters of the first convolution"),
  discriminatorLayers: z.int().min(1).max(6).default(3).describe("discriminator: 3 judges patches of 70x70"),
  discriminatorNormalization: z
    .enum(["none", "batch", "instance"])
    .default("none")
    .describe("discriminator's layers but the first and the last"),
  spectralNormalization: z.boolean().default(true).describe("discriminator: bounds how steep it can be"),

  pretrainFraction: share.default(0.6).describe("share of the run that is L1 alone, before the GAN"),
  pretrainSteps: z
    .int()
    .min(0)
    .max(1e9)
    .nullable()
    .default(null)
    .describe("the same in steps; null uses the share"),
  discriminatorWarmup: z
    .int()
    .min(0)
    .max(1e9)
    .default(0)
    .describe("steps of the discriminator alone before the generator plays against it"),
  adversarialLoss: z
    .enum(["bce", "lsgan", "hinge"])
    .default("bce")
    .describe("what the two networks play for"),
  lambda: z.number().min(0).max(1e6).default(100).describe("weight of L1 beside the adversarial loss"),
  chromaWeight: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe("how much more L1 weighs saturated colours; 0 is not"),
  labelSmoothing: z
    .number()
    .min(0.5)
    .max(1)
    .default(0.9)
    .describe("the real photos' label; 1 is no smoothing"),
  r1Gamma: z
    .union([z.number().min(0).max(1e6), z.enum(["auto"])])
    .default(0)
    .describe("weight of the R1 penalty; 0 is none, auto is 0.0002 * cropSize^2 / batchSize"),
  r1Every: count.default(16).describe("steps from one R1 penalty to the next, which weighs as much more"),
  diffAugment: z
    .enum(["none", "translation", "cutout", "translation,cutout"])
    .default("none")
    .describe("change what the discriminator sees, real and painted alike"),
  instanceNoise: share
    .default(0)
    .describe("standard deviation of noise on the discriminator's colours at first; 0 at the end"),
  generatorSteps: z.int().min(1).max(10).default(1).describe("generator's updates in an adversarial step"),
  discriminatorSteps: z.int().min(1).max(10).default(1).describe("discriminator's updates in one"),

  generatorLearningRate: learningRate.default(2e-4).describe("Adam's step size for the generator"),
  discriminatorLearningRate: learningRate.default(2e-4).describe("Adam's step size for the discriminator"),
  beta1: z.number().min(0).max(0.9999).default(0.5).describe("Adam's memory of gradients"),
  beta2: z.number().min(0).max(0.999999).default(0.999).describe("Adam's memory of their squares"),
  schedule: z
    .enum(["constant", "linear", "cosine", "exponential"])
    .default("constant")
    .describe("learning rates: kept, down to 0 over the run's second half or all of it, or by decayRate"),
  decayRate: z
    .number()
    .min(0.000001)
    .max(1)
    .default(0.1)
    .describe("exponential: factor for every decaySteps"),
  decaySteps: count.default(100_000).describe("exponential: steps in which rates fall to decayRate"),
  warmupSteps: z.int().min(0).max(1e9).default(0).describe("steps over which learning rates rise from 0"),
  gradientClip: z
    .number()
    .min(0)
    .max(1e6)
    .default(0)
    .describe("largest gradient norm of a network; 0 clips none"),
  emaDecay: z.number().min(0).max(0.999999).default(0.999).describe("the averaged generator's memory"),

  onInstability: z
    .enum(["warn", "adapt", "stop"])
    .default("adapt")
    .describe("when a monitor trips: say so, mend the game (rates, lambda, a way back), or end the run"),
  validateEvery: z
    .int()
    .min(0)
    .max(1e9)
    .default(500)
    .describe("steps between validations; 0 for none but the last"),
  validationPhotos: count.default(32).describe("photos to validate on, at most"),
  validationSize: z
    .int()
    .min(8)
    .max(4096)
    .nullable()
    .default(null)
    .describe("their side, pixels; null is twice cropSize"),
  samples: z.int().min(0).max(256).default(8).describe("photos on a sample sheet, at most"),
  checkpointEvery: count.default(250).describe("steps between checkpoints"),

  backend: z.enum(["onnxruntime", "cpu"]).default("onnxruntime").describe("cpu: TensorFlow.js's own, slow"),
  device: z
    .enum(DEVICES)
    .nullable()
    .default(null)
    .describe(`onnxruntime's device (${DEVICES.join(" | ")}); null is the cpu`),
  threads: fewer.nullable().default(null).describe("onnxruntime's threads; null lets it choose"),
});

/** All settings, resolved. */
export type TrainConfig = z.infer<typeof configSchema>;
export type ConfigKey = keyof TrainConfig;

/** Some settings: a preset's, a file's, the command line's. */
export type PartialConfig = { [K in ConfigKey]?: TrainConfig[K] | undefined };

export const CONFIG_KEYS = Object.keys(configSchema.shape) as ConfigKey[];

/** What a resumed run may change: when it ends, what it writes, where it computes. All else makes other losses. */
export const RESUMABLE_KEYS: ReadonlySet<ConfigKey> = new Set<ConfigKey>([
  "photos",
  "val",
  "valOverlap",
  "run",
  "steps",
  "epochs",
  "minutes",
  "cacheMegabytes",
  "onInstability",
  "validateEvery",
  "validationPhotos",
  "validationSize",
  "samples",
  "checkpointEvery",
  "backend",
  "device",
  "threads",
]);

/** `--batch-size` for `batchSize`. */
export function flagName(key: ConfigKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** One setting as help shows it. */
export interface ConfigKeyInfo {
  key: ConfigKey;
  description: string;
  /** Undefined where a value has to be given. */
  default: unknown;
  /** Allowed words, of a setting that is one of some. */
  choices: readonly string[] | null;
  /** True for a setting that is on or off. */
  boolean: boolean;
}

/** All settings with their descriptions and defaults. */
export function describeConfig(): ConfigKeyInfo[] {
  return CONFIG_KEYS.map((key) => {
    const schema = configSchema.shape[key];
    const inner = schema instanceof z.ZodDefault ? schema.unwrap() : schema;
    return {
      key,
      description: schema.description ?? "",
      default: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
      choices: inner instanceof z.ZodEnum ? inner.options.map(String) : null,
      boolean: inner instanceof z.ZodBoolean,
    };
  });
}
