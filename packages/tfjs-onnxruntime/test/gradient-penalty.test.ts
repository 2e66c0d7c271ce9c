import * as tf from "@tensorflow/tfjs-core";
import * as keras from "@tensorflow/tfjs-layers";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "../src/index.ts";
import { buildDcganDiscriminator } from "./networks/dcgan.ts";
import { variablesOf } from "./networks/training.ts";

type Critic = (photos: tf.Tensor) => tf.Tensor;

/** R1 (Mescheder et al. 2018): mean over photos of the squared length of a photo's gradient of its logits. */
function penalty(critic: Critic, photos: tf.Tensor): tf.Scalar {
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(critic(x)))(photos);
  return tf.div(tf.sum(tf.square(gradient)), photos.shape[0]);
}

/** The penalty and its gradients with respect to these variables, read. */
function penaltyGradients(critic: Critic, photos: tf.Tensor, variables: tf.Variable[]) {
  return tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => penalty(critic, photos), variables);
    return {
      value: value.dataSync()[0]!,
      gradients: variables.map((variable) => Float32Array.from(grads[variable.name]!.dataSync())),
    };
  });
}

beforeAll(async () => {
  tf.env().set("PROD", true);
  await registerOnnxRuntime({ threads: 1 });
});

describe("R1 against its formula", () => {
  beforeEach(async () => {
    await tf.setBackend(BACKEND_NAME);
    getOnnxRuntimeBackend().resetStats();
  });

  afterEach(() => {
    expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
  });

  it("of a linear critic w.x is |w|^2, its gradient 2 w", () => {
    const w = tf.variable(tf.randomUniform([4, 4, 3, 1], -1, 1, "float32", 1));
    const photos = tf.randomUniform([5, 4, 4, 3], -1, 1, "float32", 2);
    const critic: Critic = (x) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "valid");
    const { value, gradients } = penaltyGradients(critic, photos, [w]);
    const weights = Array.from(w.dataSync());
    expect(value).toBeCloseTo(
      weights.reduce((sum, weight) => sum + weight ** 2, 0),
      5,
    );
    gradients[0]!.forEach((slope, i) => {
      expect(slope).toBeCloseTo(2 * weights[i]!, 5);
    });
  });

  it("through a LeakyReLU counts the pixels on either side", () => {
    // Of v * leaky(u x, 0.2) a pixel's gradient is v u s, where s is 1 for u x > 0 and 0.2 otherwise.
    const [u, v] = [tf.variable(tf.scalar(1.5)), tf.variable(tf.scalar(-0.8))];
    const photos = tf.tensor4d([0.5, -0.4, 0.3, 0.9, -0.7, 0.2, 0.6, 0.1], [2, 2, 2, 1]);
    const critic: Critic = (x) => {
      const [first, last] = [u, v].map((weight) => tf.reshape(weight, [1, 1, 1, 1]) as tf.Tensor4D);
      const hidden = tf.leakyRelu(tf.conv2d(x as tf.Tensor4D, first!, 1, "same"), 0.2);
      return tf.conv2d(hidden, last!, 1, "same");
    };
    const { value, gradients } = penaltyGradients(critic, photos, [u, v]);
    const squares = (6 * 1 + 2 * 0.2 ** 2) / 2;
    expect(value).toBeCloseTo(0.64 * 2.25 * squares, 5);
    expect(gradients[0]![0]).toBeCloseTo(2 * 0.64 * 1.5 * squares, 5);
    expect(gradients[1]![0]).toBeCloseTo(2 * -0.8 * 2.25 * squares, 5);
  });

  it("through a sigmoid sees its curvature", () => {
    // d/dx s(w x) = w s', so R1 = w^2 s'^2 and dR1/dw = 2 w s'^2 + 2 w^2 s' s'' x, with s'' = s' (1 - 2 s).
    const [weight, pixel] = [0.9, 0.7];
    const w = tf.variable(tf.scalar(weight));
    const critic: Critic = (x) => tf.sigmoid(tf.mul(x, w));
    const { value, gradients } = penaltyGradients(critic, tf.tensor2d([[pixel]]), [w]);
    const s = 1 / (1 + Math.exp(-weight * pixel));
    const slope = s * (1 - s);
    const bend = slope * (1 - 2 * s);
    expect(value).toBeCloseTo(weight ** 2 * slope ** 2, 6);
    expect(gradients[0]![0]).toBeCloseTo(2 * weight * slope ** 2 + 2 * weight ** 2 * slope * bend * pixel, 6);
  });
});

describe("R1 of a DCGAN's discriminator, with batch normalization", () => {
  const STEP = 1e-3;

  function setUp(activation?: () => keras.layers.Layer): {
    critic: Critic;
    photos: tf.Tensor;
    variables: tf.Variable[];
  } {
    const discriminator = buildDcganDiscriminator(7, activation);
    return {
      critic: (x) => discriminator.apply(x, { training: true }) as tf.Tensor,
      photos: tf.randomUniform([4, 16, 16, 3], -1, 1, "float32", 8),
      variables: variablesOf(discriminator),
    };
  }

  it("is the same on the cpu backend, runs without fallbacks and compiles once", async () => {
    const results = [];
    for (const backend of ["cpu", BACKEND_NAME]) {
      await tf.setBackend(backend);
      const { critic, photos, variables } = setUp();
      results.push(penaltyGradients(critic, photos, variables));
      if (backend === "cpu") continue;
      getOnnxRuntimeBackend().resetStats();
      penaltyGradients(critic, photos, variables);
      const { compiles } = getOnnxRuntimeBackend().stats();
      penaltyGradients(critic, photos, variables);
      expect(getOnnxRuntimeBackend().stats().compiles).toBe(compiles);
      expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
    }
    const [expected, actual] = results;
    expect(Math.abs(actual!.value / expected!.value - 1)).toBeLessThan(1e-5);
    for (const [i, gradient] of expected!.gradients.entries()) {
      const largest = Math.max(...gradient.map(Math.abs));
      gradient.forEach((slope, k) => {
        expect(Math.abs(actual!.gradients[i]![k]! - slope)).toBeLessThanOrEqual(1e-4 * largest + 1e-6);
      });
    }
  });

  // Where a LeakyReLU's input changes its sign the penalty jumps, so that no difference tells its slope.
  it("with ELU has the slopes that finite differences find", async () => {
    await tf.setBackend(BACKEND_NAME);
    const { critic, photos, variables } = setUp(() => keras.layers.elu());
    const { gradients } = penaltyGradients(critic, photos, variables);
    for (const [i, variable] of variables.entries()) {
      const direction = tf.randomUniform(variable.shape, -1, 1, "float32", i);
      const start = tf.clone(variable);
      const moved = (step: number) => {
        variable.assign(tf.add(start, tf.mul(direction, step)));
        return tf.tidy(() => penalty(critic, photos).dataSync()[0]!);
      };
      const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
      variable.assign(start);
      const along = direction.dataSync();
      const promised = gradients[i]!.reduce((sum, value, k) => sum + value * along[k]!, 0);
      const scale = Math.hypot(...gradients[i]!) * Math.hypot(...along);
      expect(Math.abs(slope - promised), `${variable.name}: ${promised}, differences ${slope}`).toBeLessThan(
        0.02 * scale + 1e-3,
      );
    }
  });
});
