import type { Lowering } from "../lowering.ts";
import type { ConvInfo } from "./conv-forms.ts";

/*
 * A convolution of stride 1 computes two rows of its result with three products of half the filter instead of four
 * (the fast FIR algorithm; Parhi 1999, "VLSI Digital Signal Processing Systems", section 9.2). With x0, x1 the even
 * and odd rows of the padded image, w0, w1 those of the filter, and x0' = x0 one row on:
 *
 * even rows: a + b, odd rows: c - a' - b, where a = w0 * x0, b = w1 * x1, c = (w0 + w1) * (x1 + x0')
 *
 * That spares a quarter of the multiplications for some passes over image and result, which pays where there are many
 * channels.
 */
const FEWEST_CHANNELS = 64;
const FEWEST_ROWS = 8;

/** True where pairs of rows pay; the transposed convolution exchanges the channels and is alike. */
export function hasPairedRows(lowering: Lowering, info: ConvInfo): boolean {
  return (
    !lowering.openSizes &&
    info.strideHeight * info.strideWidth * info.dilationHeight * info.dilationWidth === 1 &&
    info.filterHeight % 2 === 0 &&
    info.inHeight % 2 === 0 &&
    info.outHeight % 2 === 0 &&
    Math.min(info.inHeight, info.outHeight) >= FEWEST_ROWS &&
    Math.min(info.inChannels, info.outChannels) >= FEWEST_CHANNELS
  );
}

interface PairedRows {
  /** [batch, inputs, rows, columns] */
  readonly image: string;
  /** [outputs, inputs, height, width] */
  readonly filter: string;
  /** Takes the filter's taps in reverse. */
  readonly isTurned: boolean;
  readonly outputs: number;
  readonly inputs: number;
  readonly batch: number;
  /** Of the result. */
  readonly rows: number;
  readonly columns: number;
  readonly kernel: readonly [height: number, width: number];
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number];
}

/** Emits the convolution of x with a filter [outChannels, inChannels, height, width]; the result is NCHW. */
export function emitPairedRows(lowering: Lowering, info: ConvInfo, x: string, filter: string): string {
  const { top, left, bottom, right } = info.padInfo;
  return emit(lowering, {
    image: x,
    filter,
    isTurned: false,
    outputs: info.outChannels,
    inputs: info.inChannels,
    batch: info.batchSize,
    rows: info.outHeight,
    columns: info.outWidth,
    kernel: [info.filterHeight, info.filterWidth],
    pads: [top, left, bottom, right],
  });
}

/** Emits the transposed convolution of dy with a filter [inChannels, outChannels, height, width]; NCHW. */
export function emitPairedRowsTransposed(
  lowering: Lowering,
  info: ConvInfo,
  dy: string,
  filter: string,
): string {
  return emit(lowering, {
    image: dy,
    filter,
    isTurned: true,
    outputs: info.inChannels,
    inputs: info.outChannels,
    batch: info.batchSize,
    rows: info.inHeight,
    columns: info.inWidth,
    kernel: [info.filterHeight, info.filterWidth],
    pads: turnedPads(info),
  });
}

/** top, left, bottom, right of a convolution of dy that transposes one of stride 1, whose filter is turned round. */
export function turnedPads(info: ConvInfo): [number, number, number, number] {
  const { top, left, bottom, right } = info.padInfo;
  const height = (info.filterHeight - 1) * info.dilationHeight;
  const width = (info.filterWidth - 1) * info.dilationWidth;
  return [height - top, width - left, height - bottom, width - right];
}

function emit(lowering: Lowering, paired: PairedRows): string {
  const { image, batch, outputs, rows, columns, pads } = paired;
  const [top, left, bottom, right] = pads;
  const half = rows / 2;
  const taps = paired.kernel[0] / 2;
  const padded = lowering.emit("Pad", [image, lowering.int64([0, 0, top, 0, 0, 0, bottom, 0])]);
  // `half` windows span half + taps - 1 rows; of the even ones, one more window is needed.
  const even = everySecond(lowering, padded, 0, half + taps);
  const odd = everySecond(lowering, padded, 1, half + taps - 1);
  const sum = lowering.emit("Add", [odd, rowsFrom(lowering, even, 1, half + taps - 1)]);
  const convolve = (name: string, part: Part) =>
    lowering.emit("Conv", [name, filterPart(lowering, paired, part)], {
      kernel_shape: { is: [taps, paired.kernel[1]] },
      pads: { is: [0, left, 0, right] },
    });
  const a = convolve(even, "even");
  const b = convolve(odd, "odd");
  const c = convolve(sum, "both");
  const evenRows = lowering.emit("Add", [rowsFrom(lowering, a, 0, half), b]);
  const oddRows = lowering.emit("Sub", [lowering.emit("Sub", [c, rowsFrom(lowering, a, 1, half)]), b]);
  const apart = [batch, outputs, half, 1, columns];
  const both = [evenRows, oddRows].map((name) => lowering.reshape(name, apart));
  const woven = lowering.emit("Concat", both, { axis: { i: 3 } });
  return lowering.reshape(woven, [batch, outputs, rows, columns]);
}

function rowsFrom(lowering: Lowering, name: string, from: number, count: number): string {
  const bounds = [[from], [from + count], [2]].map((values) => lowering.int64(values));
  return lowering.emit("Slice", [name, ...bounds]);
}

function everySecond(lowering: Lowering, name: string, from: number, count: number): string {
  const bounds = [[from], [from + 2 * count - 1], [2], [2]].map((values) => lowering.int64(values));
  return lowering.emit("Slice", [name, ...bounds]);
}

type Part = "even" | "odd" | "both";

/** The even or odd rows of the filter or their sum, [outputs, inputs, height / 2, width]: picked by a product. */
function filterPart(lowering: Lowering, paired: PairedRows, part: Part): string {
  const { filter, outputs, inputs, isTurned } = paired;
  const [height, width] = paired.kernel;
  const taps = height * width;
  const kept = taps / 2;
  const picker = lowering.float32(
    () => {
      const values = new Float32Array(taps * kept);
      for (let tap = 0; tap < taps; tap += 1) {
        const row = Math.floor(tap / width);
        if (part !== "both" && row % 2 !== (part === "even" ? 0 : 1)) continue;
        const source = isTurned ? taps - 1 - tap : tap;
        values[source * kept + Math.floor(row / 2) * width + (tap % width)] = 1;
      }
      return values;
    },
    [taps, kept],
    `${part} rows of ${height}x${width}${isTurned ? ", turned" : ""}`,
  );
  const flat = lowering.reshape(filter, [outputs * inputs, taps]);
  return lowering.reshape(lowering.emit("MatMul", [flat, picker]), [outputs, inputs, height / 2, width]);
}
