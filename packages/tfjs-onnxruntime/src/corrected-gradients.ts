/**
 * Gradients where TensorFlow.js refuses one, or has one that is not the derivative. They hold while this backend
 * is active; other backends keep TensorFlow.js's own.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import { OnnxRuntimeBackend } from "./backend.ts";

/** Made when registered, since TensorFlow.js's own gradient must be there by then: it serves all other cases. */
type Correction = () => tf.GradConfig;

function correct(
  kernelName: string,
  applies: (attrs: tf.NamedAttrMap) => boolean,
  gradFunc: tf.GradFunc,
): Correction {
  return () => {
    const own = tf.getGradient(kernelName);
    return {
      ...own,
      gradFunc: (dy, saved, attrs) => {
        const isOurs = tf.backend() instanceof OnnxRuntimeBackend && applies(attrs);
        return (isOurs ? gradFunc : own.gradFunc)(dy, saved, attrs);
      },
    };
  };
}

/** TensorFlow.js's gradient kernels know no dilation; this backend's do, by one attribute more. */
function dilated(kernelName: string, inputKernel: string, filterKernel: string): Correction {
  const applies = ({ dilations }: tf.NamedAttrMap) => ![dilations ?? 1].flat().every((rate) => rate === 1);
  return correct(kernelName, applies, (dy, [x, filter], attrs) => {
    const run = (kernel: string, inputs: tf.NamedTensorMap, more: tf.NamedAttrMap) =>
      tf.engine().runKernel(kernel, inputs, { ...attrs, ...more }) as tf.Tensor;
    return {
      x: () => run(inputKernel, { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
      filter: () => run(filterKernel, { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
    };
  });
}

/** Part of a tensor along one axis, in its place among zeros. */
function placed(x: tf.Tensor, axis: number, before: number, after: number): tf.Tensor {
  return tf.pad(
    x,
    x.shape.map((_, i): [number, number] => (i === axis ? [before, after] : [0, 0])),
  );
}

/** What lies in a mirrored margin belongs to the elements it mirrors, turned round. */
function foldMargins(
  dy: tf.Tensor,
  axis: number,
  [before, after]: readonly [number, number],
  edge: number,
): tf.Tensor {
  const size = (dy.shape[axis] as number) - before - after;
  const part = (begin: number, length: number) =>
    tf.slice(
      dy,
      dy.shape.map((_, i) => (i === axis ? begin : 0)),
      dy.shape.map((dim, i) => (i === axis ? length : dim)),
    );
  let sum = part(before, size);
  if (before > 0) {
    const margin = tf.reverse(part(0, before), axis);
    sum = tf.add(sum, placed(margin, axis, edge, size - edge - before));
  }
  if (after > 0) {
    const margin = tf.reverse(part(before + size, after), axis);
    sum = tf.add(sum, placed(margin, axis, size - edge - after, edge));
  }
  return sum;
}

/** TensorFlow.js cuts the margins off, as if they were constants. */
const mirrorPad = correct(
  "MirrorPad",
  () => true,
  (dy, _, attrs) => ({
    x: () => {
      const edge = attrs.mode === "reflect" ? 1 : 0;
      return (attrs.paddings as [number, number][]).reduce(
        (gradient, margins, axis) => foldMargins(gradient, axis, margins, edge),
        dy as tf.Tensor,
      );
    },
  }),
);

/** Every corrected gradient. */
export const CORRECTIONS: readonly Correction[] = [
  dilated("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
  dilated(
    "DepthwiseConv2dNative",
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
  ),
  mirrorPad,
];
