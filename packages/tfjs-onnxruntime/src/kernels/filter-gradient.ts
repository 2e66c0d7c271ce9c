import type { OpNode, ValueNode } from "../graph.ts";
import { NCHW, OHWI, OIHW } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { type ConvInfo, convAttributes, hasFewOutputs, tapMaps } from "./conv-forms.ts";

/** From this many output pixels on, a product for each photo is large enough to pay. */
const FEWEST_PIXELS_PER_PHOTO = 256;

/** Emits the gradient of a convolution's filter, in whichever form suits the shape. */
export function lowerFilterGradient(
  lowering: Lowering,
  op: OpNode,
  info: ConvInfo,
  x: ValueNode,
  dy: ValueNode,
): void {
  const pixels = info.outHeight * info.outWidth;
  if (hasFewOutputs(info)) byTaps(lowering, op, info, x, dy);
  else if (info.batchSize === 1 || pixels >= FEWEST_PIXELS_PER_PHOTO) photoByPhoto(lowering, op, info, x, dy);
  else allPhotosAtOnce(lowering, op, info, x, dy);
}

/**
 * From patches [batch, inChannels * taps, pixels] and dy [batch, outChannels, pixels]. Values stay as they lie in
 * memory: the patches come of a convolution with constant filters that each pick one tap, and the result is as
 * convolutions want their filters.
 */
function photoByPhoto(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const columns = inChannels * filterHeight * filterWidth;
  const patches = patchMaps(lowering, info, lowering.get(x, NCHW));
  const pixels = info.outHeight * info.outWidth;
  const product = photoProducts(lowering, info.batchSize, pixels, [
    { name: lowering.get(dy, NCHW), maps: outChannels },
    { name: patches, maps: columns },
  ]);
  const dims = [outChannels, inChannels, filterHeight, filterWidth];
  lowering.set(op.outputs[0], lowering.reshape(product, dims), OIHW);
}

/** Maps [batch, maps, pixels] of NCHW values. */
interface Maps {
  readonly name: string;
  readonly maps: number;
}

/** For each photo the products of all maps of `a` with all of `b`, summed over photos: [a.maps, b.maps]. */
function photoProducts(
  lowering: Lowering,
  batchSize: number,
  pixels: number,
  [a, b]: readonly [Maps, Maps],
): string {
  const batch = batchSize === 1 ? [] : [batchSize];
  const [left, right] = [a, b].map(({ name, maps }) => lowering.reshape(name, [...batch, maps, pixels]));
  if (batchSize === 1) return lowering.emit("Gemm", [left, right], { transB: { i: 1 } });
  const products = lowering.product(left, right, "b");
  return lowering.emit("ReduceSum", [products, lowering.int64([0])], { keepdims: { i: 0 } });
}

/** What each tap reads, as maps [batch, inChannels * taps, outHeight, outWidth]. */
function patchMaps(lowering: Lowering, info: ConvInfo, x: string): string {
  const { inChannels, filterHeight, filterWidth } = info;
  const taps = filterHeight * filterWidth;
  const picker = lowering.float32(
    () => {
      const filters = new Float32Array(inChannels * taps * taps);
      for (let i = 0; i < inChannels * taps; i += 1) filters[i * taps + (i % taps)] = 1;
      return filters;
    },
    [inChannels * taps, 1, filterHeight, filterWidth],
    "patches",
  );
  return lowering.emit("Conv", [x, picker], convAttributes(info, inChannels));
}

/**
 * As one matrix product: patches [positions, taps * inChannels], transposed, times dy [positions, outChannels],
 * taken the other way round, which yields [outChannels, taps, inChannels].
 */
function allPhotosAtOnce(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const { top, left, bottom, right } = info.padInfo;
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  let padded = lowering.get(x);
  if (top + left + bottom + right > 0) {
    padded = lowering.emit("Pad", [padded, lowering.int64([0, top, left, 0, 0, bottom, right, 0])]);
  }
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const slices: string[] = [];
  for (let i = 0; i < filterHeight; i += 1) {
    for (let j = 0; j < filterWidth; j += 1) {
      slices.push(tapPixels(lowering, info, padded, i, j, [1, 2]));
    }
  }
  const taps = slices.length;
  const joined = taps === 1 ? slices[0] : lowering.emit("Concat", slices, { axis: { i: 3 } });
  const patches = lowering.reshape(joined, [positions, taps * inChannels]);
  const errors = lowering.reshape(lowering.get(dy), [positions, outChannels]);
  const product = lowering.emit("Gemm", [errors, patches], { transA: { i: 1 } });
  const dims = [outChannels, inChannels, filterHeight, filterWidth];
  lowering.set(
    op.outputs[0],
    lowering.reshape(
      tapsLast(lowering, lowering.reshape(product, [outChannels, taps, inChannels]), taps),
      dims,
    ),
    OIHW,
  );
}

/** [outChannels, taps, inChannels] with its last axes exchanged: as a product, since the runtime transposes slowly. */
function tapsLast(lowering: Lowering, name: string, taps: number): string {
  if (taps === 1) return name;
  const identity = lowering.float32(
    () => Float32Array.from({ length: taps * taps }, (_, i) => (i % (taps + 1) === 0 ? 1 : 0)),
    [taps, taps],
    "identity",
  );
  return lowering.product(name, identity, "a");
}

/** The gradient where dy has few channels: its shifted maps, one a tap and channel, times x. */
function byTaps(lowering: Lowering, op: OpNode, info: ConvInfo, x: ValueNode, dy: ValueNode): void {
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth } = info;
  const product = photoProducts(lowering, batchSize, info.inHeight * info.inWidth, [
    { name: tapMaps(lowering, info, lowering.get(dy, NCHW)), maps: filterHeight * filterWidth * outChannels },
    { name: lowering.get(x, NCHW), maps: inChannels },
  ]);
  const dims = [outChannels, filterHeight, filterWidth, inChannels];
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
