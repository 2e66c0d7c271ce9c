import { backend_util } from "@tensorflow/tfjs-core";
import { NCHW, physicalDims, sizeOf } from "../layout.ts";
import type { OnnxAttribute } from "../onnx/index.ts";
import { type Attrs, type Kernel, single } from "./kernel.ts";

function poolInfo(shape: readonly number[], attrs: Attrs, type: "max" | "avg"): backend_util.Conv2DInfo {
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    attrs.filterSize as number,
    attrs.strides as number,
    1,
    attrs.pad as "same" | "valid" | number,
    attrs.dimRoundingMode as "floor" | undefined,
    type === "max" ? "channelsLast" : "channelsLast",
  );
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
  return Math.max(top, bottom) < info.filterHeight && Math.max(left, right) < info.filterWidth;
}

function pool(name: string, onnx: string, type: "max" | "avg"): Kernel {
  return {
    name,
    inputs: ["x"],
    infer([x], attrs) {
      if (x.dtype !== "float32") return null;
      const info = poolInfo(x.shape, attrs, type);
      return isPoolable(info) ? single(info.outShape, "float32") : null;
    },
    lower(lowering, op) {
      const info = poolInfo(op.inputs[0].shape, op.attrs, type);
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
    return isPoolable(poolInfo(input.shape, attrs, "max")) ? single(input.shape, "float32") : null;
  },
  lower(lowering, op) {
    const [dy, input] = op.inputs;
    const info = poolInfo(input.shape, op.attrs, "max");
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

/** Spreads each gradient over its window, divided by how many of the window's pixels lie inside. */
const avgPoolGradient: Kernel = {
  name: "AvgPoolGrad",
  inputs: ["dy", "input"],
  infer([, input], attrs) {
    return isPoolable(poolInfo(input.shape, attrs, "avg")) ? single(input.shape, "float32") : null;
  },
  lower(lowering, op) {
    const [dy, input] = op.inputs;
    const info = poolInfo(input.shape, op.attrs, "avg");
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
  pool("MaxPool", "MaxPool", "max"),
  pool("AvgPool", "AveragePool", "avg"),
  maxPoolGradient,
  avgPoolGradient,
];
