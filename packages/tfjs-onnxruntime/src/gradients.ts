import * as tf from "@tensorflow/tfjs-core";
import { CORRECTIONS } from "./corrected-gradients.ts";
import { LEAN } from "./lean-gradients.ts";
import { MISSING } from "./missing-gradients.ts";
import { CONVOLUTION_GRADIENTS, SECOND_ORDER, TRACED_RESULTS } from "./second-order.ts";

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
    ...CONVOLUTION_GRADIENTS,
    ...BROADCASTING.map(summed),
    ...[...LEAN, ...CORRECTIONS, ...TRACED_RESULTS].map((adapt) => adapt()),
  ];
  for (const config of replaced) tf.registerGradient(config);
  for (const config of [...SECOND_ORDER, ...MISSING]) {
    if (!tf.getGradient(config.kernelName)) tf.registerGradient(config);
  }
}
