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

/**
 * Registers gradients of Sum and Mean that do what TensorFlow.js's own do, by `onesLike(x)` where those build
 * an array of ones as large as x in JavaScript each time: this backend never stores such a tensor.
 */
export function registerLeanGradients(): void {
  tf.registerGradient({
    kernelName: "Sum",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({ x: () => spread(dy as tf.Tensor, x, attrs).spread }),
  });
  tf.registerGradient({
    kernelName: "Mean",
    inputsToSave: ["x"],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const { spread: whole, count } = spread(dy as tf.Tensor, x, attrs);
        return tf.div(whole, count);
      },
    }),
  });
}
