/**
 * Gradients that do what TensorFlow.js's own do with fewer passes over memory.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";

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

/** By `onesLike(x)`, which this backend never stores, where TensorFlow.js builds an array of ones as large as x. */
const sum: tf.GradConfig = {
  kernelName: "Sum",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x, attrs).spread }),
};

const mean: tf.GradConfig = {
  kernelName: "Mean",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const { spread: whole, count } = spread(dy as tf.Tensor, x, attrs);
      return tf.div(whole, count);
    },
  }),
};

/** As one sum, where TensorFlow.js adds up a slice for each repetition. */
const tile: tf.GradConfig = {
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
};

/** 2 dy x with the factor on dy, which in a variance is no larger than its channels. */
const square: tf.GradConfig = {
  kernelName: "Square",
  inputsToSave: ["x"],
  gradFunc: (dy, [x]) => ({ x: () => tf.mul(tf.cast(x, "float32"), tf.mul(dy as tf.Tensor, 2)) }),
};

/** dy times 1 or `alpha`, without a choice between two tensors. */
const leakyRelu: tf.GradConfig = {
  kernelName: "LeakyRelu",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({ x: () => tf.mul(dy as tf.Tensor, tf.step(x, attrs.alpha as number)) }),
};

/**
 * Of y = (x - mean) r scale + offset, r = 1 / sqrt(variance + epsilon), with one mean a channel. All but the gradient
 * of x follow from two sums over each channel, of dy and of dy (x - mean):
 *
 * dx = dy r scale, dmean = -r scale sum(dy), dvariance = -r^3 / 2 scale sum(dy (x - mean)),
 * dscale = r sum(dy (x - mean)), doffset = sum(dy)
 *
 * (Ioffe and Szegedy 2015, there with mean and variance computed from x, whose part TensorFlow.js adds by itself.)
 */
function batchNormalization(): tf.GradConfig {
  const own = tf.getGradient("FusedBatchNorm");
  return {
    ...own,
    gradFunc: (gradient, saved, attrs) => {
      const [x, mean, variance, scale] = saved;
      if (mean.rank !== 1 || variance.rank !== 1 || (scale && scale.rank !== 1)) {
        return own.gradFunc(gradient, saved, attrs);
      }
      const dy = gradient as tf.Tensor;
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const r = tf.rsqrt(tf.add(variance, attrs.varianceEpsilon as number));
      const slope = scale ? tf.mul(r, scale) : r;
      const dySum = tf.sum(dy, axes);
      const centredSum = tf.sum(tf.mul(dy, tf.sub(x, mean)), axes);
      return {
        x: () => tf.mul(dy, slope),
        mean: () => tf.neg(tf.mul(slope, dySum)),
        variance: () => tf.mul(tf.mul(tf.mul(slope, tf.square(r)), -0.5), centredSum),
        scale: () => tf.mul(r, centredSum),
        offset: () => dySum,
      };
    },
  };
}

export const LEAN: readonly (() => tf.GradConfig)[] = [
  ...[sum, mean, tile, square, leakyRelu].map((config) => () => config),
  batchNormalization,
];
