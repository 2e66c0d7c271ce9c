/**
 * Gradients of the kernels that gradients themselves are made of, which TensorFlow.js lacks: what a gradient
 * penalty needs, whose loss is the size of a gradient.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";

type Images = tf.Tensor4D;

/** Zeros in the shape of x, float32 whatever x is, as gradients have to be. */
function noGradient(x: tf.Tensor): tf.Tensor {
  return tf.zerosLike(tf.cast(x, "float32"));
}

function run(kernelName: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs) as tf.Tensor;
}

/** Comparisons and logic: constant but where they jump. */
const CONSTANT: readonly (readonly [kernelName: string, inputs: readonly string[]])[] = [
  ["Greater", ["a", "b"]],
  ["Less", ["a", "b"]],
  ["LessEqual", ["a", "b"]],
  ["Equal", ["a", "b"]],
  ["NotEqual", ["a", "b"]],
  ["LogicalAnd", ["a", "b"]],
  ["LogicalOr", ["a", "b"]],
  ["LogicalNot", ["x"]],
  ["Any", ["x"]],
  ["All", ["x"]],
];

function constant(kernelName: string, inputs: readonly string[]): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) => Object.fromEntries(inputs.map((name, i) => [name, () => noGradient(saved[i])])),
  };
}

/** Attributes of a convolution kernel and its gradients; `dilations` is ours, see `corrected-gradients.ts`. */
interface ConvolutionAttrs {
  strides: number | [number, number];
  pad: number | "valid" | "same";
  dataFormat?: "NHWC" | "NCHW";
  dilations?: number | [number, number];
  dimRoundingMode?: "floor" | "round" | "ceil";
}

function convolve(x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs): tf.Tensor {
  const { strides, pad, dataFormat, dilations, dimRoundingMode } = attrs;
  return tf.conv2d(x as Images, filter as Images, strides, pad, dataFormat, dilations, dimRoundingMode);
}

function convolveDepthwise(x: tf.Tensor, filter: tf.Tensor, attrs: ConvolutionAttrs): tf.Tensor {
  const { strides, pad, dilations, dimRoundingMode } = attrs;
  return tf.depthwiseConv2d(
    x as Images,
    filter as Images,
    strides,
    pad as "valid" | "same",
    "NHWC",
    dilations,
    dimRoundingMode,
  );
}

/*
 * A convolution is linear in the image and in the filter. So its three kernels are each other's gradients:
 * each is the same sum over triples of image, filter and result, solved for another of the three.
 */
function inputGradient(kernelName: string, filterKernel: string, forward: typeof convolve): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ["dy", "filter"],
    gradFunc: (ddx, [dy, filter], attrs) => ({
      dy: () => forward(ddx as tf.Tensor, filter, attrs as unknown as ConvolutionAttrs),
      filter: () => {
        const { inputShape: _, ...rest } = attrs;
        return run(filterKernel, { x: ddx as tf.Tensor, dy }, { ...rest, filterShape: filter.shape });
      },
    }),
  };
}

function filterGradient(kernelName: string, inputKernel: string, forward: typeof convolve): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ["x", "dy"],
    gradFunc: (ddw, [x, dy], attrs) => ({
      x: () => {
        const { filterShape: _, ...rest } = attrs;
        return run(inputKernel, { dy, filter: ddw as tf.Tensor }, { ...rest, inputShape: x.shape });
      },
      dy: () => forward(x, ddw as tf.Tensor, attrs as unknown as ConvolutionAttrs),
    }),
  };
}

/** TensorFlow.js has the first of these, but without dilation. */
export const CONVOLUTION_GRADIENTS: readonly tf.GradConfig[] = [
  inputGradient("Conv2DBackpropInput", "Conv2DBackpropFilter", convolve),
  filterGradient("Conv2DBackpropFilter", "Conv2DBackpropInput", convolve),
  inputGradient(
    "DepthwiseConv2dNativeBackpropInput",
    "DepthwiseConv2dNativeBackpropFilter",
    convolveDepthwise,
  ),
  filterGradient(
    "DepthwiseConv2dNativeBackpropFilter",
    "DepthwiseConv2dNativeBackpropInput",
    convolveDepthwise,
  ),
];

/** The gradient of elu is dy from y = 0 up, and dy * (y + 1) below. */
const eluGradient: tf.GradConfig = {
  kernelName: "EluGrad",
  inputsToSave: ["dy", "y"],
  gradFunc: (ddx, [dy, y]) => ({
    dy: () => run("EluGrad", { dy: ddx as tf.Tensor, y }, {}),
    y: () => tf.mul(tf.mul(ddx as tf.Tensor, dy), tf.cast(tf.less(y, 0), "float32")),
  }),
};

/** The gradient of a maximum picks; seen from behind, each maximum gets what lies where it stood. */
const maxPoolGradient: tf.GradConfig = {
  kernelName: "MaxPoolGrad",
  inputsToSave: ["dy", "input", "output"],
  gradFunc: (ddx, [dy, input, output], attrs) => ({
    dy: () => {
      const argmax = { ...attrs, includeBatchInIndex: true };
      const [, places] = tf.engine().runKernel("MaxPoolWithArgmax", { x: input }, argmax) as tf.Tensor[];
      const flat = tf.reshape(ddx as tf.Tensor, [-1]);
      return tf.reshape(tf.gather(flat, tf.reshape(places, [-1]) as tf.Tensor1D), dy.shape);
    },
    input: () => noGradient(input),
    output: () => noGradient(output),
  }),
};

interface PoolAttrs {
  filterSize: number | [number, number];
  strides: number | [number, number];
  pad: number | "valid" | "same";
}

const avgPoolGradient: tf.GradConfig = {
  kernelName: "AvgPoolGrad",
  inputsToSave: ["input"],
  gradFunc: (ddx, [input], attrs) => ({
    dy: () => {
      const { filterSize, strides, pad } = attrs as unknown as PoolAttrs;
      return tf.avgPool(ddx as Images, filterSize, strides, pad);
    },
    input: () => noGradient(input),
  }),
};

/** Resizing is linear in the image: the gradient of its gradient is the resizing itself. */
function resizeGradient(kernelName: string, forward: typeof tf.image.resizeBilinear): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ["dy", "images"],
    gradFunc: (ddx, [dy, images], attrs) => ({
      dy: () => {
        const size: [number, number] = [dy.shape[1] as number, dy.shape[2] as number];
        return forward(ddx as Images, size, Boolean(attrs.alignCorners), Boolean(attrs.halfPixelCenters));
      },
      images: () => noGradient(images),
    }),
  };
}

type Again = (x: tf.Tensor, attrs: tf.NamedAttrMap) => tf.Tensor;

/** Kernels whose gradients in TensorFlow.js are made of their results, and how a result is had again. */
const SAVING_RESULTS: readonly (readonly [kernelName: string, input: string, again: Again])[] = [
  ["Elu", "x", tf.elu],
  ["Exp", "x", tf.exp],
  ["Sigmoid", "x", tf.sigmoid],
  ["Tanh", "x", tf.tanh],
  ["Softmax", "logits", (logits, attrs) => tf.softmax(logits, attrs.dim as number)],
];

/**
 * TensorFlow.js puts the result that it saves on its tape before the operation itself, so that it looks like a
 * constant to an outer gradient, and second gradients come out wrong without a word. Where an outer
 * gradient is being recorded, the result is computed again from the input.
 *
 * Made when registered, since TensorFlow.js's own gradient must be there by then.
 */
export const TRACED_RESULTS: readonly (() => tf.GradConfig)[] = SAVING_RESULTS.map(
  ([kernelName, input, again]) =>
    () => {
      const own = tf.getGradient(kernelName);
      return {
        kernelName,
        inputsToSave: [input],
        outputsToSave: [true],
        gradFunc: (dy, [x, y], attrs) => {
          const isRecorded = tf.engine().state.gradientDepth > 0;
          return own.gradFunc(dy, [isRecorded ? again(x, attrs) : y], attrs);
        },
      };
    },
);

/** Gradients of the other kernels that gradients are made of. */
export const SECOND_ORDER: readonly tf.GradConfig[] = [
  ...CONSTANT.map(([kernelName, inputs]) => constant(kernelName, inputs)),
  eluGradient,
  maxPoolGradient,
  avgPoolGradient,
  resizeGradient("ResizeBilinearGrad", tf.image.resizeBilinear),
  resizeGradient("ResizeNearestNeighborGrad", tf.image.resizeNearestNeighbor),
];
