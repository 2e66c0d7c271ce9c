import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { type keras, patchSize, tf } from "../../models/index.ts";
import { discriminatorOf, generatorOf } from "../networks.ts";
import { learningRateFactor } from "../timeline.ts";
import { resolveConfig } from "./index.ts";

/* What was published, written out by hand from the papers and their code; see docs/recipes.md. */

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

const recipe = (preset: string) => resolveConfig({ flags: { preset, photos: ["x"] } });

/** Shapes of a model's kernels by layer: [4, 4, in, out], of a transposed convolution [4, 4, out, in]. */
function kernelsOf(model: keras.LayersModel): Record<string, number[]> {
  const kernels = model.trainableWeights.filter(({ originalName }) => originalName.endsWith("/kernel"));
  return Object.fromEntries(
    kernels.map((kernel) => [kernel.originalName.split("/")[0]!, kernel.shape as number[]]),
  );
}

const biasesOf = (model: keras.LayersModel) =>
  model.trainableWeights
    .filter(({ originalName }) => originalName.endsWith("/bias"))
    .map(({ originalName }) => originalName.split("/")[0]);

const trainableCount = (model: keras.LayersModel) =>
  model.trainableWeights.reduce((sum, weight) => sum + (weight.read() as tf.Tensor).size, 0);

/** 4x4 PatchGAN with 64, 128, 256 and 512 filters on three channels. */
const PATCH_KERNELS = {
  patch1: [4, 4, 3, 64],
  patch2: [4, 4, 64, 128],
  patch3: [4, 4, 128, 256],
  patch4: [4, 4, 256, 512],
  logits: [4, 4, 512, 1],
};
/** Kernels, the biases of first and last, scale and shift of three normalizations. */
const PATCH_WEIGHTS = 3072 + 64 + 131_072 + 256 + 524_288 + 512 + 2_097_152 + 1024 + 8192 + 1;

describe("preset pix2pix", () => {
  it("has the settings of Isola et al. 2017", () => {
    expect(recipe("pix2pix")).toMatchObject({
      space: "lab",
      cropSize: 256,
      scaleMin: 286 / 256,
      scaleMax: 286 / 256,
      flip: true,
      minColourfulness: 0,
      batchSize: 1,
      epochs: 200,
      steps: null,
      minutes: null,
      pretrainFraction: 0,
      adversarialLoss: "bce",
      lambda: 100,
      chromaWeight: 0,
      labelSmoothing: 1,
      generatorSteps: 1,
      discriminatorSteps: 1,
      generatorLearningRate: 0.0002,
      discriminatorLearningRate: 0.0002,
      beta1: 0.5,
      beta2: 0.999,
      schedule: "linear",
      warmupSteps: 0,
      initialization: "dcgan",
      dropout: 0.5,
      normalization: "instance",
      discriminatorNormalization: "batch",
      spectralNormalization: false,
      r1Gamma: 0,
      diffAugment: "none",
      instanceNoise: 0,
      gradientClip: 0,
      emaDecay: 0,
      onInstability: "warn",
    });
  });

  it("keeps its rate for 100 epochs and takes it to 0 over the next 100", () => {
    const config = recipe("pix2pix");
    const rate = (epoch: number) => learningRateFactor(config, { step: 1000 * epoch, epoch, seconds: 0 });
    expect([0, 50, 100, 125, 150, 200].map(rate)).toEqual([1, 1, 1, 0.75, 0.5, 0]);
  });

  it("has the generator C64-...-C512 of 54.4 million weights", () => {
    const model = generatorOf(recipe("pix2pix"));
    expect(kernelsOf(model)).toEqual({
      down1: [4, 4, 1, 64],
      down2: [4, 4, 64, 128],
      down3: [4, 4, 128, 256],
      down4: [4, 4, 256, 512],
      down5: [4, 4, 512, 512],
      down6: [4, 4, 512, 512],
      down7: [4, 4, 512, 512],
      down8: [4, 4, 512, 512],
      up1: [4, 4, 512, 512],
      up2: [4, 4, 512, 1024],
      up3: [4, 4, 512, 1024],
      up4: [4, 4, 512, 1024],
      up5: [4, 4, 256, 1024],
      up6: [4, 4, 128, 512],
      up7: [4, 4, 64, 256],
      colour: [4, 4, 2, 128],
    });
    expect(biasesOf(model)).toEqual(["colour"]);
    const named = (suffix: string) =>
      model.layers.map(({ name }) => name).filter((name) => name.endsWith(suffix));
    expect(named("_norm")).toEqual(
      [
        "down2",
        "down3",
        "down4",
        "down5",
        "down6",
        "down7",
        "up1",
        "up2",
        "up3",
        "up4",
        "up5",
        "up6",
        "up7",
      ].map((name) => `${name}_norm`),
    );
    expect(named("_drop")).toEqual(["up1_drop", "up2_drop", "up3_drop"]);
    const downs = 1024 + 131_072 + 524_288 + 2_097_152 + 4 * 4_194_304;
    const ups = 4_194_304 + 3 * 8_388_608 + 4_194_304 + 1_048_576 + 262_144 + 4096;
    const norms = 2 * (128 + 256 + 4 * 512 + 4 * 512 + 256 + 128 + 64);
    expect(downs + ups + norms + 2).toBe(54_409_858);
    expect(trainableCount(model)).toBe(54_409_858);
    // The scales start from N(1, 0.02).
    const gammas = model.trainableWeights.filter(({ originalName }) => originalName.endsWith("/gamma"));
    const { mean, variance } = tf.moments(tf.concat(gammas.map((gamma) => gamma.read())));
    expect(mean.dataSync()[0]).toBeCloseTo(1, 2);
    expect(Math.sqrt(variance.dataSync()[0]!)).toBeCloseTo(0.02, 3);
    model.dispose();
  });

  it("has the 70x70 discriminator of 2.77 million weights, normalized between its first and last layers", () => {
    const config = recipe("pix2pix");
    const model = discriminatorOf(config);
    expect(patchSize({ layers: config.discriminatorLayers })).toBe(70);
    expect(kernelsOf(model)).toEqual(PATCH_KERNELS);
    expect(biasesOf(model)).toEqual(["patch1", "logits"]);
    expect(model.layers.map(({ name }) => name).filter((name) => name.endsWith("_norm"))).toEqual([
      "patch2_norm",
      "patch3_norm",
      "patch4_norm",
    ]);
    expect(PATCH_WEIGHTS).toBe(2_765_633);
    expect(trainableCount(model)).toBe(2_765_633);
    model.dispose();
  });
});

describe("preset nazeri2018", () => {
  it("has the settings of Nazeri et al. 2018 for Places365", () => {
    expect(recipe("nazeri2018")).toMatchObject({
      space: "lab",
      cropSize: 256,
      scaleMin: 1,
      scaleMax: 1,
      flip: true,
      minColourfulness: 0,
      batchSize: 16,
      epochs: 10,
      steps: null,
      minutes: null,
      pretrainFraction: 0,
      adversarialLoss: "bce",
      lambda: 100,
      chromaWeight: 0,
      labelSmoothing: 0.9,
      generatorSteps: 2,
      discriminatorSteps: 1,
      generatorLearningRate: 0.0003,
      discriminatorLearningRate: 0.00003,
      beta1: 0,
      beta2: 0.999,
      schedule: "exponential",
      decayRate: 0.1,
      decaySteps: 500_000,
      warmupSteps: 0,
      initialization: "lecun",
      dropout: 0,
      normalization: "batch",
      discriminatorNormalization: "batch",
      spectralNormalization: false,
      r1Gamma: 0,
      diffAugment: "none",
      instanceNoise: 0,
      gradientClip: 0,
      emaDecay: 0,
      onInstability: "warn",
    });
  });

  it("divides its rates by 10 in 500,000 steps, smoothly", () => {
    const config = recipe("nazeri2018");
    const rate = (step: number) => learningRateFactor(config, { step, epoch: 0, seconds: 0 });
    expect([0, 250_000, 500_000, 1_000_000].map(rate)).toEqual(
      [1, Math.sqrt(0.1), 0.1, 0.01].map((factor) => expect.closeTo(factor, 12)),
    );
  });

  it("has the generator that starts and ends at full size, normalized everywhere but where it paints", () => {
    const model = generatorOf(recipe("nazeri2018"));
    expect(kernelsOf(model)).toEqual({
      full: [4, 4, 1, 64],
      down1: [4, 4, 64, 64],
      down2: [4, 4, 64, 128],
      down3: [4, 4, 128, 256],
      down4: [4, 4, 256, 512],
      down5: [4, 4, 512, 512],
      down6: [4, 4, 512, 512],
      down7: [4, 4, 512, 512],
      up1: [4, 4, 512, 512],
      up2: [4, 4, 512, 1024],
      up3: [4, 4, 512, 1024],
      up4: [4, 4, 256, 1024],
      up5: [4, 4, 128, 512],
      up6: [4, 4, 64, 256],
      up7: [4, 4, 64, 128],
      colour: [1, 1, 128, 2],
    });
    expect(biasesOf(model)).toEqual(["colour"]);
    const downs = 1024 + 65_536 + 131_072 + 524_288 + 2_097_152 + 3 * 4_194_304;
    const ups = 4_194_304 + 2 * 8_388_608 + 4_194_304 + 1_048_576 + 262_144 + 131_072 + 256;
    const norms = 2 * (64 + 64 + 128 + 256 + 4 * 512 + 3 * 512 + 256 + 128 + 64 + 64);
    expect(downs + ups + norms + 2).toBe(42_019_074);
    expect(trainableCount(model)).toBe(42_019_074);
    // Variance 1 / fan-in: 64 filters of 4x4 before it.
    const kernel = model.getLayer("down2").weights[0]!.read();
    const { variance } = tf.moments(kernel);
    // A normal cut off at two deviations keeps 0.774 of its variance.
    expect(variance.dataSync()[0]! * 16 * 64).toBeCloseTo(0.774, 1);
    model.dispose();
  });

  it("has pix2pix's discriminator", () => {
    const model = discriminatorOf(recipe("nazeri2018"));
    expect(kernelsOf(model)).toEqual(PATCH_KERNELS);
    expect(trainableCount(model)).toBe(PATCH_WEIGHTS);
    model.dispose();
  });
});
