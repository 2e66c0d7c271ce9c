import type { ValueNode } from "./graph.ts";
import type { Attrs } from "./kernels/kernel.ts";

type Test = (inputs: readonly ValueNode[], attrs: Attrs) => boolean;

/**
 * What ONNX Runtime 1.30 refuses or computes wrongly on a device, found by running this package's tests there. Such
 * calls fall back to TensorFlow.js's `cpu` kernels, and are counted.
 */
const UNSUITED: Readonly<Record<string, Readonly<Record<string, Test>>>> = {
  webgpu: {
    // MaxPool has no second result, the places of the maxima.
    MaxPoolGrad: () => true,
    // ConvTranspose is wrong for groups of several inputs and one output.
    DepthwiseConv2dNativeBackpropInput: ([, filter]) => filter.shape[3] > 1,
    // Slice is wrong for a negative step that begins elsewhere than at the end.
    StridedSlice: (_, { strides }) => (strides as number[]).some((stride) => stride < 0),
  },
};

/** Whether a call of this kernel has to be kept away from the device. */
export function isUnsuited(
  device: string,
  kernel: string,
  inputs: readonly ValueNode[],
  attrs: Attrs,
): boolean {
  return UNSUITED[device]?.[kernel]?.(inputs, attrs) ?? false;
}
