import type { backend_util } from "@tensorflow/tfjs-core";
import type { ValueNode } from "../graph.ts";
import { IOHW, NCHW, OHWI, OIHW } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import type { OnnxAttribute } from "../onnx/index.ts";
import { emitPairedRows, emitPairedRowsTransposed, hasPairedRows, turnedPads } from "./paired-rows.ts";

export type ConvInfo = backend_util.Conv2DInfo;

type Attributes = Record<string, OnnxAttribute>;

export function convAttributes(info: ConvInfo, group = 1): Attributes {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: { is: [info.filterHeight, info.filterWidth] },
    strides: { is: [info.strideHeight, info.strideWidth] },
    dilations: { is: [info.dilationHeight, info.dilationWidth] },
    pads: { is: [top, left, bottom, right] },
    group: { i: group },
  };
}

/** How many input rows the filter spans, and how many all windows together. */
function spannedRows(info: ConvInfo): { filter: number; all: number } {
  const filter = (info.filterHeight - 1) * info.dilationHeight + 1;
  return { filter, all: (info.outHeight - 1) * info.strideHeight + filter };
}

/** What a transposed convolution must add at the end to give back exactly the input's size. */
export function outputPadding(info: ConvInfo): [number, number] {
  const { top, left, bottom, right } = info.padInfo;
  const width = (info.outWidth - 1) * info.strideWidth + (info.filterWidth - 1) * info.dilationWidth + 1;
  return [info.inHeight - (spannedRows(info).all - top - bottom), info.inWidth - (width - left - right)];
}

/*
 * The runtime convolves image by image, each a matrix product whose columns are the output's pixels. Deep in
 * a U-Net these are so few that reading the weights costs more than multiplying; there the batch is stacked
 * to one tall image, with zero rows between so that no window sees two photos.
 */
const MOST_PIXELS_TO_STACK = 16;
const FEWEST_WEIGHTS_TO_STACK = 1 << 16;

function shouldStack(lowering: Lowering, info: ConvInfo): boolean {
  const weights = info.filterHeight * info.filterWidth * info.inChannels * info.outChannels;
  return (
    !lowering.openSizes &&
    info.batchSize > 1 &&
    info.outHeight * info.outWidth <= MOST_PIXELS_TO_STACK &&
    weights >= FEWEST_WEIGHTS_TO_STACK &&
    spannedRows(info).filter >= info.strideHeight
  );
}

/** Rows of one photo in the stack: a whole number of strides. */
function stackedRows(info: ConvInfo): number {
  const rows = Math.max(spannedRows(info).all, info.padInfo.top + info.inHeight);
  return Math.ceil(rows / info.strideHeight) * info.strideHeight;
}

const SWAP = [1, 0, 2, 3];

function padRows(lowering: Lowering, name: string, before: number, after: number): string {
  if (before === 0 && after === 0) return name;
  return lowering.emit("Pad", [name, lowering.int64([0, 0, before, 0, 0, 0, after, 0])]);
}

function stackedConvolution(lowering: Lowering, info: ConvInfo, x: string, filter: string): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, strideHeight } = info;
  const { top, left, right } = info.padInfo;
  const rows = stackedRows(info);
  const padded = padRows(lowering, x, top, rows - inHeight - top);
  const tall = lowering.reshape(lowering.transpose(padded, SWAP), [1, inChannels, batchSize * rows, inWidth]);
  const result = lowering.emit("Conv", [tall, filter], {
    ...convAttributes(info),
    pads: { is: [0, left, spannedRows(info).filter - strideHeight, right] },
  });
  const split = lowering.reshape(result, [outChannels, batchSize, rows / strideHeight, outWidth]);
  return lowering.transpose(sliceRows(lowering, split, 0, outHeight), SWAP);
}

function stackedTransposed(lowering: Lowering, info: ConvInfo, dy: string, filter: string): string {
  const { batchSize, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, strideHeight } = info;
  const { top, left, right } = info.padInfo;
  const rows = stackedRows(info);
  const steps = rows / strideHeight;
  const padded = padRows(lowering, dy, 0, steps - outHeight);
  const tall = lowering.reshape(lowering.transpose(padded, SWAP), [
    1,
    outChannels,
    batchSize * steps,
    outWidth,
  ]);
  const result = lowering.emit("ConvTranspose", [tall, filter], {
    ...convAttributes(info),
    pads: { is: [0, left, spannedRows(info).filter - strideHeight, right] },
    output_padding: { is: [0, outputPadding(info)[1]] },
  });
  const split = lowering.reshape(result, [inChannels, batchSize, rows, inWidth]);
  return lowering.transpose(sliceRows(lowering, split, top, top + inHeight), SWAP);
}

function sliceRows(lowering: Lowering, name: string, from: number, to: number): string {
  return lowering.emit("Slice", [name, lowering.int64([from]), lowering.int64([to]), lowering.int64([2])]);
}

/*
 * A convolution to very few channels is all patch copying: a PatchGAN's last layer turns 128 channels to
 * one, through patches 16 times the size of its input. There each tap is a 1x1 convolution of its own, to
 * taps * outChannels maps, which a convolution with a constant filter of zeros and ones then shifts and adds.
 */
export function hasFewOutputs(info: ConvInfo): boolean {
  const maps = info.filterHeight * info.filterWidth * info.outChannels;
  return info.filterHeight * info.filterWidth > 1 && maps * 2 <= info.inChannels;
}

/**
 * The constant filter [outChannels, taps * outChannels, height, width] that picks tap t at position t; turned
 * round, it picks it at the position opposite.
 */
function tapPicker(lowering: Lowering, info: ConvInfo, isTurned = false): string {
  const taps = info.filterHeight * info.filterWidth;
  const maps = taps * info.outChannels;
  return lowering.float32(
    () => {
      const picker = new Float32Array(info.outChannels * maps * taps);
      for (let channel = 0; channel < info.outChannels; channel += 1) {
        for (let tap = 0; tap < taps; tap += 1) {
          const place = isTurned
            ? ((channel * taps + tap) * info.outChannels + channel) * taps + taps - 1 - tap
            : (channel * maps + channel * taps + tap) * taps + tap;
          picker[place] = 1;
        }
      }
      return picker;
    },
    isTurned
      ? [maps, info.outChannels, info.filterHeight, info.filterWidth]
      : [info.outChannels, maps, info.filterHeight, info.filterWidth],
    isTurned ? "turned picker" : "picker",
  );
}

/** dy spread to one map a tap and channel, each shifted to where that tap reads: [batch, maps, inHeight, inWidth]. */
export function tapMaps(lowering: Lowering, info: ConvInfo, dy: string): string {
  if (isStrideless(info)) {
    return lowering.emit("Conv", [dy, tapPicker(lowering, info, true)], turnedAttributes(info));
  }
  return lowering.emit("ConvTranspose", [dy, tapPicker(lowering, info)], {
    ...convAttributes(info),
    output_padding: { is: outputPadding(info) },
  });
}

function convolutionByTaps(lowering: Lowering, info: ConvInfo, x: string, filter: ValueNode): string {
  const maps = info.filterHeight * info.filterWidth * info.outChannels;
  const pointwise = lowering.reshape(lowering.get(filter, OHWI), [maps, info.inChannels, 1, 1]);
  const products = lowering.emit("Conv", [x, pointwise], { kernel_shape: { is: [1, 1] } });
  return lowering.emit("Conv", [products, tapPicker(lowering, info)], convAttributes(info));
}

function transposedByTaps(lowering: Lowering, info: ConvInfo, dy: string, filter: ValueNode): string {
  const maps = info.filterHeight * info.filterWidth * info.outChannels;
  const pointwise = lowering.reshape(lowering.get(filter, IOHW), [info.inChannels, maps, 1, 1]);
  return lowering.emit("Conv", [tapMaps(lowering, info, dy), pointwise], { kernel_shape: { is: [1, 1] } });
}

/** True where transposing is convolving with the filter turned round, which the runtime does faster. */
function isStrideless(info: ConvInfo): boolean {
  const { top, left, bottom, right } = info.padInfo;
  const height = (info.filterHeight - 1) * info.dilationHeight;
  const width = (info.filterWidth - 1) * info.dilationWidth;
  return (
    info.strideHeight === 1 &&
    info.strideWidth === 1 &&
    Math.max(top, bottom) <= height &&
    Math.max(left, right) <= width
  );
}

function turnedAttributes(info: ConvInfo): Attributes {
  return { ...convAttributes(info), pads: { is: turnedPads(info) } };
}

function addBias(lowering: Lowering, info: ConvInfo, sum: string, bias: string): string {
  return lowering.emit("Add", [sum, lowering.reshape(bias, [1, info.outChannels, 1, 1])]);
}

/**
 * The filter as [inChannels, outChannels, height, width], its taps in reverse: as a product with a matrix that has
 * ones on its other diagonal, since the runtime slices backwards one element at a time.
 */
function turnedFilter(lowering: Lowering, info: ConvInfo, filter: ValueNode): string {
  const taps = info.filterHeight * info.filterWidth;
  const name = lowering.get(filter, IOHW);
  if (taps === 1) return name;
  const reversal = lowering.float32(
    () =>
      Float32Array.from({ length: taps * taps }, (_, i) =>
        i % taps === taps - 1 - Math.floor(i / taps) ? 1 : 0,
      ),
    [taps, taps],
    "reversal",
  );
  const rows = lowering.reshape(name, [info.inChannels * info.outChannels, taps]);
  return lowering.reshape(lowering.emit("MatMul", [rows, reversal]), [
    info.inChannels,
    info.outChannels,
    info.filterHeight,
    info.filterWidth,
  ]);
}

/**
 * Emits a convolution in the form that suits its sizes; the result is NCHW.
 *
 * @param bias name of a [outChannels] vector to add
 */
export function emitConvolution(
  lowering: Lowering,
  info: ConvInfo,
  x: ValueNode,
  filter: ValueNode,
  bias?: string,
): string {
  const input = lowering.get(x, NCHW);
  const few = hasFewOutputs(info);
  if (few || shouldStack(lowering, info)) {
    const sum = few
      ? convolutionByTaps(lowering, info, input, filter)
      : stackedConvolution(lowering, info, input, lowering.get(filter, OIHW));
    return bias === undefined ? sum : addBias(lowering, info, sum, bias);
  }
  if (hasPairedRows(lowering, info)) {
    const result = emitPairedRows(lowering, info, input, lowering.get(filter, OIHW));
    return bias === undefined ? result : addBias(lowering, info, result, bias);
  }
  const operands = [input, lowering.get(filter, OIHW)];
  if (bias !== undefined) operands.push(bias);
  return lowering.emit("Conv", operands, convAttributes(info));
}

/** Emits the gradient of a convolution's input, or a transposed convolution; the result is NCHW. */
export function emitTransposed(lowering: Lowering, info: ConvInfo, dy: ValueNode, filter: ValueNode): string {
  const errors = lowering.get(dy, NCHW);
  if (hasFewOutputs(info)) return transposedByTaps(lowering, info, errors, filter);
  if (isStrideless(info) && hasPairedRows(lowering, info)) {
    return emitPairedRowsTransposed(lowering, info, errors, lowering.get(filter, IOHW));
  }
  if (isStrideless(info)) {
    return lowering.emit("Conv", [errors, turnedFilter(lowering, info, filter)], turnedAttributes(info));
  }
  const weights = lowering.get(filter, OIHW);
  if (shouldStack(lowering, info)) return stackedTransposed(lowering, info, errors, weights);
  return lowering.emit("ConvTranspose", [errors, weights], {
    ...convAttributes(info),
    output_padding: { is: outputPadding(info) },
  });
}
