import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { BACKEND_NAME, getOnnxRuntimeBackend, registerOnnxRuntime } from "../src/index.ts";
import { trainDcgan } from "./networks/dcgan.ts";
import { buildMobileNet } from "./networks/mobile-net.ts";
import { buildGruClassifier, buildLstmClassifier } from "./networks/recurrent.ts";
import { createOptimizer, type Optimizer, type Training, trainClassifier } from "./networks/training.ts";

const STEPS = 6;
const SAMPLES = 5;
const CLASSES = 3;

beforeAll(async () => {
  tf.env().set("PROD", true);
  await registerOnnxRuntime({ threads: 1 });
});

function labels(): tf.Tensor {
  return tf.oneHot(tf.tensor1d([0, 2, 1, 1, 0], "int32"), CLASSES, 1, 0, "float32");
}

const NETWORKS: Record<string, (optimizer: Optimizer) => Training> = {
  MobileNetV2: (optimizer) => {
    const photos = tf.randomUniform([SAMPLES, 24, 24, 3], -1, 1, "float32", 1);
    return trainClassifier(buildMobileNet(CLASSES, 10), photos, labels(), createOptimizer(optimizer));
  },
  "LSTM classifier": (optimizer) => {
    const words = tf.cast(tf.floor(tf.randomUniform([SAMPLES, 7], 0, 12, "float32", 2)), "int32");
    return trainClassifier(buildLstmClassifier(CLASSES, 20), words, labels(), createOptimizer(optimizer));
  },
  "GRU classifier": (optimizer) => {
    const series = tf.randomUniform([SAMPLES, 7, 4], -1, 1, "float32", 3);
    return trainClassifier(buildGruClassifier(CLASSES, 30), series, labels(), createOptimizer(optimizer));
  },
  DCGAN: (optimizer) => trainDcgan(optimizer, 40),
};

interface Course {
  /** Of every step. */
  losses: number[][];
  /** Before and after training. */
  weights: [Float32Array[], Float32Array[]];
  /** Graphs compiled by the end of each step. */
  compiles: number[];
}

const read = (tensor: tf.Tensor) => Float32Array.from(tensor.dataSync());

async function train(backend: string, start: () => Training): Promise<Course> {
  await tf.setBackend(backend);
  const training = start();
  const before = training.weights().map(read);
  const losses: number[][] = [];
  const compiles: number[] = [];
  for (let i = 0; i < STEPS; i += 1) {
    const values = training.step();
    losses.push(values.map((value) => value.dataSync()[0]!));
    tf.dispose(values);
    if (backend === BACKEND_NAME) compiles.push(getOnnxRuntimeBackend().stats().compiles);
  }
  return { losses, weights: [before, training.weights().map(read)], compiles };
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0));
}

/**
 * Both backends sum in float32 but in another order, so that losses and gradients agree to about six digits.
 * Adam divides each gradient by its own size: where little but rounding is left of a gradient, its direction
 * is chance. So weights are compared as a whole: how far apart the two ends lie, as a share of the way there.
 */
const LOSS_TOLERANCE = 1e-5;
const WAY_TOLERANCE = { adam: 5e-3, momentum: 1e-5 };

const CASES = Object.keys(NETWORKS).flatMap((name) =>
  (["adam", "momentum"] as const).map((optimizer) => ({ name, optimizer })),
);

test.each(CASES)("$name trained by $optimizer as on the cpu backend", async ({ name, optimizer }) => {
  const expected = await train("cpu", () => NETWORKS[name]!(optimizer));
  await tf.setBackend(BACKEND_NAME);
  getOnnxRuntimeBackend().resetStats();
  const actual = await train(BACKEND_NAME, () => NETWORKS[name]!(optimizer));

  expect(getOnnxRuntimeBackend().fallbacks()).toEqual({});
  expect(actual.compiles[STEPS - 1]).toBe(actual.compiles[1]);
  expect(actual.weights[0]).toEqual(expected.weights[0]);
  actual.losses.forEach((losses, step) => {
    losses.forEach((loss, i) => {
      const wanted = expected.losses[step]![i]!;
      expect(Math.abs(loss - wanted), `loss of step ${step}`).toBeLessThan(
        LOSS_TOLERANCE * Math.max(1, Math.abs(wanted)),
      );
    });
  });
  const [start, end] = expected.weights;
  const ways = end.map((weight, i) => distance(weight, start[i]!));
  const apart = end.map((weight, i) => distance(weight, actual.weights[1][i]!));
  expect(Math.hypot(...ways)).toBeGreaterThan(0);
  expect(Math.hypot(...apart)).toBeLessThan(WAY_TOLERANCE[optimizer] * Math.hypot(...ways));
});
