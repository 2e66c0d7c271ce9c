import { getOnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildDiscriminator,
  buildGenerator,
  type GeneratorConfig,
  type keras,
  NETWORK_PRESETS,
  setTrainingStep,
  sizeMultiple,
  tf,
  uniformGenerator,
} from "../src/models/index.ts";
import { stepCompiler } from "../src/training/backend.ts";
import { type PartialConfig, resolveConfig } from "../src/training/config/index.ts";
import { type CompileStep, type Phase, Trainer } from "../src/training/step.ts";

/*
 * Every network that this repository can build, trained on the engine: no kernel may leave it for the
 * TensorFlow.js cpu backend, where a step would be cut in two and wait.
 */

beforeAll(async () => {
  tf.env().set("PROD", true);
  await registerOnnxRuntime({ threads: 2 });
});

interface Variant extends PartialConfig {
  spectralNormalization?: boolean;
}

const EACH_PHASE_TWICE = ["l1", "l1", "adversarial", "adversarial"] as const;

/** Some steps with these options; the fallbacks that they took. */
async function trainOnce(
  { spectralNormalization = true, ...flags }: Variant,
  phases: readonly Phase[] = EACH_PHASE_TWICE,
  compile?: CompileStep,
) {
  const config = resolveConfig({ flags: { preset: "tiny", photos: ["x"], batchSize: 2, ...flags } });
  const preset = NETWORK_PRESETS[config.preset as keyof typeof NETWORK_PRESETS];
  const lab = config.space === "lab";
  const generator = buildGenerator({ ...config, outputChannels: lab ? 2 : 3 });
  const discriminator = buildDiscriminator({
    inputChannels: lab ? 3 : 4,
    width: Math.min(preset.discriminatorWidth, config.width),
    layers: preset.discriminatorLayers,
    spectralNormalization,
    seed: config.seed,
  });
  const trainer = new Trainer(generator, discriminator, config, compile);
  const uniform = uniformGenerator(3);
  const pixels = config.batchSize * config.cropSize ** 2;
  const draw = (length: number) => Float32Array.from({ length }, () => uniform() * 2 - 1);
  getOnnxRuntimeBackend().resetStats();
  const losses: number[] = [];
  for (const [step, phase] of phases.entries()) {
    const row = await trainer.step({
      step,
      phase,
      input: draw(pixels),
      target: draw(pixels * (lab ? 2 : 3)),
      generatorLearningRate: 2e-4,
      discriminatorLearningRate: 2e-4,
      instanceNoise: config.instanceNoise,
    });
    losses.push(row.generator, row.discriminator ?? 0, row.r1 ?? 0);
  }
  trainer.dispose();
  generator.dispose();
  discriminator.dispose();
  return { losses, ...getOnnxRuntimeBackend().stats() };
}

const OPTIONS: Record<string, Variant> = {};
for (const normalization of ["batch", "instance", "group", "none"] as const) {
  for (const upsampling of ["transposed", "nearest"] as const) {
    OPTIONS[`${normalization} normalization, ${upsampling} upsampling`] = { normalization, upsampling };
  }
}
OPTIONS["dropout, residual blocks and attention"] = { dropout: 0.5, residualBlocks: 2, attention: true };
OPTIONS["a discriminator without spectral normalization"] = { spectralNormalization: false };
OPTIONS["space rgb, clipped gradients, weighted chroma"] = { space: "rgb", gradientClip: 1, chromaWeight: 2 };
OPTIONS["least squares"] = { adversarialLoss: "lsgan" };
OPTIONS.hinge = { adversarialLoss: "hinge" };
OPTIONS["R1 in every second step"] = { r1Gamma: "auto", r1Every: 2 };
OPTIONS["R1 without spectral normalization, hinge"] = {
  r1Gamma: 1,
  r1Every: 2,
  adversarialLoss: "hinge",
  spectralNormalization: false,
};
OPTIONS["translation and cutout"] = { diffAugment: "translation,cutout" };
OPTIONS["instance noise"] = { instanceNoise: 0.1 };
OPTIONS["two updates of each network"] = { generatorSteps: 2, discriminatorSteps: 2 };
OPTIONS["preset small"] = { preset: "small", cropSize: 32 };
// 54 million parameters take a gigabyte; at an eighth of the width every layer has the same kinds of kernels.
OPTIONS["preset base, an eighth as wide"] = { preset: "base", cropSize: 256, batchSize: 1, width: 8 };

describe("training steps of every network run natively", () => {
  it.each(Object.entries(OPTIONS))("%s", async (_, options) => {
    const { losses, fallbacks } = await trainOnce({ cropSize: 16, width: 4, ...options });
    expect(fallbacks).toEqual({});
    for (const loss of losses) expect(Number.isFinite(loss)).toBe(true);
  });
});

describe("inference of every preset runs natively", () => {
  it.each(Object.keys(NETWORK_PRESETS) as (keyof typeof NETWORK_PRESETS)[])("%s", async (name) => {
    const config: GeneratorConfig = { ...NETWORK_PRESETS[name], width: 4, outputChannels: 2, seed: 1 };
    const generator = buildGenerator(config);
    const side = sizeMultiple(config);
    getOnnxRuntimeBackend().resetStats();
    const painted = generator.predict(tf.zeros([1, side, side, 1])) as tf.Tensor;
    expect((await painted.data()).every(Number.isFinite)).toBe(true);
    expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
    generator.dispose();
  });
});

describe("a gradient penalty (R1) on the discriminator", () => {
  /*
   * Where a LeakyReLU's input changes its sign the penalty jumps. So the photo is small, and of several steps
   * one must show the promised slope: the smaller, the fewer signs change; the larger, the less is rounding.
   */
  const STEPS = [8e-3, 4e-3, 2e-3, 1e-3, 5e-4];

  function setUp(spectralNormalization: boolean) {
    const discriminator = buildDiscriminator({
      inputChannels: 3,
      width: 3,
      layers: 1,
      spectralNormalization,
      seed: 5,
    });
    const photos = tf.randomUniform([1, 6, 6, 3], -1, 1, "float32", 6);
    const penalty = () => {
      const logits = (x: tf.Tensor) => discriminator.apply(x) as tf.Tensor;
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.softplus(logits(x))))(photos);
      return tf.div(tf.sum(tf.square(gradient)), photos.shape[0]) as tf.Scalar;
    };
    return { discriminator, penalty };
  }

  const variablesOf = (model: keras.LayersModel) =>
    model.trainableWeights.map((weight) => weight.read() as tf.Variable);

  it.each([true, false])("has the slopes of finite differences; spectral normalization: %s", (spectral) => {
    const { discriminator, penalty } = setUp(spectral);
    setTrainingStep(discriminator, 0);
    const variables = variablesOf(discriminator);
    // Weights of N(0, 0.02) give gradients too small to measure differences of.
    for (const variable of variables) {
      variable.assign(tf.randomUniform(variable.shape, -0.4, 0.4, "float32", variable.size));
    }
    getOnnxRuntimeBackend().resetStats();
    const { grads } = tf.variableGrads(penalty, variables);
    for (const variable of variables) {
      const gradient = Array.from(grads[variable.name]!.dataSync());
      const direction = tf.randomUniform(variable.shape, -1, 1, "float32", 3);
      const start = tf.clone(variable);
      const moved = (step: number) => {
        variable.assign(tf.add(start, tf.mul(direction, step)));
        return tf.tidy(() => penalty().dataSync()[0]!);
      };
      const slopes = STEPS.map((step) => (moved(step) - moved(-step)) / (2 * step));
      variable.assign(start);
      const along = direction.dataSync();
      const promised = gradient.reduce((sum, value, i) => sum + value * along[i]!, 0);
      const scale = Math.hypot(...gradient) * Math.hypot(...along);
      const errors = slopes.map((slope) => Math.abs(slope - promised));
      const what = `${variable.name}: gradient says ${promised}, differences ${slopes.join(", ")}`;
      expect(Math.min(...errors), what).toBeLessThan(5e-3 * scale + 1e-4);
    }
    expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
  });
});

it("replays a step to the same losses, bit by bit, as it traces it, dropout and a change of phase included", async () => {
  const options = { dropout: 0.5 };
  const phases = [...Array<Phase>(5).fill("l1"), ...Array<Phase>(6).fill("adversarial")];
  const traced = await trainOnce(options, phases);
  const replayed = await trainOnce(options, phases, await stepCompiler());
  expect(replayed.losses).toEqual(traced.losses);
  expect(traced.replays).toBe(0);
  expect(replayed.replays).toBeGreaterThanOrEqual(5);
});

it("replays with every option for stability on, bit by bit: what changes from step to step comes in as a variable", async () => {
  const options: Variant = {
    dropout: 0.5,
    r1Gamma: "auto",
    r1Every: 3,
    diffAugment: "translation,cutout",
    instanceNoise: 0.2,
    generatorSteps: 2,
    discriminatorSteps: 2,
    gradientClip: 1,
  };
  const phases = Array<Phase>(16).fill("adversarial");
  const traced = await trainOnce(options, phases);
  const replayed = await trainOnce(options, phases, await stepCompiler());
  expect(replayed.losses).toEqual(traced.losses);
  // Steps 0, 3, ... 15 have the penalty; of each of the two graphs the first calls settle which it is.
  expect(traced.losses.filter((_, i) => i % 3 === 2).map((r1) => r1 > 0)).toEqual(
    phases.map((_, step) => step % 3 === 0),
  );
  expect(replayed.replays).toBeGreaterThanOrEqual(phases.length - 2 * 3);
});
