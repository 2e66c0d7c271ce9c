import { NCHW } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

const DOUBLE = { to: { i: 11 } };
const FLOAT = { to: { i: 1 } };

interface Samples {
  /** How much each pixel counts for each sample, [boxes, samples, pixels]. */
  weights: string;
  /** Which samples lie in the image, [boxes, samples]. */
  isInside: string;
}

/**
 * Where `samples` evenly spaced samples from `first` to `last`, both [boxes, 1] and parts of the image's
 * side, fall between its `pixels`. In doubles: a sample on the last pixel must not round to beyond it.
 */
function sampleAlong(
  lowering: Lowering,
  first: string,
  last: string,
  pixels: number,
  samples: number,
  isNearest: boolean,
): Samples {
  const double = (value: number) => lowering.emit("Cast", [lowering.scalar(value, "float32")], DOUBLE);
  const numbers = (count: number) => {
    const indices = Float32Array.from({ length: count }, (_, i) => i);
    return lowering.emit("Cast", [lowering.float32(indices, [count])], DOUBLE);
  };
  const reach = double(pixels - 1);
  let positions: string;
  if (samples === 1) {
    const middle = lowering.emit("Mul", [lowering.emit("Add", [first, last]), double(0.5)]);
    positions = lowering.emit("Mul", [middle, reach]);
  } else {
    const length = lowering.emit("Mul", [lowering.emit("Sub", [last, first]), reach]);
    const step = lowering.emit("Div", [length, double(samples - 1)]);
    const start = lowering.emit("Mul", [first, reach]);
    positions = lowering.emit("Add", [start, lowering.emit("Mul", [numbers(samples), step])]);
  }
  const isInside = lowering.emit("And", [
    lowering.emit("GreaterOrEqual", [positions, double(0)]),
    lowering.emit("LessOrEqual", [positions, reach]),
  ]);
  const centres = isNearest
    ? lowering.emit("Floor", [lowering.emit("Add", [positions, double(0.5)])])
    : positions;
  const offsets = lowering.emit("Sub", [
    lowering.emit("Unsqueeze", [centres, lowering.int64([2])]),
    numbers(pixels),
  ]);
  // A hat one pixel wide on either side is linear interpolation, and picks one pixel at whole positions.
  const distance = lowering.emit("Cast", [lowering.emit("Abs", [offsets])], FLOAT);
  const weights = lowering.emit("Relu", [lowering.emit("Sub", [lowering.scalar(1, "float32"), distance])]);
  return { weights, isInside };
}

/** Cuts boxes out of images and resizes them, one matrix product an axis. */
const cropAndResize: Kernel = {
  name: "CropAndResize",
  inputs: ["image", "boxes", "boxInd"],
  infer([image, boxes, boxInd], attrs) {
    if (image.dtype !== "float32" || boxes.dtype !== "float32" || boxInd.dtype !== "int32") return null;
    const [height, width] = attrs.cropSize as [number, number];
    return single([boxes.shape[0], height, width, image.shape[3]], "float32");
  },
  lower(lowering, op) {
    const [image, boxes, boxInd] = op.inputs;
    const [batch, inHeight, inWidth] = image.shape;
    const [count, height, width] = op.outputs[0].shape;
    const isNearest = op.attrs.method === "nearest";
    const sides = lowering.emitMany(
      "Split",
      [lowering.emit("Cast", [lowering.get(boxes)], DOUBLE), lowering.int64([1, 1, 1, 1])],
      4,
      { axis: { i: 1 } },
    );
    const rows = sampleAlong(lowering, sides[0], sides[2], inHeight, height, isNearest);
    const columns = sampleAlong(lowering, sides[1], sides[3], inWidth, width, isNearest);
    const last = lowering.scalar(batch - 1, "int32");
    const chosen = lowering.emit("Gather", [
      lowering.get(image, NCHW),
      lowering.emit("Min", [lowering.get(boxInd), last]),
    ]);
    const across = lowering.emit("MatMul", [
      chosen,
      lowering.reshape(lowering.transpose(columns.weights, [0, 2, 1]), [count, 1, inWidth, width]),
    ]);
    const sampled = lowering.emit("MatMul", [
      lowering.reshape(rows.weights, [count, 1, height, inHeight]),
      across,
    ]);
    const isInside = lowering.emit("And", [
      lowering.reshape(rows.isInside, [count, 1, height, 1]),
      lowering.reshape(columns.isInside, [count, 1, 1, width]),
    ]);
    const outside = lowering.scalar(op.attrs.extrapolationValue as number, "float32");
    const filled = lowering.emit("Where", [isInside, sampled, outside]);
    // A box of an image that is not there comes out as zeros.
    const isThere = lowering.reshape(lowering.emit("LessOrEqual", [lowering.get(boxInd), last]), [
      count,
      1,
      1,
      1,
    ]);
    const zero = lowering.scalar(0, "float32");
    lowering.set(op.outputs[0], lowering.emit("Where", [isThere, filled, zero]), NCHW);
  },
};

/** Cutting out and resizing at once. */
export const CROPPING: readonly Kernel[] = [cropAndResize];
