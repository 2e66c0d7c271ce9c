import type { OpNode, ValueNode } from "../graph.ts";
import { IOHW, NCHW, OHWI } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { type ConvInfo, hasFewOutputs, tapMaps } from "./conv-forms.ts";

/** Below this many input channels the patches are too narrow for a matrix product to pay. */
const FEWEST_CHANNELS_FOR_PRODUCT = 16;

/** Emits the gradient of a convolution's filter, in whichever form suits the shape. */
export function lowerFilterGradient(
  lowering: Lowering,
  op: OpNode,
  info: ConvInfo,
  x: ValueNode,
  dy: ValueNode,
): void {
  if (hasFewOutputs(info)) byTaps(lowering, op, info, x, dy);
  else if (info.inChannels >= FEWEST_CHANNELS_FOR_PRODUCT) asProduct(lowering, op, info, x, dy);
  else asConvolution(lowering, op, info, x, dy);
}

/**
 * The gradient as a convolution: channels become the batch, the batch becomes the channels, dy the filter,
 * and the stride a dilation. Yields [inChannels, outChannels, height, width].
 */
function asConvolution(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const { top, left, bottom, right } = info.padInfo;
  const swap = [1, 0, 2, 3];
  const gradient = lowering.emit(
    "Conv",
    [lowering.transpose(lowering.get(x, NCHW), swap), lowering.transpose(lowering.get(dy, NCHW), swap)],
    {
      kernel_shape: { is: [info.outHeight, info.outWidth] },
      strides: { is: [info.dilationHeight, info.dilationWidth] },
      dilations: { is: [info.strideHeight, info.strideWidth] },
      pads: { is: [top, left, bottom, right] },
    },
  );
  // Input rows that no stride reaches make the result larger than the filter.
  const excess = [
    info.inHeight +
      top +
      bottom -
      (info.outHeight - 1) * info.strideHeight -
      (info.filterHeight - 1) * info.dilationHeight -
      1,
    info.inWidth +
      left +
      right -
      (info.outWidth - 1) * info.strideWidth -
      (info.filterWidth - 1) * info.dilationWidth -
      1,
  ];
  const cut = excess.some((rows) => rows > 0)
    ? lowering.emit("Slice", [
        gradient,
        lowering.int64([0, 0]),
        lowering.int64([info.filterHeight, info.filterWidth]),
        lowering.int64([2, 3]),
      ])
    : gradient;
  lowering.set(op.outputs[0], cut, IOHW);
}

/**
 * The gradient as one matrix product: patches [positions, height * width * inChannels], transposed, times
 * dy [positions, outChannels], taken the other way round. Yields [outChannels, height, width, inChannels],
 * which is one cheap transposition away from what the runtime's convolutions want.
 */
function asProduct(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const { top, left, bottom, right } = info.padInfo;
  let padded = lowering.get(x);
  if (top + left + bottom + right > 0) {
    padded = lowering.emit("Pad", [padded, lowering.int64([0, top, left, 0, 0, bottom, right, 0])]);
  }
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const taps: string[] = [];
  for (let i = 0; i < info.filterHeight; i += 1) {
    for (let j = 0; j < info.filterWidth; j += 1) {
      taps.push(tapPixels(lowering, info, padded, i, j, [1, 2]));
    }
  }
  const joined = taps.length === 1 ? taps[0] : lowering.emit("Concat", taps, { axis: { i: 3 } });
  const patches = lowering.reshape(joined, [
    positions,
    info.filterHeight * info.filterWidth * info.inChannels,
  ]);
  const errors = lowering.reshape(lowering.get(dy), [positions, info.outChannels]);
  const product = lowering.emit("Gemm", [errors, patches], { transA: { i: 1 } });
  setFilter(lowering, op, info, product);
}

/** The gradient where dy has few channels: its shifted maps [positions, taps * outChannels] times x. */
function byTaps(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const maps = info.filterHeight * info.filterWidth * info.outChannels;
  const positions = info.batchSize * info.inHeight * info.inWidth;
  const shifted = lowering.transpose(tapMaps(lowering, info, lowering.get(dy, NCHW)), [0, 2, 3, 1]);
  const product = lowering.emit(
    "Gemm",
    [
      lowering.reshape(shifted, [positions, maps]),
      lowering.reshape(lowering.get(x), [positions, info.inChannels]),
    ],
    { transA: { i: 1 } },
  );
  setFilter(lowering, op, info, product);
}

function setFilter(lowering: Lowering, op: OpNode, info: ConvInfo, product: string): void {
  const dims = [info.outChannels, info.filterHeight, info.filterWidth, info.inChannels];
  lowering.set(op.outputs[0], lowering.reshape(product, dims), OHWI);
}

/** Tap by tap: the input pixels that the tap read, times dy, summed over batch and pixels. */
export function lowerDepthwiseFilterGradient(
  lowering: Lowering,
  op: OpNode,
  info: ConvInfo,
  x: ValueNode,
  dy: ValueNode,
): void {
  const { top, left, bottom, right } = info.padInfo;
  const multiplier = info.outChannels / info.inChannels;
  const { batchSize, inChannels, outHeight, outWidth } = info;
  const padded = lowering.emit("Pad", [
    lowering.get(x, NCHW),
    lowering.int64([0, 0, top, left, 0, 0, bottom, right]),
  ]);
  const errors = lowering.reshape(lowering.get(dy, NCHW), [
    batchSize,
    inChannels,
    multiplier,
    outHeight,
    outWidth,
  ]);
  const taps: string[] = [];
  for (let i = 0; i < info.filterHeight; i += 1) {
    for (let j = 0; j < info.filterWidth; j += 1) {
      const pixels = lowering.reshape(tapPixels(lowering, info, padded, i, j, [2, 3]), [
        batchSize,
        inChannels,
        1,
        outHeight,
        outWidth,
      ]);
      const products = lowering.emit("Mul", [pixels, errors]);
      const sum = lowering.emit("ReduceSum", [products, lowering.int64([0, 3, 4])], { keepdims: { i: 0 } });
      taps.push(lowering.reshape(sum, [1, inChannels, multiplier]));
    }
  }
  const joined = lowering.emit("Concat", taps, { axis: { i: 0 } });
  lowering.set(op.outputs[0], lowering.reshape(joined, op.outputs[0].shape));
}

/** The pixels of a padded image that tap (i, j) reads, along these axes of height and width. */
function tapPixels(
  lowering: Lowering,
  info: ConvInfo,
  padded: string,
  i: number,
  j: number,
  axes: readonly number[],
): string {
  const row = i * info.dilationHeight;
  const column = j * info.dilationWidth;
  return lowering.emit("Slice", [
    padded,
    lowering.int64([row, column]),
    lowering.int64([
      row + (info.outHeight - 1) * info.strideHeight + 1,
      column + (info.outWidth - 1) * info.strideWidth + 1,
    ]),
    lowering.int64(axes),
    lowering.int64([info.strideHeight, info.strideWidth]),
  ]);
}
