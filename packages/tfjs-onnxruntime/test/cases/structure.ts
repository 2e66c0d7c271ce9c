import * as tf from "@tensorflow/tfjs-core";
import { forwardOnly, index, type OpCase, signed, spread } from "./case.ts";

type Image = tf.Tensor4D;

const CONCAT: OpCase[] = [0, 1, 2, 3].map((axis) => {
  const shapes = [2, 3, 1].map((length) => [2, 3, 3, 2].with(axis, length));
  return {
    name: `concat three, axis ${axis}`,
    inputs: shapes.map((shape) => signed(...shape)),
    run: (...xs: tf.Tensor[]) => tf.concat(xs, axis),
  };
});

const SLICES: OpCase[] = [
  { name: "slice1d", inputs: [signed(7)], run: (x) => tf.slice(x, [2], [3]) },
  { name: "slice2d to the end", inputs: [signed(4, 5)], run: (x) => tf.slice(x, [1, 2]) },
  {
    name: "slice channels",
    inputs: [signed(2, 3, 3, 4)],
    run: (x) => tf.slice(x, [0, 0, 0, 1], [2, 3, 3, 2]),
  },
  { name: "slice crop", inputs: [signed(2, 5, 6, 2)], run: (x) => tf.slice(x, [0, 1, 2, 0], [-1, 3, 3, -1]) },
  { name: "split", inputs: [signed(2, 6)], run: (x) => tf.split(x, 3, 1) },
  { name: "split uneven", inputs: [signed(2, 6)], run: (x) => tf.split(x, [1, 3, 2], 1) },
  { name: "unstack", inputs: [signed(3, 2, 2)], run: (x) => tf.unstack(x, 1) },
  {
    name: "stridedSlice",
    inputs: [signed(6, 7)],
    // TensorFlow.js has no gradient of it.
    cpuGradient: false,
    run: (x) => tf.stridedSlice(x, [0, 5], [6, 0], [2, -2]),
  },
];

const PADS: OpCase[] = [
  {
    name: "pad2d",
    inputs: [signed(2, 3)],
    run: (x) =>
      tf.pad(x, [
        [1, 0],
        [2, 1],
      ]),
  },
  {
    name: "pad2d with 0.5",
    inputs: [signed(2, 3)],
    run: (x) =>
      tf.pad(
        x,
        [
          [1, 0],
          [2, 1],
        ],
        0.5,
      ),
  },
  {
    name: "pad4d",
    inputs: [signed(2, 3, 3, 2)],
    run: (x) =>
      tf.pad(x, [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ]),
  },
  {
    name: "pad channels",
    inputs: [signed(2, 3, 3, 2)],
    run: (x) =>
      tf.pad(x, [
        [0, 0],
        [0, 0],
        [0, 0],
        [1, 2],
      ]),
  },
  ...(["reflect", "symmetric"] as const).map((mode) => ({
    name: `mirrorPad ${mode}`,
    inputs: [signed(2, 4, 3, 2)],
    // Its gradient cuts the margins off.
    cpuGradient: false,
    run: (x: tf.Tensor) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [2, 1],
          [1, 2],
          [0, 0],
        ],
        mode,
      ),
  })),
  {
    name: "fill and linspace",
    inputs: [signed(2, 3)],
    run: (x) => [
      tf.mul(x, tf.fill([2, 3], 0.5)),
      tf.mul(x, tf.fill([3], 1)),
      tf.mul(x, tf.linspace(-1, 2, 3)),
    ],
  },
];

const TRANSPOSES: OpCase[] = [
  [1, 0],
  [2, 0, 1],
  [0, 2, 1],
  [0, 3, 1, 2],
  [0, 2, 3, 1],
  [3, 2, 1, 0],
  [0, 1, 2, 4, 3],
].map((order) => ({
  name: `transpose [${order}]`,
  inputs: [signed(...[2, 3, 4, 2, 2].slice(0, order.length))],
  run: (x: tf.Tensor) => tf.transpose(x, order),
}));

const SHAPES: OpCase[] = [
  { name: "reshape", inputs: [signed(2, 3, 4)], run: (x) => tf.reshape(x, [4, -1]) },
  {
    name: "reshape after transpose",
    inputs: [signed(2, 3, 4)],
    run: (x) => tf.reshape(tf.transpose(x), [6, 4]),
  },
  {
    name: "expandDims and squeeze",
    inputs: [signed(2, 1, 3)],
    run: (x) => [tf.expandDims(x, 1), tf.squeeze(x)],
  },
  { name: "stack", inputs: [signed(2, 3), signed(2, 3)], run: (...xs) => tf.stack(xs, 1) },
  { name: "tile", inputs: [signed(2, 3)], run: (x) => tf.tile(x, [2, 3]) },
  { name: "tile rank 4", inputs: [signed(1, 2, 1, 3)], run: (x) => tf.tile(x, [2, 1, 3, 1]) },
  { name: "broadcastTo", inputs: [signed(1, 3, 1)], run: (x) => tf.broadcastTo(x, [2, 3, 4]) },
  { name: "reverse axis", inputs: [signed(2, 3, 4)], run: (x) => tf.reverse(x, [1]) },
  { name: "reverse all", inputs: [signed(2, 3)], run: (x) => tf.reverse(x) },
  {
    name: "flip left to right",
    inputs: [signed(2, 3, 4, 2)],
    cpuGradient: false,
    run: (x: Image) => tf.image.flipLeftRight(x),
  },
];

const INDEXING: OpCase[] = [
  ...forwardOnly([
    {
      name: "gather by a matrix",
      inputs: [signed(4, 3), index(4, 2, 2)],
      run: (x, i: tf.Tensor1D) => tf.gather(x, i),
    },
    { name: "oneHot", inputs: [index(4, 5)], run: (i) => tf.oneHot(i, 4) },
    { name: "oneHot with values", inputs: [index(4, 2, 3)], run: (i) => tf.oneHot(i, 4, 0.9, 0.1) },
    {
      name: "argMax",
      inputs: [spread(3, 4, 2)],
      run: (x) => [tf.argMax(x, 0), tf.argMax(x, 1), tf.argMax(x, -1)],
    },
    { name: "argMin", inputs: [spread(3, 4)], run: (x) => tf.argMin(x, 1) },
  ]),
  {
    name: "gather axis 0",
    inputs: [signed(4, 3), index(4, 5)],
    run: (x, i: tf.Tensor1D) => tf.gather(x, i),
  },
  {
    name: "gather axis 1",
    inputs: [signed(2, 4, 3), index(4, 3)],
    run: (x, i: tf.Tensor1D) => tf.gather(x, i, 1),
  },
  {
    name: "gather last axis",
    inputs: [signed(2, 3, 4), index(4, 2)],
    run: (x, i: tf.Tensor1D) => tf.gather(x, i, 2),
  },
  { name: "cumsum", inputs: [signed(3, 4)], run: (x) => tf.cumsum(x, 1) },
  { name: "cumsum exclusive reverse", inputs: [signed(3, 4)], run: (x) => tf.cumsum(x, 1, true, true) },
  {
    name: "topk",
    inputs: [spread(3, 6)],
    // TensorFlow.js has no gradient of it, nor of the next.
    cpuGradient: false,
    run: (x) => {
      const { values, indices } = tf.topk(x, 3);
      return [values, indices];
    },
  },
  {
    name: "gatherND",
    inputs: [signed(3, 4), index(3, 5, 1)],
    run: (x, i) => tf.gatherND(x, i),
    cpuGradient: false,
  },
  {
    name: "scatterND",
    inputs: [index(4, 5, 1), signed(5, 2)],
    run: (i, x) => tf.scatterND(i, x, [4, 2]),
    cpuGradient: false,
  },
  {
    name: "tensorScatterUpdate",
    inputs: [signed(4, 2), signed(2, 2)],
    run: (x, updates) => tf.tensorScatterUpdate(x, tf.tensor2d([[2], [0]], [2, 1], "int32"), updates),
    gradient: false,
  },
  { name: "cumprod", inputs: [signed(3, 5)], run: (x) => tf.cumprod(x, 1), gradient: false },
  { name: "cumprod exclusive", inputs: [signed(7, 2)], run: (x) => tf.cumprod(x, 0, true), gradient: false },
  {
    name: "cumprod exclusive reverse",
    inputs: [signed(3, 6)],
    run: (x) => tf.cumprod(x, 1, true, true),
    gradient: false,
  },
  {
    name: "spaceToBatchND with margins",
    inputs: [signed(2, 5, 4, 3)],
    run: (x) =>
      tf.spaceToBatchND(
        x,
        [2, 3],
        [
          [1, 0],
          [0, 2],
        ],
      ),
  },
  {
    name: "batchToSpaceND with crops",
    inputs: [signed(12, 2, 3, 1)],
    run: (x) =>
      tf.batchToSpaceND(
        x,
        [2, 3],
        [
          [1, 0],
          [0, 2],
        ],
      ),
  },
  {
    name: "spaceToBatchND",
    inputs: [signed(1, 4, 4, 2)],
    run: (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
  },
  {
    name: "batchToSpaceND",
    inputs: [signed(4, 2, 2, 1)],
    run: (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
  },
  {
    name: "unsortedSegmentSum",
    inputs: [signed(5, 2), index(3, 5)],
    run: (x, i: tf.Tensor1D) => tf.unsortedSegmentSum(x, i, 3),
  },
];

export const STRUCTURE_CASES: OpCase[] = [
  ...CONCAT,
  ...SLICES,
  ...PADS,
  ...TRANSPOSES,
  ...SHAPES,
  ...INDEXING,
];
