import "@tensorflow/tfjs-backend-cpu";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { keras, tf } from "../models/index.ts";
import { Adam } from "./adam.ts";
import { WeightAverage } from "./ema.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});
afterEach(() => {
  tf.disposeVariables();
});

/** Updates a variable [1] that starts at `start` with the given gradients. */
function run(
  options: ConstructorParameters<typeof Adam>[1],
  rate: number,
  start: number,
  gradients: number[],
) {
  const variable = tf.variable(tf.tensor1d([start]));
  const adam = new Adam([variable], options);
  return gradients.map((gradient) => {
    adam.prepare(rate);
    tf.tidy(() => adam.apply({ [variable.name]: tf.tensor1d([gradient]) }));
    return variable.dataSync()[0]!;
  });
}

describe("Adam", () => {
  it("follows algorithm 1 of Kingma and Ba", () => {
    let [m, v, w] = [0, 0, 1];
    const gradients = [0.5, -2, 0.1, 0.1];
    const expected = gradients.map((g, i) => {
      m = 0.5 * m + 0.5 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= (0.01 * (m / (1 - 0.5 ** (i + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (i + 1))) + 1e-8);
      return w;
    });
    run({ beta1: 0.5, beta2: 0.999 }, 0.01, 1, gradients).forEach((actual, i) => {
      expect(actual).toBeCloseTo(expected[i]!, 6);
    });
    // The first step is the learning rate, whatever the gradient's size.
    expect(expected[0]).toBeCloseTo(0.99, 6);
  });

  it("clips the norm of all gradients together", () => {
    const variables = [tf.variable(tf.tensor1d([0])), tf.variable(tf.tensor1d([0]))];
    const adam = new Adam(variables, { beta1: 0, beta2: 0, epsilon: 1, gradientClip: 1 });
    const gradients = { [variables[0]!.name]: tf.tensor1d([3]), [variables[1]!.name]: tf.tensor1d([4]) };
    adam.prepare(1);
    tf.tidy(() => adam.apply(gradients));
    // g = (0.6, 0.8); with both betas 0, w = -g / (|g| + 1).
    expect(variables[0]!.dataSync()[0]).toBeCloseTo(-0.6 / 1.6, 5);
    expect(variables[1]!.dataSync()[0]).toBeCloseTo(-0.8 / 1.8, 5);
  });

  it("gives each variable its own rate", () => {
    const variables = [tf.variable(tf.tensor1d([1])), tf.variable(tf.tensor1d([1]))];
    const adam = new Adam(variables, { beta1: 0.5, beta2: 0.999, rateFactors: [1, 0.1] });
    adam.prepare(0.01);
    const gradients = Object.fromEntries(variables.map(({ name }) => [name, tf.tensor1d([3])]));
    tf.tidy(() => adam.apply(gradients));
    // The first step is the learning rate.
    expect(variables[0]!.dataSync()[0]).toBeCloseTo(0.99, 6);
    expect(variables[1]!.dataSync()[0]).toBeCloseTo(0.999, 6);
  });

  it("leaves variables without gradient alone", () => {
    const variable = tf.variable(tf.tensor1d([5]));
    const adam = new Adam([variable], { beta1: 0.5, beta2: 0.999 });
    adam.prepare(1);
    tf.tidy(() => adam.apply({}));
    expect(variable.dataSync()[0]).toBe(5);
  });
});

describe("WeightAverage", () => {
  function model(): keras.LayersModel {
    const net = keras.sequential({
      layers: [keras.layers.dense({ units: 1, inputShape: [1], useBias: false })],
    });
    net.setWeights([tf.tensor2d([[0]])]);
    return net;
  }

  it("warms up: decay is (1 + t) / (10 + t) until the asked one is less", () => {
    const net = model();
    const average = new WeightAverage(net, 0.15);
    net.setWeights([tf.tensor2d([[1]])]);
    average.prepare();
    tf.tidy(() => average.update());
    expect(average.averages[0]!.dataSync()[0]).toBeCloseTo(0.9, 6);
    net.setWeights([tf.tensor2d([[2]])]);
    average.prepare();
    tf.tidy(() => average.update());
    expect(average.averages[0]!.dataSync()[0]).toBeCloseTo(0.15 * 0.9 + 0.85 * 2, 6);
  });

  it("lends its weights to the model and takes them back, also after an error", async () => {
    const net = model();
    const average = new WeightAverage(net, 0.5);
    net.setWeights([tf.tensor2d([[1]])]);
    const weight = () => net.getWeights()[0]!.dataSync()[0];
    await average.during(async () => expect(weight()).toBe(0));
    await expect(average.during(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(weight()).toBe(1);
    expect(average.averages[0]!.dataSync()[0]).toBe(0);
  });

  it("passes over layers that are frozen", () => {
    const input = keras.input({ shape: [3] });
    const fixed = keras.layers.dense({ units: 2, trainable: false }).apply(input) as keras.SymbolicTensor;
    const output = keras.layers.dense({ units: 1 }).apply(fixed) as keras.SymbolicTensor;
    const model = keras.model({ inputs: input, outputs: output });
    const average = new WeightAverage(model, 0.9);
    expect(average.averages.map(({ shape }) => shape)).toEqual([[2, 1], [1]]);
    average.dispose();
  });
});
