import * as tf from "@tensorflow/tfjs-core";
import { type OpCase, optional, signed } from "./case.ts";

type Image = tf.Tensor4D;

interface Geometry {
  size: [number, number];
  channels: [number, number];
  kernel: [number, number];
  strides: number | [number, number];
  pad: "same" | "valid" | number | tf.backend_util.ExplicitPadding;
  batch?: number;
}

const EXPLICIT: tf.backend_util.ExplicitPadding = [
  [0, 0],
  [1, 2],
  [2, 0],
  [0, 0],
];

function describeGeometry({ size, channels, kernel, strides, pad, batch = 2 }: Geometry): string {
  const padding = typeof pad === "object" ? "explicit" : pad;
  const steps = typeof strides === "number" ? strides : strides.join("x");
  return `${batch}x${size.join("x")} ${channels.join("->")} k${kernel.join("x")} s${steps} ${padding}`;
}

function geometries(): Geometry[] {
  const list: Geometry[] = [];
  for (const kernel of [1, 3, 4]) {
    for (const strides of [1, 2]) {
      for (const pad of ["same", "valid"] as const) {
        const common = { kernel: [kernel, kernel] as [number, number], strides, pad };
        list.push(
          { ...common, size: [8, 8], channels: [3, 4] },
          { ...common, size: [7, 9], channels: [2, 3] },
        );
      }
    }
  }
  list.push(
    { size: [6, 6], channels: [1, 5], kernel: [4, 4], strides: 2, pad: "same" },
    { size: [6, 6], channels: [5, 1], kernel: [4, 4], strides: 1, pad: "same" },
    { size: [8, 8], channels: [1, 1], kernel: [3, 3], strides: 1, pad: "same", batch: 1 },
    { size: [2, 2], channels: [4, 4], kernel: [4, 4], strides: 2, pad: "same" },
    { size: [1, 1], channels: [4, 3], kernel: [4, 4], strides: 1, pad: "same" },
    { size: [9, 6], channels: [2, 2], kernel: [5, 3], strides: [1, 2], pad: "same" },
    { size: [9, 6], channels: [2, 2], kernel: [1, 7], strides: 1, pad: "same" },
    { size: [11, 10], channels: [2, 3], kernel: [3, 3], strides: 3, pad: "same" },
    { size: [10, 11], channels: [2, 3], kernel: [1, 1], strides: 3, pad: "valid" },
    { size: [7, 7], channels: [2, 3], kernel: [3, 3], strides: 1, pad: 1 },
    { size: [8, 8], channels: [2, 3], kernel: [4, 4], strides: 2, pad: 1 },
    { size: [8, 7], channels: [2, 3], kernel: [3, 3], strides: 1, pad: EXPLICIT },
    { size: [8, 7], channels: [2, 3], kernel: [4, 4], strides: 2, pad: EXPLICIT },
    { size: [8, 8], channels: [16, 20], kernel: [3, 3], strides: 1, pad: "same" },
  );
  return list;
}

function conv2d(geometry: Geometry): OpCase {
  const { size, channels, kernel, strides, pad, batch = 2 } = geometry;
  return {
    name: `conv2d ${describeGeometry(geometry)}`,
    inputs: [signed(batch, ...size, channels[0]), signed(...kernel, ...channels)],
    run: (x: Image, filter: Image) => tf.conv2d(x, filter, strides, pad),
  };
}

/** `size` is the size of the result. */
function conv2dTranspose(geometry: Geometry): OpCase {
  const { size, channels, kernel, strides, pad, batch = 2 } = geometry;
  const stride = strides as number;
  const input = size.map((length, axis) =>
    pad === "same" ? Math.ceil(length / stride) : Math.ceil((length - kernel[axis]! + 1) / stride),
  );
  return {
    name: `conv2dTranspose to ${describeGeometry(geometry)}`,
    inputs: [signed(batch, ...input, channels[0]), signed(...kernel, channels[1], channels[0])],
    run: (x: Image, filter: Image) =>
      tf.conv2dTranspose(x, filter, [batch, ...size, channels[1]], stride, pad as "same" | "valid"),
  };
}

const TRANSPOSED: Geometry[] = [
  { size: [8, 8], channels: [3, 4], kernel: [4, 4], strides: 2, pad: "same" },
  { size: [6, 10], channels: [4, 2], kernel: [4, 4], strides: 2, pad: "same", batch: 1 },
  { size: [2, 2], channels: [5, 3], kernel: [4, 4], strides: 2, pad: "same" },
  { size: [8, 8], channels: [3, 2], kernel: [3, 3], strides: 2, pad: "same" },
  { size: [7, 9], channels: [3, 2], kernel: [3, 3], strides: 2, pad: "same" },
  { size: [7, 9], channels: [3, 2], kernel: [4, 4], strides: 2, pad: "same" },
  { size: [8, 8], channels: [3, 2], kernel: [2, 2], strides: 2, pad: "valid" },
  { size: [10, 10], channels: [3, 2], kernel: [4, 4], strides: 2, pad: "valid" },
  { size: [5, 6], channels: [3, 2], kernel: [3, 3], strides: 1, pad: "same" },
  { size: [5, 6], channels: [3, 1], kernel: [4, 4], strides: 1, pad: "same" },
  { size: [7, 7], channels: [2, 3], kernel: [4, 4], strides: 1, pad: "valid" },
  { size: [9, 9], channels: [2, 3], kernel: [3, 3], strides: 3, pad: "same" },
  { size: [6, 6], channels: [2, 3], kernel: [1, 1], strides: 2, pad: "same" },
];

function depthwise(): OpCase[] {
  const list: OpCase[] = [];
  for (const strides of [1, 2]) {
    for (const pad of ["same", "valid"] as const) {
      for (const multiplier of [1, 2]) {
        list.push({
          name: `depthwiseConv2d x${multiplier} s${strides} ${pad}`,
          inputs: [signed(2, 7, 8, 3), signed(3, 3, 3, multiplier)],
          run: (x: Image, filter: Image) => tf.depthwiseConv2d(x, filter, strides, pad),
        });
      }
    }
  }
  list.push({
    name: "separableConv2d",
    inputs: [signed(1, 6, 6, 3), signed(3, 3, 3, 2), signed(1, 1, 6, 4)],
    run: (x: Image, deep: Image, point: Image) => tf.separableConv2d(x, deep, point, 1, "same"),
  });
  return list;
}

/** TensorFlow.js refuses these gradients; finite differences judge. */
function dilated(): OpCase[] {
  const list: OpCase[] = [];
  for (const pad of ["same", "valid"] as const) {
    for (const channels of [2, 16]) {
      list.push({
        name: `conv2d ${channels} channels, dilated, ${pad}`,
        inputs: [signed(2, 9, 8, channels), signed(3, 3, channels, 3)],
        cpuGradient: false,
        run: (x: Image, filter: Image) => tf.conv2d(x, filter, 1, pad, "NHWC", [2, 3]),
      });
    }
    list.push({
      name: `depthwiseConv2d dilated ${pad}`,
      inputs: [signed(2, 9, 8, 3), signed(3, 3, 3, 2)],
      cpuGradient: false,
      run: (x: Image, filter: Image) => tf.depthwiseConv2d(x, filter, 1, pad, "NHWC", 2),
    });
  }
  return list;
}

function channelsFirst(): OpCase[] {
  const list: OpCase[] = [];
  for (const [kernel, strides, pad] of [
    [3, 1, "same"],
    [4, 2, "same"],
    [3, 2, "valid"],
  ] as const) {
    for (const channels of [2, 64]) {
      list.push({
        name: `conv2d NCHW ${channels} channels k${kernel} s${strides} ${pad}`,
        inputs: [signed(2, channels, 7, 6), signed(kernel, kernel, channels, 3)],
        run: (x: Image, filter: Image) => tf.conv2d(x, filter, strides, pad, "NCHW"),
      });
    }
  }
  list.push({
    name: "convolution, then conv2d NCHW",
    inputs: [signed(1, 5, 6, 2), signed(3, 3, 2, 4), signed(3, 3, 4, 3)],
    run: (x: Image, first: Image, second: Image) => {
      const images = tf.transpose(tf.conv2d(x, first, 1, "same"), [0, 3, 1, 2]);
      return tf.relu(tf.conv2d(images, second, 1, "same", "NCHW"));
    },
    finiteDifferences: false,
  });
  return list;
}

/** The last window reaches beyond the padding. */
function roundedUp(): OpCase[] {
  return [
    {
      name: "conv2d, sizes rounded up",
      inputs: [signed(2, 8, 7, 2), signed(3, 3, 2, 3)],
      // TensorFlow.js's gradient rounds down.
      gradient: false,
      run: (x: Image, filter: Image) => tf.conv2d(x, filter, 2, 0, "NHWC", 1, "ceil"),
    },
  ];
}

/**
 * With a number for padding TensorFlow.js takes the columns to be as many as a square filter and stride would
 * leave; and what is smaller than its filter comes out empty.
 */
function oddSizes(): OpCase[] {
  const list: OpCase[] = [];
  for (const [kernel, strides, pad] of [
    [[1, 4], [1, 1], 1],
    [[4, 1], [1, 1], 2],
    [[3, 3], [2, 1], 1],
    [[3, 2], [1, 2], 0],
  ] as [[number, number], [number, number], number][]) {
    list.push({
      name: `conv2d k${kernel.join("x")} s${strides.join("x")} padded by ${pad}`,
      inputs: [signed(2, 7, 6, 2), signed(...kernel, 2, 3)],
      mayFallBack: true,
      run: (x: Image, filter: Image) => tf.conv2d(x, filter, strides, pad),
    });
  }
  list.push({
    name: "conv2d smaller than its filter",
    inputs: [signed(2, 3, 6, 2), signed(4, 4, 2, 3)],
    gradient: false,
    mayFallBack: true,
    run: (x: Image, filter: Image) => tf.conv2d(x, filter, 1, "valid"),
  });
  return list;
}

export const CONVOLUTION_CASES: OpCase[] = [
  ...geometries().map(conv2d),
  ...TRANSPOSED.map(conv2dTranspose),
  ...depthwise(),
  ...dilated(),
  ...channelsFirst(),
  ...roundedUp(),
  ...oddSizes(),
  {
    name: "conv1d",
    inputs: [signed(2, 9, 3), signed(4, 3, 2)],
    run: (x: tf.Tensor3D, filter: tf.Tensor3D) => tf.conv1d(x, filter, 2, "valid"),
  },
  ...(["linear", "relu", "elu", "sigmoid"] as const).map((activation) => ({
    name: `fused.conv2d with bias and ${activation}`,
    inputs: [signed(2, 6, 6, 2), signed(3, 3, 2, 3), signed(3)],
    // Sums of products may lie anywhere, so a kink of relu may be crossed.
    finiteDifferences: activation !== "relu",
    run: (x: Image, filter: Image, bias: tf.Tensor1D) =>
      tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation }),
  })),
  ...optional([
    {
      name: "conv3d",
      inputs: [signed(1, 4, 4, 4, 2), signed(2, 2, 2, 2, 2)],
      run: (x: tf.Tensor5D, filter: tf.Tensor5D) => tf.conv3d(x, filter, 1, "same"),
    },
  ]),
];
