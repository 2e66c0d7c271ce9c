import * as tf from "@tensorflow/tfjs-core";
import * as keras from "@tensorflow/tfjs-layers";
import { beforeAll, expect, test } from "vitest";
import { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "../src/index.ts";

const { layers } = keras;
const EPOCHS = 3;
const SAMPLES = 40;

beforeAll(async () => {
  tf.env().set("PROD", true);
  await registerOnnxRuntime({ threads: 1 });
});

const weights = (seed: number) => keras.initializers.glorotUniform({ seed });
const images = () => tf.randomUniform([SAMPLES, 12, 12, 3], 0, 1, "float32", 1);
const sequences = () => tf.randomUniform([SAMPLES, 6, 4], -1, 1, "float32", 3);
const words = () => tf.randomUniform([SAMPLES, 6], 0, 10, "int32", 4);
const classes = () => tf.oneHot(tf.cast(tf.randomUniform([SAMPLES], 0, 5, "int32", 2), "int32"), 5);

interface Program {
  name: string;
  layers: () => keras.layers.Layer[];
  x: () => tf.Tensor;
  y?: () => tf.Tensor;
  loss?: string;
}

const PROGRAMS: Program[] = [
  {
    name: "image classifier",
    x: images,
    layers: () => [
      layers.conv2d({
        inputShape: [12, 12, 3],
        filters: 8,
        kernelSize: 3,
        activation: "relu",
        kernelInitializer: weights(1),
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.batchNormalization(),
      layers.separableConv2d({
        filters: 8,
        kernelSize: 3,
        padding: "same",
        depthMultiplier: 2,
        depthwiseInitializer: weights(2),
        pointwiseInitializer: weights(3),
      }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 5, activation: "softmax", kernelInitializer: weights(4) }),
    ],
  },
  {
    name: "autoencoder",
    x: images,
    y: images,
    loss: "meanSquaredError",
    layers: () => [
      layers.conv2d({
        inputShape: [12, 12, 3],
        filters: 6,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        kernelInitializer: weights(1),
      }),
      layers.leakyReLU({ alpha: 0.1 }),
      // No upSampling2d: the cpu backend's gradient of it is wrong for batches (see the resize cases).
      layers.conv2dTranspose({
        filters: 4,
        kernelSize: 4,
        strides: 2,
        padding: "same",
        kernelInitializer: weights(2),
      }),
      layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", kernelInitializer: weights(3) }),
    ],
  },
  {
    name: "LSTM",
    x: sequences,
    layers: () => [
      layers.lstm({
        inputShape: [6, 4],
        units: 6,
        kernelInitializer: weights(1),
        recurrentInitializer: weights(2),
      }),
      layers.dense({ units: 5, activation: "softmax", kernelInitializer: weights(3) }),
    ],
  },
  {
    name: "embedding and GRU",
    x: words,
    layers: () => [
      layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 6, embeddingsInitializer: weights(1) }),
      layers.gru({ units: 5, kernelInitializer: weights(1), recurrentInitializer: weights(2) }),
      layers.dense({ units: 5, activation: "softmax", kernelInitializer: weights(3) }),
    ],
  },
  {
    name: "regularized perceptron",
    x: images,
    layers: () => [
      layers.flatten({ inputShape: [12, 12, 3] }),
      layers.dense({
        units: 20,
        activation: "tanh",
        kernelInitializer: weights(1),
        kernelRegularizer: keras.regularizers.l2(),
      }),
      layers.layerNormalization(),
      layers.dense({ units: 5, activation: "softmax", kernelInitializer: weights(2) }),
    ],
  },
];

/** Trains on one backend; batches of 8 over 30 photos leave an odd last one. */
async function train(backend: string, program: Program) {
  await tf.setBackend(backend);
  const model = keras.sequential({ layers: program.layers() });
  model.compile({
    optimizer: tf.train.adam(0.01),
    loss: program.loss ?? "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
  const [x, y] = [program.x(), (program.y ?? classes)()];
  const { history } = await model.fit(x, y, {
    epochs: EPOCHS,
    batchSize: 8,
    shuffle: false,
    verbose: 0,
    validationSplit: 0.25,
  });
  const prediction = Float32Array.from(await (model.predict(x) as tf.Tensor).data());
  tf.dispose([x, y]);
  return { loss: history.loss as number[], prediction };
}

test.each(PROGRAMS)("$name: fit and predict as on the cpu backend, with no fallback", async (program) => {
  const expected = await train("cpu", program);
  await tf.setBackend(BACKEND_NAME);
  getOnnxRuntimeBackend().resetStats();
  const actual = await train(BACKEND_NAME, program);
  expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
  expect(actual.loss).toHaveLength(EPOCHS);
  actual.loss.forEach((loss, i) => {
    expect(Math.abs(loss - expected.loss[i])).toBeLessThan(1e-3 * Math.abs(expected.loss[i]));
  });
  expect(actual.loss[EPOCHS - 1]).toBeLessThan(actual.loss[0]);
  expected.prediction.forEach((value, i) => {
    expect(Math.abs(value - actual.prediction[i])).toBeLessThan(0.01);
  });
});

test("tensors that another backend reshaped keep their shape here", async () => {
  await tf.setBackend("cpu");
  const column = tf.reshape(tf.tensor1d([1, 2, 3, 4]), [4, 1]);
  await tf.setBackend(BACKEND_NAME);
  const rows = tf.slice(column, [1, 0], [2, 1]);
  expect(rows.shape).toEqual([2, 1]);
  expect([...rows.dataSync()]).toEqual([2, 3]);
});
