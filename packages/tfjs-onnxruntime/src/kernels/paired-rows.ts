import type { Lowering } from "../lowering.ts";
import type { ConvInfo } from "./conv-forms.ts";

/*
 * A convolution of stride 1 computes two rows of its result with three products of half the filter instead of four
 * (the fast FIR algorithm; Parhi 1999, "VLSI Digital Signal Processing Systems", section 9.2). With x0, x1 the even
 * and odd rows of the padded image, w0, w1 those of the filter, ' for one row on, and * for the convolution of such:
 *
 * even rows: w0 * x0 + w1 * x1, odd rows: w0 * x1 + w1 * x0'
 *
 * where either the odd rows are (w0 + w1) * (x1 + x0') - w0 * x0' - w1 * x1, or else the even rows are
 * (w0 + w1) * (x0 + x1) - w0 * x1 - w1 * x0. The first suits an odd number of rows of padding on top, the second an
 * even one: then the two rows that are added are neighbours in the image itself.
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
    Math.min(info.inChannels, info.outChannels) >= FEWEST_CHANNELS &&
    lowestPadding(info.padInfo.top, info.inHeight, info.outHeight, info.filterHeight) >= 0 &&
    lowestPadding(turnedPads(info)[0], info.outHeight, info.inHeight, info.filterHeight) >= 0
  );
}

/** Rows of zeros that half of the image needs below it, where one window fewer than most is computed. */
function lowestPadding(top: number, rowsIn: number, rowsOut: number, height: number): number {
  return rowsOut / 2 + height / 2 - 1 - Math.floor(top / 2) - rowsIn / 2;
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
  readonly rowsIn: number;
  /** Of the result. */
  readonly rows: number;
  readonly columns: number;
  readonly kernel: readonly [height: number, width: number];
  /** Rows of zeros above the image, columns to its left and right. */
  readonly pads: { readonly top: number; readonly left: number; readonly right: number };
}

/** Emits the convolution of x with a filter [outChannels, inChannels, height, width]; the result is NCHW. */
export function emitPairedRows(lowering: Lowering, info: ConvInfo, x: string, filter: string): string {
  return emit(lowering, {
    image: x,
    filter,
    isTurned: false,
    outputs: info.outChannels,
    inputs: info.inChannels,
    batch: info.batchSize,
    rowsIn: info.inHeight,
    rows: info.outHeight,
    columns: info.outWidth,
    kernel: [info.filterHeight, info.filterWidth],
    pads: info.padInfo,
  });
}

/** Emits the transposed convolution of dy with a filter [inChannels, outChannels, height, width]; NCHW. */
export function emitPairedRowsTransposed(
  lowering: Lowering,
  info: ConvInfo,
  dy: string,
  filter: string,
): string {
  const [top, left, , right] = turnedPads(info);
  return emit(lowering, {
    image: dy,
    filter,
    isTurned: true,
    outputs: info.inChannels,
    inputs: info.outChannels,
    batch: info.batchSize,
    rowsIn: info.outHeight,
    rows: info.inHeight,
    columns: info.inWidth,
    kernel: [info.filterHeight, info.filterWidth],
    pads: { top, left, right },
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
  const { image, batch, outputs, rows, rowsIn, columns, kernel, pads } = paired;
  const half = rows / 2;
  const upper = everySecond(lowering, image, 0, rowsIn);
  const lower = everySecond(lowering, image, 1, rowsIn);
  const above = Math.floor(pads.top / 2);
  const below = lowestPadding(pads.top, rowsIn, rows, kernel[0]);
  const convolve = (name: string, part: Part, more: { above?: number; below?: number } = {}) =>
    lowering.emit("Conv", [name, filterPart(lowering, paired, part)], {
      kernel_shape: { is: [kernel[0] / 2, kernel[1]] },
      pads: { is: [above + (more.above ?? 0), pads.left, below + (more.below ?? 0), pads.right] },
    });
  const sum = convolve(lowering.emit("Add", [upper, lower]), "both");
  let evenRows: string;
  let oddRows: string;
  if (pads.top % 2 === 1) {
    // The first padded row is one of zeros, so x0 is the image's lower rows of each pair.
    const a = convolve(lower, "even", { above: 1 });
    const b = convolve(upper, "odd");
    evenRows = lowering.emit("Add", [rowsFrom(lowering, a, 0, half), b]);
    oddRows = lowering.emit("Sub", [lowering.emit("Sub", [sum, rowsFrom(lowering, a, 1, half)]), b]);
  } else {
    const a = convolve(lower, "even");
    const b = convolve(upper, "odd", { below: 1 });
    evenRows = lowering.emit("Sub", [lowering.emit("Sub", [sum, a]), rowsFrom(lowering, b, 0, half)]);
    oddRows = lowering.emit("Add", [a, rowsFrom(lowering, b, 1, half)]);
  }
  const apart = [batch, outputs, half, 1, columns];
  const both = [evenRows, oddRows].map((name) => lowering.reshape(name, apart));
  const woven = lowering.emit("Concat", both, { axis: { i: 3 } });
  return lowering.reshape(woven, [batch, outputs, rows, columns]);
}

function rowsFrom(lowering: Lowering, name: string, from: number, count: number): string {
  const bounds = [[from], [from + count], [2]].map((values) => lowering.int64(values));
  return lowering.emit("Slice", [name, ...bounds]);
}

function everySecond(lowering: Lowering, name: string, from: number, rows: number): string {
  const bounds = [[from], [rows], [2], [2]].map((values) => lowering.int64(values));
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
