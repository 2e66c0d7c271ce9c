import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import {
  buildDiscriminator,
  buildGenerator,
  countParameters,
  type DiscriminatorConfig,
  downFilters,
  type GeneratorConfig,
  keras,
  NETWORK_PRESETS,
  patchSize,
  sizeMultiple,
  tf,
} from "./index.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const TINY: GeneratorConfig = {
  ...NETWORK_PRESETS.tiny,
  outputChannels: 2,
  width: 2,
  depth: 3,
  seed: 1,
};

const PATCHES: DiscriminatorConfig = {
  inputChannels: 3,
  width: 2,
  layers: 2,
  spectralNormalization: true,
  seed: 1,
};

function weightsOf(model: keras.LayersModel): number[][] {
  return model.getWeights().map((weight) => Array.from(weight.dataSync()));
}

describe("buildGenerator", () => {
  it("takes any multiple of 2^depth, in whatever combination of options", () => {
    const variants: Partial<GeneratorConfig>[] = [
      {},
      { normalization: "instance", upsampling: "nearest", outputChannels: 3 },
      { normalization: "group", residualBlocks: 1, attention: true, width: 4 },
      { normalization: "none", dropout: 0.5 },
    ];
    for (const variant of variants) {
      const config = { ...TINY, ...variant };
      const model = buildGenerator(config);
      expect(model.outputs[0]!.shape).toEqual([null, null, null, config.outputChannels]);
      for (const [height, width] of [
        [8, 16],
        [24, 8],
      ] as const) {
        const y = model.apply(tf.fill([1, height, width, 1], 0.5), { training: true }) as tf.Tensor;
        expect(y.shape).toEqual([1, height, width, config.outputChannels]);
        expect(tf.max(tf.abs(y)).dataSync()[0]).toBeLessThan(1);
      }
    }
  });

  it("starts from the seed alone", () => {
    const first = weightsOf(buildGenerator(TINY));
    expect(weightsOf(buildGenerator(TINY))).toEqual(first);
    expect(weightsOf(buildGenerator({ ...TINY, seed: 2 }))).not.toEqual(first);
  });

  it("starts with kernels from N(0, 0.02), each its own", () => {
    const model = buildGenerator({ ...TINY, width: 8 });
    const kernels = model.layers
      .flatMap((layer) => layer.weights)
      .filter((w) => w.originalName.endsWith("kernel"));
    const { mean, variance } = tf.moments(
      tf.concat(kernels.map((kernel) => tf.reshape(kernel.read(), [-1]))),
    );
    expect(mean.dataSync()[0]).toBeCloseTo(0, 3);
    expect(Math.sqrt(variance.dataSync()[0]!)).toBeCloseTo(0.02, 3);
    expect(new Set(kernels.map((kernel) => kernel.read().dataSync()[0])).size).toBe(kernels.length);
  });

  it("moves batch norm's averages in training calls only, by a tenth", () => {
    const model = buildGenerator(TINY);
    const average = model.getLayer("down2_norm").weights.find((w) => w.originalName.includes("variance"))!;
    const x = tf.randomNormal([2, 8, 8, 1], 0, 1, "float32", 4);
    model.apply(x, { training: false });
    expect(Array.from(average.read().dataSync())).toEqual([1, 1, 1, 1]);
    model.apply(x, { training: true });
    // The activations of an N(0, 0.02) network are nearly 0: 0.9 * 1 + 0.1 * almost nothing.
    for (const value of average.read().dataSync()) expect(value).toBeCloseTo(0.9, 2);
  });

  it("reaches every trainable weight with a gradient", () => {
    const model = buildGenerator({
      ...TINY,
      width: 4,
      normalization: "group",
      residualBlocks: 1,
      attention: true,
    });
    const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    // At the start gamma = 0 hides the attention's other weights.
    variables.find((v) => v.name.startsWith("attention/gamma"))?.assign(tf.tensor1d([0.5]));
    const x = tf.randomNormal([2, 16, 16, 1], 0, 1, "float32", 4);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(model.apply(x, { training: true }) as tf.Tensor)) as tf.Scalar,
      variables,
    );
    for (const variable of variables) expect(grads[variable.name], variable.name).not.toBeNull();
  });

  it("survives the Keras format", async () => {
    const model = buildGenerator({ ...TINY, normalization: "instance", dropout: 0.5 });
    const copy = (await keras.models.modelFromJSON(
      model.toJSON(undefined, false) as Parameters<typeof keras.models.modelFromJSON>[0],
    )) as keras.LayersModel;
    copy.setWeights(model.getWeights());
    const x = tf.fill([1, 8, 8, 1], 0.3);
    expect((copy.apply(x) as tf.Tensor).dataSync()).toEqual((model.apply(x) as tf.Tensor).dataSync());
  });
});

describe("buildDiscriminator", () => {
  it("gives one logit a patch", () => {
    const model = buildDiscriminator(PATCHES);
    const y = model.apply(tf.zeros([2, 16, 32, 3]), { training: true }) as tf.Tensor;
    expect(y.shape).toEqual([2, 4, 8, 1]);
    expect(model.outputs[0]!.shape).toEqual([null, null, null, 1]);
  });

  it("sees 70x70 pixels with three stride-2 layers", () => {
    expect([1, 2, 3, 4].map((layers) => patchSize({ layers }))).toEqual([16, 34, 70, 142]);
  });
});

describe("presets", () => {
  it("are as large as they say", () => {
    expect(downFilters(NETWORK_PRESETS.small)).toEqual([32, 64, 128, 256, 256]);
    expect(sizeMultiple(NETWORK_PRESETS.small)).toBe(32);
    const tiny = buildGenerator({ ...NETWORK_PRESETS.tiny, outputChannels: 2, seed: 1 });
    expect(countParameters(tiny)).toBeLessThan(100_000);
    const small = buildGenerator({ ...NETWORK_PRESETS.small, outputChannels: 2, seed: 1 });
    expect(countParameters(small) / 1e6).toBeCloseTo(4.17, 2);
  });
});
