/**
 * First gradients of kernels that have none in TensorFlow.js.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";

/** [n, h, w, c] becomes [n, h * block, w * block, c / block^2]; the way back reorders, too. */
const depthToSpace: tf.GradConfig = {
  kernelName: "DepthToSpace",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const block = attrs.blockSize as number;
      const channelsFirst = attrs.dataFormat === "NCHW";
      const [batch, ...sizes] = (x as tf.Tensor4D).shape;
      const [height, width, channels] = channelsFirst ? [sizes[1], sizes[2], sizes[0]] : sizes;
      const depth = channels / (block * block);
      const split = channelsFirst
        ? tf.reshape(dy as tf.Tensor, [batch, depth, height, block, width, block])
        : tf.reshape(dy as tf.Tensor, [batch, height, block, width, block, depth]);
      const order = channelsFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 2, 4, 5];
      return tf.reshape(tf.transpose(split, order), x.shape);
    },
  }),
};

/** Adds zeros between, before and behind along one axis, so that element i stands at `first + i * stride`. */
function spreadAxis(x: tf.Tensor, axis: number, first: number, stride: number, length: number): tf.Tensor {
  const count = x.shape[axis];
  const before = tf.util.sizeFromShape(x.shape.slice(0, axis));
  const after = tf.util.sizeFromShape(x.shape.slice(axis + 1));
  const spaced = tf.pad(tf.reshape(x, [before, count, 1, after]), [
    [0, 0],
    [0, 0],
    [0, stride - 1],
    [0, 0],
  ]);
  const span = (count - 1) * stride + 1;
  const cut = tf.slice(tf.reshape(spaced, [before, count * stride, after]), [0, 0, 0], [-1, span, -1]);
  const padded = tf.pad(cut, [
    [0, 0],
    [first, length - first - span],
    [0, 0],
  ]);
  return tf.reshape(
    padded,
    x.shape.map((dim, i) => (i === axis ? length : dim)),
  );
}

interface StridedSliceAttrs {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

const stridedSlice: tf.GradConfig = {
  kernelName: "StridedSlice",
  inputsToSave: ["x"],
  gradFunc: (dy, [x], attrs) => ({
    x: () => {
      const asked = attrs as unknown as StridedSliceAttrs;
      const { begin, end, strides } = tf.slice_util.sliceInfo(
        x.shape,
        asked.begin,
        asked.end,
        asked.strides,
        asked.beginMask,
        asked.endMask,
        asked.ellipsisMask,
        asked.newAxisMask,
        asked.shrinkAxisMask,
      );
      const sizes = tf.slice_util.computeOutShape(begin, end, strides);
      if (sizes.includes(0)) return tf.zerosLike(x);
      let gradient = tf.reshape(dy as tf.Tensor, sizes);
      for (const [axis, stride] of strides.entries()) {
        if (stride < 0) gradient = tf.reverse(gradient, axis);
        const first = stride < 0 ? begin[axis] + (sizes[axis] - 1) * stride : begin[axis];
        if (sizes[axis] !== x.shape[axis]) {
          gradient = spreadAxis(gradient, axis, first, Math.abs(stride), x.shape[axis]);
        }
      }
      return gradient;
    },
  }),
};

const topK: tf.GradConfig = {
  kernelName: "TopK",
  inputsToSave: ["x"],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, indices]) => ({
    x: () => {
      const [dy] = dys as unknown as tf.Tensor[];
      const places = tf.oneHot(indices, x.shape[x.rank - 1], 1, 0, "float32");
      return tf.sum(tf.mul(tf.expandDims(dy, -1), places), -2);
    },
  }),
};

const gatherNd: tf.GradConfig = {
  kernelName: "GatherNd",
  inputsToSave: ["params", "indices"],
  gradFunc: (dy, [params, indices]) => ({
    params: () => tf.scatterND(indices, dy as tf.Tensor, params.shape as [number]),
  }),
};

const scatterNd: tf.GradConfig = {
  kernelName: "ScatterNd",
  inputsToSave: ["indices"],
  gradFunc: (dy, [indices]) => ({
    updates: () => tf.gatherND(dy as tf.Tensor, indices),
  }),
};

const flipLeftRight: tf.GradConfig = {
  kernelName: "FlipLeftRight",
  gradFunc: (dy) => ({ image: () => tf.reverse(dy as tf.Tensor, 2) }),
};

/**
 * Each factor's gradient is the sum over the result and the other factor. A letter of the factor that neither
 * has was summed over alone: there all elements share one gradient.
 */
const einsum: tf.GradConfig = {
  kernelName: "Einsum",
  saveAllInputs: true,
  gradFunc: (dy, factors, attrs) => {
    const [terms, result] = (attrs.equation as string).replace(/\s/g, "").split("->");
    const letters = terms.split(",");
    const gradient = (i: number): tf.Tensor => {
      const others = letters.map((_, k) => k).filter((k) => k !== i);
      const sources = [result, ...others.map((k) => letters[k])];
      const own = [...letters[i]];
      const known = own.filter((letter) => sources.some((source) => source.includes(letter)));
      const reverse = `${sources.join(",")}->${known.join("")}`;
      const partial = tf.einsum(reverse, dy as tf.Tensor, ...others.map((k) => factors[k]));
      const shape = factors[i].shape;
      const expanded = own.map((letter, axis) => (known.includes(letter) ? shape[axis] : 1));
      return tf.broadcastTo(tf.reshape(partial, expanded), shape);
    };
    return Object.fromEntries(letters.map((_, i) => [String(i), () => gradient(i)]));
  },
};

/** Gradients of kernels that have none. */
export const MISSING: readonly tf.GradConfig[] = [
  depthToSpace,
  stridedSlice,
  topK,
  gatherNd,
  scatterNd,
  flipLeftRight,
  einsum,
];
