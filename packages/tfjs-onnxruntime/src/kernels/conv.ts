import { backend_util, util } from "@tensorflow/tfjs-core";
import { makeNode, type OpNode, type ValueNode } from "../graph.ts";
import { IOHW, type Layout, NCHW } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { emitActivation } from "./activation.ts";
import {
  type ConvInfo,
  convAttributes,
  emitConvolution,
  emitTransposed,
  outputPadding,
} from "./conv-forms.ts";
import { lowerDepthwiseFilterGradient, lowerFilterGradient } from "./filter-gradient.ts";
import { type Attrs, type Kernel, single } from "./kernel.ts";

interface ConvAttrs {
  strides: [number, number] | number;
  pad: "valid" | "same" | number;
  dataFormat?: string;
  dilations?: [number, number] | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

function convInfo(
  xShape: readonly number[],
  filterShape: readonly number[],
  attrs: Attrs,
  depthwise = false,
): ConvInfo {
  const { strides, pad, dilations, dimRoundingMode } = attrs as unknown as ConvAttrs;
  const info = backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    isChannelsFirst(attrs) ? "channelsFirst" : "channelsLast",
  );
  return { ...info, padInfo: reachedPadding(info) };
}

/**
 * The padding with which ONNX arrives at the sizes that TensorFlow.js says. Where those are rounded up, the last
 * window reaches beyond the padding asked for; where a padding is a number and the filter or the stride not
 * square, TensorFlow.js takes the columns to be as many as a square one would leave.
 */
export function reachedPadding(info: ConvInfo): ConvInfo["padInfo"] {
  const { top, left, bottom, right } = info.padInfo;
  const fit = (asked: number, missing: number, stride: number) =>
    Math.min(Math.max(asked, missing), missing + stride - 1);
  const rows = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const columns = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  return {
    ...info.padInfo,
    bottom: fit(bottom, rows - info.inHeight - top, info.strideHeight),
    right: fit(right, columns - info.inWidth - left, info.strideWidth),
  };
}

/** False where nothing comes out, or where ONNX would have to leave pixels out at the far sides. */
export function isExpressible({ outHeight, outWidth, padInfo }: ConvInfo): boolean {
  return outHeight > 0 && outWidth > 0 && padInfo.bottom >= 0 && padInfo.right >= 0;
}

/**
 * The result of a convolution kernel on these inputs, or null where it has no lowering. Of tensors without elements
 * ONNX Runtime takes few, and from some gradients of theirs it never comes back.
 */
function convolved(nodes: readonly ValueNode[], shape: readonly number[], info: ConvInfo) {
  const isLowered = nodes.every((node) => node.dtype === "float32" && !node.shape.includes(0));
  return isLowered && isExpressible(info) ? single(shape, "float32") : null;
}

function isChannelsFirst(attrs: Attrs): boolean {
  return attrs.dataFormat === "NCHW";
}

/** The layout of a result that is NCHW in memory: of a tensor declared so, its own order. */
function imageLayout(attrs: Attrs): Layout {
  return isChannelsFirst(attrs) ? "" : NCHW;
}

/** What stands for an image with its channels last, which is how the forms of convolution name its axes. */
function image(lowering: Lowering, node: ValueNode, attrs: Attrs): ValueNode {
  if (!isChannelsFirst(attrs)) return node;
  const [batch, channels, height, width] = node.shape;
  const view = makeNode([batch, height, width, channels], node.dtype, {});
  lowering.set(view, lowering.get(node), NCHW);
  return view;
}

const conv2d: Kernel = {
  name: "Conv2D",
  inputs: ["x", "filter"],
  infer([x, filter], attrs) {
    const info = convInfo(x.shape, filter.shape, attrs);
    return convolved([x, filter], info.outShape, info);
  },
  lower(lowering, op) {
    const [x, filter] = op.inputs;
    const info = convInfo(x.shape, filter.shape, op.attrs);
    const name = emitConvolution(lowering, info, image(lowering, x, op.attrs), filter);
    lowering.set(op.outputs[0], name, imageLayout(op.attrs));
  },
};

const fusedConv2d: Kernel = {
  name: "FusedConv2D",
  inputs: ["x", "filter", "bias?", "preluActivationWeights?"],
  infer: conv2d.infer,
  lower(lowering, op) {
    const [x, filter] = op.inputs;
    const info = convInfo(x.shape, filter.shape, op.attrs);
    const { bias, alpha } = fusedInputs(op);
    const layout = imageLayout(op.attrs);
    const addend = bias && vector(lowering, bias, info.outChannels);
    const name = emitConvolution(lowering, info, image(lowering, x, op.attrs), filter, addend);
    const weights = alpha && preluWeights(lowering, alpha, op.attrs);
    lowering.set(op.outputs[0], emitActivation(lowering, op, name, weights), layout);
  },
};

/** Prelu's weights, ready to broadcast; of a single axis they stand for channels, wherever those lie. */
function preluWeights(lowering: Lowering, alpha: ValueNode, attrs: Attrs): string {
  return isChannelsFirst(attrs) && alpha.shape.length === 1
    ? lowering.reshape(lowering.get(alpha), [-1, 1, 1])
    : lowering.broadcastable(alpha, 4, imageLayout(attrs));
}

/** Which of a fused kernel's optional inputs are there; the record keeps their names in `present`. */
export function fusedInputs(op: OpNode): { bias?: ValueNode; alpha?: ValueNode } {
  const present = op.attrs.present as readonly string[];
  const bias = present.indexOf("bias");
  const alpha = present.indexOf("preluActivationWeights");
  return {
    bias: bias < 0 ? undefined : op.inputs[bias],
    alpha: alpha < 0 ? undefined : op.inputs[alpha],
  };
}

function vector(lowering: Lowering, bias: ValueNode, length: number): string {
  const name = lowering.get(bias);
  if (bias.shape.length === 1 && bias.shape[0] === length) return name;
  const flat = lowering.reshape(name, [-1]);
  return bias.shape.every((dim) => dim === 1) && length > 1
    ? lowering.emit("Expand", [flat, lowering.int64([length])])
    : flat;
}

const conv2dBackpropInput: Kernel = {
  name: "Conv2DBackpropInput",
  inputs: ["dy", "filter"],
  infer([dy, filter], attrs) {
    const shape = attrs.inputShape as number[];
    const info = convInfo(shape, filter.shape, attrs);
    // A transposed convolution may ask for a size that its input does not fit: TensorFlow.js crops.
    if (!util.arraysEqual(info.outShape, dy.shape as number[])) return null;
    return convolved([dy, filter], shape, info);
  },
  lower(lowering, op) {
    const [dy, filter] = op.inputs;
    const info = convInfo(op.outputs[0].shape, filter.shape, op.attrs);
    const name = emitTransposed(lowering, info, image(lowering, dy, op.attrs), filter);
    lowering.set(op.outputs[0], name, imageLayout(op.attrs));
  },
};

const conv2dBackpropFilter: Kernel = {
  name: "Conv2DBackpropFilter",
  inputs: ["x", "dy"],
  infer([x, dy], attrs) {
    const shape = attrs.filterShape as number[];
    return convolved([x, dy], shape, convInfo(x.shape, shape, attrs));
  },
  lower(lowering, op) {
    const [x, dy] = op.inputs;
    const info = convInfo(x.shape, op.outputs[0].shape, op.attrs);
    const [images, errors] = [x, dy].map((node) => image(lowering, node, op.attrs));
    lowerFilterGradient(lowering, op, info, images, errors);
  },
};

/** A depthwise filter [h, w, channels, multiplier] as ONNX has it: [channels * multiplier, 1, h, w]. */
function depthwiseFilter(lowering: Lowering, filter: ValueNode): string {
  const [height, width, channels, multiplier] = filter.shape;
  return lowering.reshape(lowering.get(filter, IOHW), [channels * multiplier, 1, height, width]);
}

const depthwiseConv2d: Kernel = {
  name: "DepthwiseConv2dNative",
  inputs: ["x", "filter"],
  infer([x, filter], attrs) {
    // TensorFlow.js's own kernels take no other order of axes either.
    if (isChannelsFirst(attrs)) return null;
    const info = convInfo(x.shape, filter.shape, attrs, true);
    return convolved([x, filter], info.outShape, info);
  },
  lower(lowering, op) {
    const [x, filter] = op.inputs;
    const info = convInfo(x.shape, filter.shape, op.attrs, true);
    const inputs = [lowering.get(x, NCHW), depthwiseFilter(lowering, filter)];
    lowering.set(op.outputs[0], lowering.emit("Conv", inputs, convAttributes(info, info.inChannels)), NCHW);
  },
};

const fusedDepthwiseConv2d: Kernel = {
  name: "FusedDepthwiseConv2D",
  inputs: ["x", "filter", "bias?", "preluActivationWeights?"],
  infer: depthwiseConv2d.infer,
  lower(lowering, op) {
    const [x, filter] = op.inputs;
    const info = convInfo(x.shape, filter.shape, op.attrs, true);
    const { bias, alpha } = fusedInputs(op);
    const inputs = [lowering.get(x, NCHW), depthwiseFilter(lowering, filter)];
    if (bias) inputs.push(vector(lowering, bias, info.outChannels));
    const name = lowering.emit("Conv", inputs, convAttributes(info, info.inChannels));
    const weights = alpha && lowering.broadcastable(alpha, 4, NCHW);
    lowering.set(op.outputs[0], emitActivation(lowering, op, name, weights), NCHW);
  },
};

const depthwiseBackpropInput: Kernel = {
  name: "DepthwiseConv2dNativeBackpropInput",
  inputs: ["dy", "filter"],
  infer([dy, filter], attrs) {
    const shape = attrs.inputShape as number[];
    return convolved([dy, filter], shape, convInfo(shape, filter.shape, attrs, true));
  },
  lower(lowering, op) {
    const [dy, filter] = op.inputs;
    const info = convInfo(op.outputs[0].shape, filter.shape, op.attrs, true);
    const name = lowering.emit("ConvTranspose", [lowering.get(dy, NCHW), depthwiseFilter(lowering, filter)], {
      ...convAttributes(info, info.inChannels),
      output_padding: { is: outputPadding(info) },
    });
    lowering.set(op.outputs[0], name, NCHW);
  },
};

const depthwiseBackpropFilter: Kernel = {
  name: "DepthwiseConv2dNativeBackpropFilter",
  inputs: ["x", "dy"],
  infer([x, dy], attrs) {
    const shape = attrs.filterShape as number[];
    return convolved([x, dy], shape, convInfo(x.shape, shape, attrs, true));
  },
  lower(lowering, op) {
    const [x, dy] = op.inputs;
    lowerDepthwiseFilterGradient(lowering, op, convInfo(x.shape, op.outputs[0].shape, op.attrs, true), x, dy);
  },
};

/** Convolutions and their gradients. */
export const CONVOLUTION: readonly Kernel[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropInput,
  conv2dBackpropFilter,
  depthwiseConv2d,
  fusedDepthwiseConv2d,
  depthwiseBackpropInput,
  depthwiseBackpropFilter,
];
