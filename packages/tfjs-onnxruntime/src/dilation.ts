/**
 * Gradients of dilated convolutions, which TensorFlow.js refuses.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { OnnxRuntimeBackend } from "./backend.ts";

interface DilatedConvolution {
  kernelName: string;
  inputKernel: string;
  filterKernel: string;
}

const CONVOLUTIONS: readonly DilatedConvolution[] = [
  { kernelName: "Conv2D", inputKernel: "Conv2DBackpropInput", filterKernel: "Conv2DBackpropFilter" },
  {
    kernelName: "DepthwiseConv2dNative",
    inputKernel: "DepthwiseConv2dNativeBackpropInput",
    filterKernel: "DepthwiseConv2dNativeBackpropFilter",
  },
];

/** TensorFlow.js's gradient kernels know no dilation; this backend's do, by one attribute more. */
function isOurs(dilations: unknown): boolean {
  const isDilated = ![dilations ?? 1].flat().every((rate) => rate === 1);
  return isDilated && tf.backend() instanceof OnnxRuntimeBackend;
}

/** Made when registered, since TensorFlow.js's own gradient must be there by then: it serves all other cases. */
export const DILATED: readonly (() => tf.GradConfig)[] = CONVOLUTIONS.map((convolution) => () => {
  const { kernelName, inputKernel, filterKernel } = convolution;
  const own = tf.getGradient(kernelName);
  return {
    ...own,
    gradFunc: (dy, saved, attrs) => {
      if (!isOurs(attrs.dilations)) return own.gradFunc(dy, saved, attrs);
      const [x, filter] = saved;
      const run = (kernel: string, inputs: tf.NamedTensorMap, more: tf.NamedAttrMap) =>
        tf.engine().runKernel(kernel, inputs, { ...attrs, ...more }) as tf.Tensor;
      return {
        x: () => run(inputKernel, { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
        filter: () => run(filterKernel, { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
      };
    },
  };
});
