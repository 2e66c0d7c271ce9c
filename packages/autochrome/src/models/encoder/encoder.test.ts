import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGenerator, COLOUR_GRID, frozenWeights, type GeneratorConfig, withLogits } from "../index.ts";
import { keras, tf } from "../tf.ts";
import { PRETRAINED } from "./encoders.ts";
import { halfChroma } from "./half-chroma.ts";
import { type LayerDescription, type PackageModel, readPackageModel } from "./package-model.ts";
import { buildTrunk } from "./trunk.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

function layer(
  class_name: string,
  name: string,
  config: Record<string, unknown>,
  ...inputs: string[]
): LayerDescription {
  return { class_name, name, config, inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])] };
}

/** A convolution of stride 2, a depthwise one with all its kin, a sum and a concatenation. */
function smallClassifier(): PackageModel {
  const batch = { epsilon: 1e-3 };
  const random = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 0.5, "float32", seed);
  const positive = (shape: number[], seed: number) => tf.randomUniform(shape, 0.5, 1.5, "float32", seed);
  return {
    layers: [
      layer("InputLayer", "input", {}),
      layer("ZeroPadding2D", "pad", {}, "input"),
      layer("Conv2D", "conv", { filters: 4, kernel_size: [3, 3], strides: [2, 2], padding: "valid" }, "pad"),
      layer("BatchNormalization", "conv_bn", batch, "conv"),
      layer("ReLU", "conv_relu", { max_value: 6 }, "conv_bn"),
      layer("DepthwiseConv2D", "deep", { kernel_size: [3, 3], strides: [1, 1] }, "conv_relu"),
      layer("BatchNormalization", "deep_bn", batch, "deep"),
      layer("Add", "sum", {}, "conv_relu", "deep_bn"),
      layer("Concatenate", "both", {}, "sum", "deep_bn"),
    ],
    weights: {
      "conv/kernel": random([3, 3, 3, 4], 1),
      "conv_bn/gamma": positive([4], 2),
      "conv_bn/beta": random([4], 3),
      "conv_bn/moving_mean": random([4], 4),
      "conv_bn/moving_variance": positive([4], 5),
      "deep/depthwise_kernel": random([3, 3, 4, 1], 6),
      "deep_bn/beta": random([4], 7),
      "deep_bn/moving_mean": random([4], 8),
      "deep_bn/moving_variance": positive([4], 9),
    },
  };
}

/** What the classifier above gives for a gray picture in [0, 1], operation by operation. */
function computed({ weights: w }: PackageModel, gray: tf.Tensor4D): tf.Tensor {
  const norm = (x: tf.Tensor, name: string) => {
    const centred = tf.sub(x, w[`${name}/moving_mean`]!);
    const scaled = tf.div(centred, tf.sqrt(tf.add(w[`${name}/moving_variance`]!, 1e-3)));
    return tf.add(tf.mul(scaled, w[`${name}/gamma`] ?? 1), w[`${name}/beta`]!) as tf.Tensor4D;
  };
  const rgb = tf.concat([gray, gray, gray], 3) as tf.Tensor4D;
  const conv = tf.conv2d(rgb, w["conv/kernel"] as tf.Tensor4D, 2, "same");
  const relu = tf.clipByValue(norm(conv, "conv_bn"), 0, 6) as tf.Tensor4D;
  const deep = norm(
    tf.depthwiseConv2d(relu, w["deep/depthwise_kernel"] as tf.Tensor4D, 1, "same"),
    "deep_bn",
  );
  return tf.concat([tf.add(relu, deep), deep], 3);
}

describe("buildTrunk", () => {
  it("computes what the classifier does for a gray picture, from luma and without its normalizations", () => {
    const source = smallClassifier();
    const luma = tf.randomUniform([1, 8, 8, 1], -1, 1, "float32", 10) as tf.Tensor4D;
    const expected = computed(source, tf.add(tf.mul(luma, 0.5), 0.5) as tf.Tensor4D);
    const input = keras.input({ shape: [null, null, 1] });
    const trunk = buildTrunk(source, input, ["both"], [0, 1], false);
    const model = keras.model({ inputs: input, outputs: trunk.outputs });
    trunk.setWeights();
    const got = model.apply(luma) as tf.Tensor;
    expect(got.shape).toEqual([1, 4, 4, 8]);
    // Past the border: what lies beyond it is mid-gray to the one and black to the other.
    const inner = (x: tf.Tensor) => Array.from(tf.slice(x, [0, 0, 0, 0], [1, 2, 2, 8]).dataSync());
    inner(got).forEach((value, i) => {
      expect(value).toBeCloseTo(inner(expected)[i]!, 4);
    });
    expect(model.layers.map(({ name }) => name)).not.toContain("encoder_conv_bn");
    expect(model.trainableWeights).toEqual([]);
  });

  it("names a layer that it does not know", () => {
    const source = smallClassifier();
    source.layers[2]!.class_name = "Conv3D";
    const input = keras.input({ shape: [null, null, 1] });
    expect(() => buildTrunk(source, input, ["both"], [0, 1], false)).toThrow(/Conv3D/);
  });
});

describe("the pretrained encoders", () => {
  it.each(["mobilenet", "inception"] as const)(
    "%s has moving means that fit its range and no other",
    (name) => {
      const { source, range } = PRETRAINED[name];
      const { weights } = readPackageModel(source);
      const [kernel, mean, variance] =
        name === "mobilenet"
          ? ["Conv1/kernel", "bn_Conv1/moving_mean", "bn_Conv1/moving_variance"]
          : ["conv2d_1/kernel", "batch_normalization_1/moving_mean", "batch_normalization_1/moving_variance"];
      // What a flat gray gives, in standard deviations from the moving mean: photos are near middle gray.
      const gap = ([black, white]: readonly [number, number]) => {
        const sums = tf.mul(tf.sum(weights[kernel]!, [0, 1, 2]), black + 0.45 * (white - black));
        const deviations = tf.div(
          tf.abs(tf.sub(sums, weights[mean]!)),
          tf.sqrt(tf.add(weights[variance]!, 1e-3)),
        );
        return tf.mean(deviations).dataSync()[0]!;
      };
      expect(gap(range)).toBeLessThan(0.3);
      expect(gap([-1, 1])).toBeGreaterThan(2 * gap(range));
      tf.dispose(weights);
    },
  );

  const CONFIG: GeneratorConfig = {
    encoder: "mobilenet",
    outputChannels: 2,
    width: 2,
    depth: 5,
    normalization: "batch",
    upsampling: "nearest",
    dropout: 0,
    residualBlocks: 0,
    attention: false,
    seed: 1,
  };

  it("paints at the input's size, all but the encoder to be trained", () => {
    const model = buildGenerator(CONFIG);
    const painted = model.apply(tf.zeros([1, 32, 64, 1])) as tf.Tensor;
    expect(painted.shape).toEqual([1, 32, 64, 2]);
    const frozen = frozenWeights(model);
    expect(frozen.size).toBeGreaterThan(50);
    for (const weight of model.weights) {
      expect(frozen.has(weight.read() as tf.Variable)).toBe(weight.originalName.startsWith("encoder_"));
    }
    expect(frozenWeights(buildGenerator({ ...CONFIG, encoderTrainable: true })).size).toBe(0);
  }, 60_000);

  it("takes hints past the encoder, and paints classes", () => {
    const model = buildGenerator({ ...CONFIG, depth: 4, inputChannels: 4, head: "classes" });
    const [painted, logits] = withLogits(model).apply(tf.zeros([1, 32, 32, 4])) as tf.Tensor[];
    expect(painted!.shape).toEqual([1, 32, 32, 2]);
    expect(logits!.shape).toEqual([1, 16, 16, COLOUR_GRID.length]);
    const hinted = tf.concat([tf.zeros([1, 32, 32, 1]), tf.ones([1, 32, 32, 3])], 3);
    const [encoded, other] = [tf.zeros([1, 32, 32, 4]), hinted].map((x) => {
      const tap = model.getLayer("encoder_block_6_expand_relu").output as keras.SymbolicTensor;
      return (keras.model({ inputs: model.inputs, outputs: tap }).apply(x) as tf.Tensor).dataSync();
    });
    expect(encoded).toEqual(other);
    const colours = (model.apply(hinted) as tf.Tensor).dataSync();
    expect(colours).not.toEqual(painted!.dataSync());
  }, 60_000);
});

describe("halfChroma", () => {
  it("keeps flat colours, and blurs without a shift", () => {
    const flat = tf.fill([1, 4, 4, 2], 0.3) as tf.Tensor4D;
    for (const value of halfChroma(flat).dataSync()) expect(value).toBeCloseTo(0.3, 6);
    const step = tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [1, 1, 8, 1]);
    const row = Array.from(halfChroma(tf.tile(step, [1, 2, 1, 1])).dataSync()).slice(0, 8);
    [0, 0, 0, 1 / 3, 2 / 3, 1, 1, 1].forEach((value, i) => {
      expect(row[i]).toBeCloseTo(value, 5);
    });
  });
});
