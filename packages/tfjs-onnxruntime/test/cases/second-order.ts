import * as tf from "@tensorflow/tfjs-core";
import { type InputSpec, type OpCase, positive, signed, spread } from "./case.ts";

type Image = tf.Tensor4D;

/** A fixed tensor with no two elements alike, none of them zero. */
function ramp(shape: number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => 0.3 + 0.5 * Math.sin(i + 1)),
    shape,
  );
}

interface Options {
  /** False where the first gradient's own kernel is wrong on the cpu backend. */
  cpu?: boolean;
  finiteDifferences?: boolean;
}

/**
 * The gradients of a sum of squares, as functions whose own gradients are then checked: those are second
 * derivatives, along every path from one gradient to another.
 */
function second(
  name: string,
  inputs: InputSpec[],
  op: (...inputs: never[]) => tf.Tensor | tf.Tensor[],
  { cpu = true, finiteDifferences = true }: Options = {},
): OpCase {
  const run = op as unknown as (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  return {
    name: `second gradient of ${name}`,
    inputs,
    cpu,
    finiteDifferences,
    run: (...tensors) =>
      tf.grads((...xs: tf.Tensor[]) => {
        const results = [run(...xs)].flat();
        return results
          .map((result) => tf.sum(tf.mul(tf.square(result), ramp(result.shape))))
          .reduce((total, term) => tf.add(total, term));
      })(tensors),
  };
}

const CONVOLUTIONS: OpCase[] = [
  ...(
    [
      [3, 1, 2, 3],
      [4, 2, 2, 3],
      [4, 2, 16, 3],
      [4, 1, 40, 1],
      [1, 1, 3, 2],
    ] as const
  ).map(([kernel, strides, channels, filters]) =>
    second(
      `conv2d ${channels}->${filters} k${kernel} s${strides}`,
      [signed(2, 6, 6, channels), signed(kernel, kernel, channels, filters)],
      (x: Image, filter: Image) => tf.conv2d(x, filter, strides, "same"),
    ),
  ),
  second(
    "conv2d dilated",
    [signed(1, 7, 7, 2), signed(3, 3, 2, 2)],
    (x: Image, filter: Image) => tf.conv2d(x, filter, 1, "same", "NHWC", 2),
    { cpu: false },
  ),
  second("conv2dTranspose", [signed(2, 3, 3, 3), signed(4, 4, 2, 3)], (x: Image, filter: Image) =>
    tf.conv2dTranspose(x, filter, [2, 6, 6, 2], 2, "same"),
  ),
  second("depthwiseConv2d", [signed(2, 6, 5, 3), signed(3, 3, 3, 2)], (x: Image, filter: Image) =>
    tf.depthwiseConv2d(x, filter, 1, "same"),
  ),
  second("depthwiseConv2d s2", [signed(2, 6, 5, 3), signed(3, 3, 3, 1)], (x: Image, filter: Image) =>
    tf.depthwiseConv2d(x, filter, 2, "same"),
  ),
  second("maxPool", [spread(2, 6, 6, 3)], (x: Image) => tf.maxPool(x, 2, 2, "valid")),
  second("maxPool overlapping", [spread(2, 7, 6, 2)], (x: Image) => tf.maxPool(x, 3, 2, "same")),
  second("avgPool", [signed(2, 6, 6, 3)], (x: Image) => tf.avgPool(x, 2, 2, "valid")),
  second("avgPool overlapping", [signed(2, 7, 6, 3)], (x: Image) => tf.avgPool(x, 3, 2, "same"), {
    cpu: false,
  }),
  second(
    "resizeBilinear",
    [signed(2, 3, 4, 2)],
    (x: Image) => tf.image.resizeBilinear(x, [6, 7], false, true),
    { cpu: false },
  ),
  second(
    "resizeNearestNeighbor",
    [signed(2, 3, 4, 2)],
    (x: Image) => tf.image.resizeNearestNeighbor(x, [6, 8]),
    { cpu: false },
  ),
];

const ACTIVATIONS: OpCase[] = [
  second("relu", [spread(3, 5)], tf.relu),
  second("relu6", [spread(4, 60)], tf.relu6),
  second("leakyRelu", [spread(3, 5)], (x: tf.Tensor) => tf.leakyRelu(x, 0.2)),
  second("prelu", [spread(2, 3, 3, 4), positive(4)], tf.prelu),
  second("elu", [spread(3, 5)], tf.elu),
  second("selu", [spread(3, 5)], tf.selu),
  second("sigmoid", [signed(3, 5)], tf.sigmoid),
  second("softplus", [signed(3, 5)], tf.softplus),
  second("tanh", [signed(3, 5)], tf.tanh),
  second("abs", [spread(3, 5)], tf.abs),
  second("clipByValue", [spread(3, 9)], (x: tf.Tensor) => tf.clipByValue(x, -0.4, 0.4)),
  second("exponential", [signed(3, 5)], tf.exp),
  second("softmax", [signed(3, 5)], tf.softmax),
];

const ARITHMETIC: OpCase[] = [
  second("division", [signed(3, 4), positive(4)], tf.div),
  second("power", [positive(3, 4)], (x: tf.Tensor) => tf.pow(x, 3)),
  second("square root", [positive(3, 4)], tf.sqrt),
  second("logarithm", [positive(3, 4)], tf.log),
  second("maximum of broadcast operands", [spread(3, 4), spread(4)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.maximum(a, tf.add(b, 0.025)),
  ),
  second("minimum of broadcast operands", [spread(3, 4), spread(1, 4)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.minimum(a, tf.add(b, 0.025)),
  ),
  second("squaredDifference of broadcast operands", [signed(3, 4), signed(4)], tf.squaredDifference),
  second("where over a comparison", [spread(3, 4), signed(3, 4)], (x: tf.Tensor, y: tf.Tensor) =>
    tf.where(tf.logicalAnd(tf.greater(x, -0.2), tf.lessEqual(x, 0.3)), tf.square(x), y),
  ),
  second("max over an axis", [spread(3, 5)], (x: tf.Tensor) => tf.max(x, 1)),
  second("min over an axis", [spread(3, 5)], (x: tf.Tensor) => tf.min(x, 0)),
  second("mean and sum", [signed(3, 4, 2)], (x: tf.Tensor) => [tf.mean(x, [0, 2]), tf.sum(x, 1, true)]),
  second("matMul", [signed(3, 4), signed(5, 4)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.matMul(a, b, false, true),
  ),
  second("matMul of a broadcast batch", [signed(1, 3, 4), signed(2, 4, 2)], tf.matMul),
  second("einsum", [signed(2, 3, 4), signed(4, 2)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.einsum("bij,jk->bki", a, b),
  ),
  second("division by the euclidean norm", [positive(3, 4)], (x: tf.Tensor) => tf.div(x, tf.norm(x))),
];

const STRUCTURE: OpCase[] = [
  second("concat", [signed(2, 3), signed(2, 2)], (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b], 1)),
  second("stack and unstack", [signed(2, 3), signed(2, 3)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.unstack(tf.stack([a, b], 1), 2),
  ),
  second("slice and pad", [signed(4, 3)], (x: tf.Tensor) =>
    tf.pad(tf.slice(x, [1, 0], [2, 3]), [
      [0, 1],
      [2, 0],
    ]),
  ),
  second("split", [signed(2, 6)], (x: tf.Tensor) => tf.split(x, [2, 4], 1)),
  second("strided slice", [signed(5, 6)], (x: tf.Tensor) => tf.stridedSlice(x, [0, 4], [5, 0], [2, -2])),
  second("reverse", [signed(2, 4)], (x: tf.Tensor) => tf.reverse(x, 1)),
  second("transpose and reshape", [signed(2, 3, 4)], (x: tf.Tensor) =>
    tf.reshape(tf.transpose(x, [2, 0, 1]), [8, 3]),
  ),
  second("tile", [signed(2, 1, 3)], (x: tf.Tensor) => tf.tile(x, [2, 3, 1])),
  second("broadcastTo", [signed(2, 1, 3)], (x: tf.Tensor) => tf.broadcastTo(x, [2, 4, 3])),
  second("gather", [signed(4, 3)], (x: tf.Tensor) => tf.gather(x, tf.tensor1d([2, 0, 2], "int32"))),
  second("cumsum", [signed(3, 4)], (x: tf.Tensor) => tf.cumsum(x, 1)),
  second("depthToSpace", [signed(1, 2, 3, 8)], (x: Image) => tf.depthToSpace(x, 2)),
];

const NORMALIZATION: OpCase[] = [
  second(
    "batch normalization in training",
    [signed(3, 4, 4, 2), signed(2), positive(2)],
    (x: Image, offset: tf.Tensor1D, scale: tf.Tensor1D) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-3);
    },
  ),
  second(
    "batch normalization of vectors",
    [signed(6, 2), signed(2), positive(2)],
    (x: tf.Tensor2D, offset: tf.Tensor1D, scale: tf.Tensor1D) => {
      const { mean, variance } = tf.moments(x, [0]);
      return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, offset, scale, 1e-3);
    },
  ),
  second("instance normalization", [signed(2, 4, 4, 2)], (x: tf.Tensor) => {
    const { mean, variance } = tf.moments(x, [1, 2], true);
    return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-3)));
  }),
];

const LOSSES: OpCase[] = [
  second("sigmoid cross-entropy", [positive(3, 2), signed(3, 2)], (labels: tf.Tensor, logits: tf.Tensor) =>
    tf.losses.sigmoidCrossEntropy(labels, logits),
  ),
  second("mean squared error", [signed(3, 2), signed(3, 2)], (labels: tf.Tensor, logits: tf.Tensor) =>
    tf.losses.meanSquaredError(labels, logits),
  ),
  second("hinge", [signed(3, 4)], (logits: tf.Tensor) => tf.mean(tf.relu(tf.sub(1.05, logits)))),
];

export const SECOND_ORDER_CASES: OpCase[] = [
  ...CONVOLUTIONS,
  ...ACTIVATIONS,
  ...ARITHMETIC,
  ...STRUCTURE,
  ...NORMALIZATION,
  ...LOSSES,
];
