import * as tf from "@tensorflow/tfjs-core";
import { CORRECTIONS } from "./corrected-gradients.ts";
import { MISSING } from "./missing-gradients.ts";
import { CONVOLUTION_GRADIENTS, SECOND_ORDER, TRACED_RESULTS } from "./second-order.ts";

/** Puts back, as axes of one, what a reduction without `keepDims` dropped. */
function withReducedAxes(dy: tf.Tensor, shape: readonly number[], axes: readonly number[]): tf.Tensor {
  return tf.reshape(
    dy,
    shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

function spread(dy: tf.Tensor, x: tf.Tensor, attrs: tf.NamedAttrMap): { spread: tf.Tensor; count: number } {
  const axes = tf.util.parseAxisParam(attrs.axis as number[], x.shape);
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
  return { spread: tf.mul(withReducedAxes(dy, x.shape, axes), tf.onesLike(x)), count };
}

/**
 * Gradients that do what TensorFlow.js's own do at less cost: those of Sum and Mean by `onesLike(x)`, where
 * its own build an array of ones as large as x in JavaScript each time, which this backend never stores; that
 * of Tile as one sum, where its own adds up a slice for each repetition (of a batch normalization's scale, as
 * many as the batch has pixels).
 */
const LEAN: readonly tf.GradConfig[] = [
  {
    kernelName: "Sum",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x, attrs).spread }),
  },
  {
    kernelName: "Mean",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { spread: whole, count } = spread(dy as tf.Tensor, x, attrs);
        return tf.div(whole, count);
      },
    }),
  },
  {
    kernelName: "Tile",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const split: number[] = [];
        const repeated: number[] = [];
        for (const [axis, times] of (attrs.reps as number[]).entries()) {
          if (times > 1) {
            repeated.push(split.length);
            split.push(times);
          }
          split.push(x.shape[axis]);
        }
        return tf.reshape(tf.sum(tf.reshape(dy as tf.Tensor, split), repeated), x.shape);
      },
    }),
  },
];

/** Kernels over two tensors that broadcast, whose gradients in TensorFlow.js forget to sum over what was repeated. */
const BROADCASTING = ["Maximum", "Minimum", "SquaredDifference", "BatchMatMul"];

function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  return axes.length > 0 ? tf.reshape(tf.sum(gradient, axes), shape) : gradient;
}

/** TensorFlow.js's own gradient, summed to the shapes of `a` and `b`, which it saves. */
function summed(kernelName: string): tf.GradConfig {
  const own = tf.getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      const gradients = own.gradFunc(dy, saved, attrs);
      return {
        a: () => sumTo(gradients.a(), saved[0].shape),
        b: () => sumTo(gradients.b(), saved[1].shape),
      };
    },
  };
}

/**
 * Registers the gradients that TensorFlow.js lacks, gets wrong or that this backend computes at less cost. All
 * but the corrections hold for every backend of this process, since TensorFlow.js keeps one gradient a kernel:
 * each is the derivative, and where TensorFlow.js has one that works, its own stays.
 */
export function registerGradients(): void {
  const replaced = [
    ...LEAN,
    ...CONVOLUTION_GRADIENTS,
    ...BROADCASTING.map(summed),
    ...[...CORRECTIONS, ...TRACED_RESULTS].map((adapt) => adapt()),
  ];
  for (const config of replaced) tf.registerGradient(config);
  for (const config of [...SECOND_ORDER, ...MISSING]) {
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
  }
}
