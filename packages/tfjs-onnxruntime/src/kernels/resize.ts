import type { ValueNode } from "../graph.ts";
import { NCHW } from "../layout.ts";
import { type Attrs, type Kernel, ONNX_TYPE, single } from "./kernel.ts";

/** How far apart input samples lie, per output sample (TensorFlow's two conventions). */
function step(input: number, output: number, alignCorners: boolean): number {
  return alignCorners && output > 1 ? (input - 1) / (output - 1) : input / output;
}

function nearestIndices(input: number, output: number, alignCorners: boolean, halfPixel: boolean): number[] {
  const scale = step(input, output, alignCorners);
  return Array.from({ length: output }, (_, i) => {
    const position = scale * (halfPixel ? i + 0.5 : i);
    const index = alignCorners ? Math.round(position) : Math.floor(position);
    return Math.max(0, Math.min(input - 1, index));
  });
}

/** The whole factor of a plain enlargement, or null where the sizes or the convention are others. */
function enlargement(
  image: readonly number[],
  size: readonly number[],
  attrs: Attrs,
): [number, number] | null {
  if (attrs.alignCorners) return null;
  const rows = size[0] / image[1];
  const columns = size[1] / image[2];
  return Number.isInteger(rows) && Number.isInteger(columns) ? [rows, columns] : null;
}

const nearest: Kernel = {
  name: "ResizeNearestNeighbor",
  inputs: ["images"],
  infer([images], attrs) {
    const [height, width] = attrs.size as [number, number];
    const [batch, , , channels] = images.shape;
    return images.dtype === "bool" ? null : single([batch, height, width, channels], images.dtype);
  },
  lower(lowering, op) {
    const [images] = op.inputs;
    const size = op.attrs.size as [number, number];
    const factor = enlargement(images.shape, size, op.attrs);
    let name = lowering.get(images, NCHW);
    if (factor) {
      const scales = lowering.float32(new Float32Array([1, 1, ...factor]), [4]);
      name = lowering.emit("Resize", [name, "", scales], {
        mode: { s: "nearest" },
        coordinate_transformation_mode: { s: "asymmetric" },
        nearest_mode: { s: "floor" },
      });
    } else {
      const { alignCorners, halfPixelCenters } = op.attrs;
      [0, 1].forEach((axis) => {
        const indices = nearestIndices(
          images.shape[1 + axis],
          size[axis],
          Boolean(alignCorners),
          Boolean(halfPixelCenters),
        );
        name = lowering.emit("Gather", [name, lowering.int64(indices)], { axis: { i: 2 + axis } });
      });
    }
    lowering.set(op.outputs[0], name, NCHW);
  },
};

/** The weights [output, input] of a nearest-neighbour choice along one axis: a one in each row. */
function selection(input: number, output: number, alignCorners: boolean, halfPixel: boolean): Float32Array {
  const weights = new Float32Array(output * input);
  for (const [i, index] of nearestIndices(input, output, alignCorners, halfPixel).entries())
    weights[i * input + index] = 1;
  return weights;
}

const nearestGradient: Kernel = {
  name: "ResizeNearestNeighborGrad",
  inputs: ["images", "dy"],
  infer: ([images, dy]: readonly ValueNode[]) =>
    dy.dtype === "float32" ? single(images.shape, "float32") : null,
  lower(lowering, op) {
    const [images, dy] = op.inputs;
    const [, height, width] = images.shape;
    const [, outHeight, outWidth] = dy.shape;
    const factor = enlargement(images.shape, [outHeight, outWidth], op.attrs);
    if (factor) {
      const [rows, columns] = factor;
      const mean = lowering.emit("AveragePool", [lowering.get(dy, NCHW)], {
        kernel_shape: { is: [rows, columns] },
        strides: { is: [rows, columns] },
      });
      const sum = lowering.emit("Mul", [mean, lowering.scalar(rows * columns, "float32")]);
      lowering.set(op.outputs[0], sum, NCHW);
      return;
    }
    // The cpu kernel is no fallback here: of several images, it reads the gradient of another.
    const modes = [Boolean(op.attrs.alignCorners), Boolean(op.attrs.halfPixelCenters)] as const;
    const columns = lowering.float32(selection(width, outWidth, ...modes), [outWidth, width]);
    const rows = lowering.float32(transposed(selection(height, outHeight, ...modes), outHeight, height), [
      height,
      outHeight,
    ]);
    const across = lowering.emit("MatMul", [lowering.get(dy, NCHW), columns]);
    lowering.set(op.outputs[0], lowering.emit("MatMul", [rows, across]), NCHW);
  },
};

const bilinear: Kernel = {
  name: "ResizeBilinear",
  inputs: ["images"],
  infer([images], attrs) {
    const [height, width] = attrs.size as [number, number];
    const [batch, , , channels] = images.shape;
    return images.dtype === "bool" ? null : single([batch, height, width, channels], "float32");
  },
  lower(lowering, op) {
    const [images] = op.inputs;
    const pixels = lowering.get(images, NCHW);
    const output = op.outputs[0];
    const { alignCorners, halfPixelCenters } = op.attrs;
    const mode = alignCorners ? "align_corners" : halfPixelCenters ? "half_pixel" : "asymmetric";
    const [batch, height, width, channels] = output.shape;
    const name = lowering.emit(
      "Resize",
      [
        images.dtype === "float32"
          ? pixels
          : lowering.emit("Cast", [pixels], { to: { i: ONNX_TYPE.float32 } }),
        "",
        "",
        lowering.int64([batch, channels, height, width]),
      ],
      { mode: { s: "linear" }, coordinate_transformation_mode: { s: mode } },
    );
    lowering.set(output, name, NCHW);
  },
};

/** The weights [output, input] by which linear interpolation along one axis mixes its samples. */
function interpolation(
  input: number,
  output: number,
  alignCorners: boolean,
  halfPixel: boolean,
): Float32Array {
  const scale = step(input, output, alignCorners);
  const weights = new Float32Array(output * input);
  for (let i = 0; i < output; i += 1) {
    const position = Math.max(0, halfPixel ? scale * (i + 0.5) - 0.5 : scale * i);
    const low = Math.min(Math.floor(position), input - 1);
    const high = Math.min(Math.ceil(position), input - 1);
    const share = position - low;
    weights[i * input + low] += 1 - share;
    weights[i * input + high] += share;
  }
  return weights;
}

function transposed(weights: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(weights.length);
  for (let i = 0; i < rows; i += 1)
    for (let j = 0; j < columns; j += 1) out[j * rows + i] = weights[i * columns + j];
  return out;
}

/** The transpose of a separable linear map: one matrix product an axis. */
const bilinearGradient: Kernel = {
  name: "ResizeBilinearGrad",
  inputs: ["images", "dy"],
  infer: ([images, dy]: readonly ValueNode[]) =>
    dy.dtype === "float32" ? single(images.shape, "float32") : null,
  lower(lowering, op) {
    const [images, dy] = op.inputs;
    const modes = [Boolean(op.attrs.alignCorners), Boolean(op.attrs.halfPixelCenters)] as const;
    const [, height, width] = images.shape;
    const [, outHeight, outWidth] = dy.shape;
    const columns = lowering.float32(interpolation(width, outWidth, ...modes), [outWidth, width]);
    const rows = lowering.float32(transposed(interpolation(height, outHeight, ...modes), outHeight, height), [
      height,
      outHeight,
    ]);
    const across = lowering.emit("MatMul", [lowering.get(dy, NCHW), columns]);
    lowering.set(op.outputs[0], lowering.emit("MatMul", [rows, across]), NCHW);
  },
};

/** Resizing and its gradients. */
export const RESIZING: readonly Kernel[] = [nearest, nearestGradient, bilinear, bilinearGradient];
