import * as tf from "@tensorflow/tfjs-core";
import { bool, forwardOnly, type InputSpec, index, type OpCase, positive, signed, spread } from "./case.ts";

type Reduce = (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor;

const AXES: [number[], (number | number[])?, boolean?][] = [
  [[]],
  [[5]],
  [[3, 4]],
  [[3, 4], 0],
  [[3, 4], 1, true],
  [[2, 3, 4], 1],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 3, 4],
    [0, 1, 2],
  ],
  [
    [2, 3, 3, 4],
    [1, 2],
  ],
  [[2, 3, 3, 4], 3, true],
  [[2, 3, 3, 4], [1, 2], true],
  [[2, 3, 3, 4], -1],
];

function reductions(name: string, op: Reduce, kind: (...shape: number[]) => InputSpec): OpCase[] {
  return AXES.map(([shape, axis, keepDims]) => ({
    name: `${name} [${shape}] over ${axis ?? "all"}${keepDims ? ", dimensions kept" : ""}`,
    inputs: [kind(...shape)],
    run: (x: tf.Tensor) => op(x, axis, keepDims),
  }));
}

const MATMUL: OpCase[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) => {
    const a = transposeA ? [4, 3] : [3, 4];
    const b = transposeB ? [5, 4] : [4, 5];
    const transposes = `${transposeA ? "T" : "N"}${transposeB ? "T" : "N"}`;
    const run = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y, transposeA, transposeB);
    return [
      { name: `matMul ${transposes}`, inputs: [signed(...a), signed(...b)], run },
      { name: `matMul ${transposes} batch`, inputs: [signed(2, ...a), signed(2, ...b)], run },
      { name: `matMul ${transposes} rank 4`, inputs: [signed(2, 2, ...a), signed(2, 2, ...b)], run },
      {
        name: `matMul ${transposes} broadcast batch`,
        inputs: [signed(1, ...a), signed(3, ...b)],
        run,
      },
    ];
  }),
);

const NORMALIZATION: OpCase[] = [
  {
    name: "batchNorm of images",
    inputs: [signed(2, 3, 3, 4), signed(4), positive(4), signed(4), positive(4)],
    run: (x: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  },
  {
    name: "batchNorm of vectors",
    inputs: [signed(5, 4), signed(4), positive(4), signed(4), positive(4)],
    run: (x: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm(x, mean, variance, offset, scale, 1e-3),
  },
  {
    name: "batchNorm without scale and offset",
    // TensorFlow.js' gradient needs a scale and an offset.
    gradient: false,
    inputs: [signed(2, 3, 3, 4), signed(4), positive(4)],
    run: (x: tf.Tensor, mean: tf.Tensor1D, variance: tf.Tensor1D) => tf.batchNorm(x, mean, variance),
  },
  {
    name: "batch normalization in training: moments of the batch itself",
    inputs: [signed(3, 4, 4, 3), signed(3), positive(3)],
    run: (x: tf.Tensor, offset: tf.Tensor1D, scale: tf.Tensor1D) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-3);
    },
  },
  {
    name: "instance normalization",
    inputs: [signed(2, 4, 4, 3)],
    run: (x: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, [1, 2], true);
      return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    },
  },
  { name: "softmax", inputs: [signed(3, 5)], run: (x) => tf.softmax(x) },
  { name: "softmax rank 4", inputs: [signed(2, 3, 3, 5)], run: (x) => tf.softmax(x) },
  { name: "logSoftmax", inputs: [signed(3, 5)], run: (x) => tf.logSoftmax(x) },
  { name: "logSumExp", inputs: [signed(3, 5)], run: (x) => tf.logSumExp(x, 1) },
  { name: "euclidean norm", inputs: [positive(3, 5)], run: (x) => tf.norm(x, "euclidean", 1) },
];

type Loss = (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;

function loss(name: string, op: Loss, labels: InputSpec, predictions: InputSpec): OpCase {
  return {
    name: `loss ${name}`,
    inputs: [labels, predictions],
    run: (label: tf.Tensor, prediction: tf.Tensor) => op(tf.cast(label, "float32"), prediction),
  };
}

const LOSSES: OpCase[] = [
  loss("sigmoidCrossEntropy", tf.losses.sigmoidCrossEntropy, bool(2, 3, 3, 1), spread(2, 3, 3, 1)),
  {
    name: "loss softmaxCrossEntropy",
    inputs: [index(5, 4), signed(4, 5)],
    run: (classes: tf.Tensor, logits: tf.Tensor) =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(classes, 5) as tf.Tensor, logits),
  },
  loss("meanSquaredError", tf.losses.meanSquaredError, index(3, 4, 5), signed(4, 5)),
  loss("absoluteDifference", tf.losses.absoluteDifference, index(1, 4, 5), spread(4, 5)),
  loss("huberLoss", tf.losses.huberLoss, index(1, 2, 5), spread(2, 5)),
  loss("hingeLoss", tf.losses.hingeLoss, bool(2, 5), spread(2, 5)),
  loss("logLoss", (label, x) => tf.losses.logLoss(label, tf.sigmoid(x)), bool(4, 5), signed(4, 5)),
];

const EINSUMS: [string, ...number[][]][] = [
  ["bij,jk->bik", [2, 3, 4], [4, 5]],
  ["bhqd,bhkd->bhqk", [2, 2, 3, 4], [2, 2, 5, 4]],
  ["ij,ij->", [3, 4], [3, 4]],
  ["i,j->ij", [3], [4]],
  ["ij->ji", [3, 4]],
  ["ij->i", [3, 4]],
  ["ijk, jl -> il", [2, 3, 4], [3, 5]],
];

export const REDUCTION_CASES: OpCase[] = [
  ...reductions("sum", tf.sum, signed),
  ...reductions("mean", tf.mean, signed),
  ...reductions("max", tf.max, spread),
  ...reductions("min", tf.min, spread),
  ...MATMUL,
  ...NORMALIZATION,
  ...LOSSES,
  {
    name: "dense layer",
    inputs: [signed(4, 3), signed(3, 5), signed(5)],
    run: (x: tf.Tensor2D, w: tf.Tensor2D, b: tf.Tensor1D) => tf.sigmoid(tf.add(tf.matMul(x, w), b)),
  },
  {
    name: "fused.matMul with bias and elu",
    inputs: [signed(4, 3), signed(3, 5), signed(5)],
    run: (a: tf.Tensor2D, b: tf.Tensor2D, bias: tf.Tensor1D) =>
      tf.fused.matMul({ a, b, transposeA: false, transposeB: false, bias, activation: "elu" }),
  },
  { name: "dot of vectors", inputs: [signed(4), signed(4)], run: (a, b) => tf.dot(a, b) },
  ...forwardOnly([
    { name: "sum int32", inputs: [index(9, 3, 4)], run: (x) => tf.sum(x, 1) },
    {
      name: "any and all",
      inputs: [bool(3, 4)],
      run: (x) => [tf.any(x, 1), tf.all(x, 0)],
    },
    { name: "prod", inputs: [positive(3, 4)], run: (x) => tf.prod(x, 1) },
  ]),
  ...EINSUMS.map(([equation, ...shapes]) => ({
    name: `einsum ${equation}`,
    inputs: shapes.map((shape) => signed(...shape)),
    // TensorFlow.js has no gradient of it.
    cpuGradient: false,
    run: (...factors: tf.Tensor[]) => tf.einsum(equation, ...factors),
  })),
];
