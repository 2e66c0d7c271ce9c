import * as tf from "@tensorflow/tfjs-core";
import { type OpCase, positive, signed } from "./case.ts";

type Image = tf.Tensor4D;

/**
 * A convolution followed by something else. A backend that keeps images in another order than
 * TensorFlow.js must put them back, or follow the axes, in each of these.
 */
function afterConvolution(name: string, then: (x: Image) => tf.Tensor | tf.Tensor[]): OpCase {
  return {
    name: `convolution, then ${name}`,
    inputs: [signed(2, 6, 5, 2), signed(3, 3, 2, 4)],
    run: (x: Image, filter: Image) => then(tf.conv2d(x, filter, 1, "same")),
  };
}

/** A fixed tensor with no two elements alike. */
function ramp(shape: number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    shape,
  );
}

const again = (x: Image, channels: number): Image =>
  tf.conv2d(x, ramp([3, 3, channels, 2]) as Image, 1, "same");

const CHAINS: OpCase[] = [
  afterConvolution("bias and tanh", (x) => tf.tanh(tf.add(x, [0.1, -0.2, 0.3, 0.4]))),
  afterConvolution("a sum with another order of the same values", (x) => tf.add(x, tf.reverse(x, [1, 3]))),
  afterConvolution("broadcast over rows", (x) => tf.mul(x, ramp([1, 1, 5, 1]))),
  afterConvolution("broadcast over images", (x) => tf.mul(x, ramp([2, 1, 1, 1]))),
  afterConvolution("broadcast from rank 3", (x) => tf.mul(x, ramp([5, 4]))),
  afterConvolution("broadcast to rank 5", (x) => tf.mul(x, ramp([3, 1, 1, 1, 1]))),
  afterConvolution("transpose", (x) => tf.transpose(x, [0, 3, 1, 2])),
  afterConvolution("transpose and product", (x) => tf.mul(tf.transpose(x, [3, 1, 2, 0]), 2)),
  afterConvolution("flatten and matMul", (x) => tf.matMul(tf.reshape(x, [2, 120]), ramp([120, 2]))),
  afterConvolution("reshape to an image again", (x) => again(tf.reshape(x, [2, 5, 6, 4]) as Image, 4)),
  afterConvolution("mean of each channel", (x) => tf.mean(x, [1, 2])),
  afterConvolution("mean of each channel, dimensions kept", (x) => tf.sub(x, tf.mean(x, [1, 2], true))),
  afterConvolution("sum over channels", (x) => tf.sum(x, 3)),
  afterConvolution("sum over channels, dimensions kept", (x) => tf.mul(x, tf.sum(x, 3, true))),
  afterConvolution("sum over rows", (x) => tf.sum(x, 1)),
  afterConvolution("softmax over channels", (x) => tf.softmax(x)),
  afterConvolution("slice of channels", (x) => again(tf.slice(x, [0, 0, 0, 1], [-1, -1, -1, 2]), 2)),
  afterConvolution("slice of rows", (x) => tf.slice(x, [0, 1, 2, 0], [2, 3, 2, 4])),
  afterConvolution("pad and convolution", (x) =>
    again(
      tf.pad(x, [
        [0, 0],
        [1, 0],
        [0, 2],
        [0, 0],
      ]) as Image,
      4,
    ),
  ),
  afterConvolution("concat of channels and convolution", (x) => again(tf.concat([x, tf.tanh(x)], 3), 8)),
  afterConvolution("concat with an input in the usual order", (x) => tf.concat([x, ramp([2, 6, 5, 1])], 3)),
  afterConvolution("concat of images", (x) => tf.concat([x, tf.mul(x, 2)], 0)),
  afterConvolution("unstack of channels", (x) => tf.unstack(x, 3)),
  afterConvolution("split of channels", (x) => tf.split(x, 2, 3)),
  afterConvolution("stack", (x) => tf.stack([x, tf.neg(x)], 2)),
  afterConvolution("gather of channels", (x) => tf.gather(x, tf.tensor1d([2, 0, 0], "int32"), 3)),
  afterConvolution("reverse of rows", (x) => tf.reverse(x, 1)),
  afterConvolution("tile", (x) => tf.tile(x, [1, 2, 1, 1])),
  afterConvolution("squeeze", (x) => tf.squeeze(tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]))),
  afterConvolution("average pooling", (x) => again(tf.avgPool(x, 2, 2, "valid"), 4)),
  // The cpu backend's gradients of resizes are wrong here: see the cases of the resizes themselves.
  ...[
    afterConvolution("nearest resize and convolution", (x) =>
      again(tf.image.resizeNearestNeighbor(x, [12, 10]), 4),
    ),
    afterConvolution("bilinear resize and convolution", (x) =>
      again(tf.image.resizeBilinear(x, [12, 10]), 4),
    ),
  ].map((entry) => ({ ...entry, cpuGradient: false })),
  afterConvolution("depthwise convolution", (x) =>
    tf.depthwiseConv2d(x, ramp([3, 3, 4, 1]) as Image, 1, "same"),
  ),
  afterConvolution("matMul over channels", (x) =>
    tf.matMul(x, tf.broadcastTo(ramp([1, 1, 4, 2]), [2, 6, 4, 2])),
  ),
  afterConvolution("itself and its square read", (x) => [x, tf.square(x)]),
];

const NETWORKS: OpCase[] = [
  {
    name: "U-Net of one level with batch normalization",
    inputs: [
      signed(2, 8, 8, 1),
      signed(4, 4, 1, 3),
      signed(4, 4, 3, 4),
      positive(4),
      signed(4, 4, 3, 4),
      signed(4, 4, 2, 6),
    ],
    // The two LeakyReLUs have kinks that a difference may cross.
    finiteDifferences: false,
    run: (x: Image, first: Image, second: Image, scale: tf.Tensor1D, up: Image, last: Image) => {
      const skip = tf.leakyRelu(tf.conv2d(x, first, 2, "same"), 0.2);
      const deep = tf.conv2d(skip, second, 2, "same");
      const { mean, variance } = tf.moments(deep, [0, 1, 2]);
      const center = mean as tf.Tensor1D;
      const normalized = tf.batchNorm(deep, center, variance as tf.Tensor1D, tf.zerosLike(center), scale);
      const raised = tf.conv2dTranspose(tf.leakyRelu(normalized, 0.2), up, [2, 4, 4, 3], 2, "same");
      return tf.tanh(tf.conv2dTranspose(tf.concat([skip, raised], 3), last, [2, 8, 8, 2], 2, "same"));
    },
  },
  {
    name: "attention",
    inputs: [signed(2, 5, 4), signed(2, 5, 4), signed(2, 5, 4)],
    run: (query: tf.Tensor, key: tf.Tensor, value: tf.Tensor) =>
      tf.matMul(tf.softmax(tf.mul(tf.matMul(query, key, false, true), 0.5)), value),
  },
];

export const NETWORK_CASES: OpCase[] = [...CHAINS, ...NETWORKS];
