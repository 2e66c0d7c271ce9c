import type { backend_util } from "@tensorflow/tfjs-core";
import type { OpNode, ValueNode } from "../graph.ts";
import { IOHW, NCHW } from "../layout.ts";
import type { Lowering } from "../lowering.ts";

type ConvInfo = backend_util.Conv2DInfo;

/** Below this many input channels the patches are too narrow for a matrix product to pay. */
const FEWEST_CHANNELS_FOR_PRODUCT = 16;

/** Emits the gradient of a convolution's filter, by whichever of two forms suits the shape. */
export function lowerFilterGradient(
  lowering: Lowering,
  op: OpNode,
  info: ConvInfo,
  x: ValueNode,
  dy: ValueNode,
): void {
  if (info.inChannels >= FEWEST_CHANNELS_FOR_PRODUCT) asProduct(lowering, op, info, x, dy);
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
 * dy [positions, outChannels]. Yields the filter in TensorFlow's own order.
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
      const row = i * info.dilationHeight;
      const column = j * info.dilationWidth;
      taps.push(
        lowering.emit("Slice", [
          padded,
          lowering.int64([row, column]),
          lowering.int64([
            row + (info.outHeight - 1) * info.strideHeight + 1,
            column + (info.outWidth - 1) * info.strideWidth + 1,
          ]),
          lowering.int64([1, 2]),
          lowering.int64([info.strideHeight, info.strideWidth]),
        ]),
      );
    }
  }
  const joined = taps.length === 1 ? taps[0] : lowering.emit("Concat", taps, { axis: { i: 3 } });
  const patches = lowering.reshape(joined, [
    positions,
    info.filterHeight * info.filterWidth * info.inChannels,
  ]);
  const errors = lowering.reshape(lowering.get(dy), [positions, info.outChannels]);
  const product = lowering.emit("Gemm", [patches, errors], { transA: { i: 1 } });
  lowering.set(op.outputs[0], lowering.reshape(product, op.outputs[0].shape));
}
