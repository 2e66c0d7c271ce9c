import { backend_util, util } from "@tensorflow/tfjs-core";
import { NCHW, physicalDims, sizeOf } from "../layout.ts";
import type { OnnxAttribute } from "../onnx/index.ts";
import { isExpressible, reachedPadding } from "./conv.ts";
import { type Attrs, type Kernel, single } from "./kernel.ts";

function poolInfo(shape: readonly number[], attrs: Attrs): backend_util.Conv2DInfo {
  const info = backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad as "same" | "valid" | number,
    attrs.dimRoundingMode as "floor" | undefined,
    "channelsLast",
  );
  return { ...info, padInfo: reachedPadding(info) };
}

function poolAttributes(info: backend_util.Conv2DInfo): Record<string, OnnxAttribute> {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: { is: [info.filterHeight, info.filterWidth] },
    strides: { is: [info.strideHeight, info.strideWidth] },
    pads: { is: [top, left, bottom, right] },
  };
}

/** ONNX Runtime refuses padding as wide as the window; TensorFlow.js allows it. */
function isPoolable(info: backend_util.Conv2DInfo): boolean {
  const { top, left, bottom, right } = info.padInfo;
  const isNarrow = Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth;
  return isNarrow && isExpressible(info);
}

function pool(name: string, onnx: string): Kernel {
  return {
    name,
    inputs: ["x"],
    infer([x], attrs) {
      if (x.dtype !== "float32") return null;
      const info = poolInfo(x.shape, attrs);
      return isPoolable(info) ? single(info.outShape, "float32") : null;
    },
    lower(lowering, op) {
      const info = poolInfo(op.inputs[0].shape, op.attrs);
      const name = lowering.emit(onnx, [lowering.get(op.inputs[0], NCHW)], poolAttributes(info));
      lowering.set(op.outputs[0], name, NCHW);
    },
  };
}

/** Sends each gradient to where the window's maximum was, by the flat indices that ONNX's MaxPool reports. */
const maxPoolGradient: Kernel = {
  name: "MaxPoolGrad",
  inputs: ["dy", "input"],
  infer([, input], attrs) {
    return input.dtype === "float32" && isPoolable(poolInfo(input.shape, attrs))
      ? single(input.shape, "float32")
      : null;
  },
  lower(lowering, op) {
    const [dy, input] = op.inputs;
    const info = poolInfo(input.shape, op.attrs);
    const [, indices] = lowering.emitMany("MaxPool", [lowering.get(input, NCHW)], 2, poolAttributes(info));
    const zeros = lowering.emit("Expand", [
      lowering.scalar(0, "float32", 1),
      lowering.int64([sizeOf(input.shape)]),
    ]);
    const flat = lowering.emit(
      "ScatterElements",
      [zeros, lowering.reshape(indices, [-1]), lowering.reshape(lowering.get(dy, NCHW), [-1])],
      { axis: { i: 0 }, reduction: { s: "add" } },
    );
    lowering.set(op.outputs[0], lowering.reshape(flat, physicalDims(input.shape, NCHW)), NCHW);
  },
};

/**
 * The maxima and where they stood. ONNX counts places through [batch, channels, height, width], TensorFlow.js
 * through [height, width, channels], with or without the batch in front.
 */
const maxPoolWithArgmax: Kernel = {
  name: "MaxPoolWithArgmax",
  inputs: ["x"],
  infer([x], attrs) {
    const rank = x.shape.length;
    util.assert(rank === 4, () => `Error in maxPoolWithArgmax: input must be rank 4 but got rank ${rank}.`);
    const info = poolInfo(x.shape, attrs);
    if (x.dtype !== "float32" || !isPoolable(info)) return null;
    return [
      { shape: info.outShape, dtype: "float32" },
      { shape: info.outShape, dtype: "int32" },
    ];
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const [batch, height, width, channels] = x.shape;
    const info = poolInfo(x.shape, op.attrs);
    const pixels = lowering.get(x, NCHW);
    // TensorFlow.js passes over NaN here, the runtime does not.
    const numbers = lowering.emit("Where", [
      lowering.emit("IsNaN", [pixels]),
      lowering.scalar(Number.NEGATIVE_INFINITY, "float32"),
      pixels,
    ]);
    const [values, places] = lowering.emitMany("MaxPool", [numbers], 2, poolAttributes(info));
    const int32 = (numbers: number[], dims: number[]) =>
      lowering.reshape(lowering.emit("Cast", [lowering.int64(numbers)], { to: { i: 6 } }), dims);
    const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
    const pixel = lowering.emit("Mod", [
      lowering.emit("Cast", [places], { to: { i: 6 } }),
      lowering.scalar(height * width, "int32"),
    ]);
    const first = op.attrs.includeBatchInIndex ? upTo(batch).map((image) => image * height * width) : [0];
    const inBatch = lowering.emit("Add", [pixel, int32(first, [first.length, 1, 1, 1])]);
    const index = lowering.emit("Add", [
      lowering.emit("Mul", [inBatch, lowering.scalar(channels, "int32")]),
      int32(upTo(channels), [1, channels, 1, 1]),
    ]);
    lowering.set(op.outputs[0], values, NCHW);
    lowering.set(op.outputs[1], index, NCHW);
  },
};

/** Spreads each gradient over its window, divided by how many of the window's pixels lie inside. */
const avgPoolGradient: Kernel = {
  name: "AvgPoolGrad",
  inputs: ["dy", "input"],
  infer([, input], attrs) {
    return isPoolable(poolInfo(input.shape, attrs)) ? single(input.shape, "float32") : null;
  },
  lower(lowering, op) {
    const [dy, input] = op.inputs;
    const info = poolInfo(input.shape, op.attrs);
    const shares = lowering.float32(windowShares(info), [1, 1, info.outHeight, info.outWidth]);
    const weighted = lowering.emit("Mul", [lowering.get(dy, NCHW), shares]);
    const ones = lowering.emit("Expand", [
      lowering.scalar(1, "float32", 4),
      lowering.int64([info.inChannels, 1, info.filterHeight, info.filterWidth]),
    ]);
    const { top, left, bottom, right } = info.padInfo;
    const reach = (out: number, stride: number, size: number) => (out - 1) * stride + size;
    const name = lowering.emit("ConvTranspose", [weighted, ones], {
      ...poolAttributes(info),
      group: { i: info.inChannels },
      output_padding: {
        is: [
          info.inHeight - (reach(info.outHeight, info.strideHeight, info.filterHeight) - top - bottom),
          info.inWidth - (reach(info.outWidth, info.strideWidth, info.filterWidth) - left - right),
        ],
      },
    });
    lowering.set(op.outputs[0], name, NCHW);
  },
};

function windowShares(info: backend_util.Conv2DInfo): Float32Array {
  const inside = (position: number, stride: number, before: number, size: number, limit: number) => {
    const start = position * stride - before;
    return Math.min(start + size, limit) - Math.max(start, 0);
  };
  const shares = new Float32Array(info.outHeight * info.outWidth);
  for (let row = 0; row < info.outHeight; row += 1) {
    const rows = inside(row, info.strideHeight, info.padInfo.top, info.filterHeight, info.inHeight);
    for (let column = 0; column < info.outWidth; column += 1) {
      const columns = inside(column, info.strideWidth, info.padInfo.left, info.filterWidth, info.inWidth);
      shares[row * info.outWidth + column] = 1 / (rows * columns);
    }
  }
  return shares;
}

/** Pooling and its gradients. */
export const POOLING: readonly Kernel[] = [
  pool("MaxPool", "MaxPool"),
  pool("AvgPool", "AveragePool"),
  maxPoolWithArgmax,
  maxPoolGradient,
  avgPoolGradient,
];
