import { Tensor } from "onnxruntime-node";
import { linearToSrgb, relativeLuminance, rgbToLab } from "../../color/index.ts";
import { type Adapter, inputChannels, ofChannel, outputChannels } from "./adapter.ts";
import { decodeHalf, encodeHalf } from "./half.ts";

export type FloatType = "float32" | "float16";

/**
 * The network's input.
 *
 * @param luma L* in [0,100], `[height * width]`
 * @param batch the photo is repeated so many times
 */
export function encodeInput(
  { input, ...rest }: Adapter,
  type: FloatType,
  luma: Float32Array,
  width: number,
  height: number,
  batch: number,
): Tensor {
  const channels = inputChannels({ input, ...rest });
  const pixels = width * height;
  const [black, white] = input.range;
  const values = new Float32Array(batch * channels * pixels);
  for (let i = 0; i < pixels; i++) {
    const share = input.space === "L" ? luma[i]! / 100 : linearToSrgb(relativeLuminance(luma[i]!));
    const value = black + (white - black) * share;
    for (let c = 0; c < channels; c++) {
      const at = input.layout === "NCHW" ? c * pixels + i : i * channels + c;
      values[at] = (value - ofChannel(input.mean, c)) / ofChannel(input.std, c);
    }
  }
  const one = channels * pixels;
  for (let n = 1; n < batch; n++) values.copyWithin(n * one, 0, one);
  return floatTensor(type, values, tensorDims(input.layout, batch, channels, width, height));
}

/** A tensor that holds one value everywhere: hints that are not given, masks that are empty. */
export function constantTensor(type: FloatType, value: number, dims: readonly number[]): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return floatTensor(type, new Float32Array(length).fill(value), dims);
}

export function tensorDims(
  layout: "NCHW" | "NHWC",
  batch: number,
  channels: number,
  width: number,
  height: number,
): number[] {
  return layout === "NCHW" ? [batch, channels, height, width] : [batch, height, width, channels];
}

function floatTensor(type: FloatType, values: Float32Array, dims: readonly number[]): Tensor {
  return type === "float16"
    ? new Tensor("float16", encodeHalf(values), dims)
    : new Tensor("float32", values, dims);
}

/** The values of a float tensor; null for another type. */
export function floatValues({ type, data }: Tensor): Float32Array | null {
  if (type === "float32") return data as Float32Array;
  if (type !== "float16") return null;
  // On Node 24 and later the runtime gives a Float16Array instead of the bits.
  const { buffer, byteOffset, length } = data as Uint16Array;
  return decodeHalf(new Uint16Array(buffer, byteOffset, length));
}

/**
 * a*, b* of a network's output.
 *
 * @param values the output's first photo, in the adapter's layout
 * @returns interleaved, `[height * width * 2]`
 */
export function decodeOutput(
  adapter: Adapter,
  values: Float32Array,
  width: number,
  height: number,
): Float32Array {
  const { output } = adapter;
  const channels = outputChannels(adapter);
  const pixels = width * height;
  const at = (i: number, c: number) => values[output.layout === "NCHW" ? c * pixels + i : i * channels + c]!;
  const chroma = new Float32Array(pixels * 2);
  if (output.space === "ab" || output.space === "lab") {
    const first = output.space === "ab" ? 0 : 1;
    for (let i = 0; i < pixels; i++) {
      chroma[2 * i] = at(i, first) * output.scale + output.offset;
      chroma[2 * i + 1] = at(i, first + 1) * output.scale + output.offset;
    }
    return chroma;
  }
  const [black, white] = output.range;
  const rgb = new Uint16Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      const value = at(i, c) * ofChannel(output.std, c) + ofChannel(output.mean, c);
      const share = Math.min(1, Math.max(0, (value - black) / (white - black)));
      rgb[3 * i + (output.space === "bgr" ? 2 - c : c)] = Math.round(share * 65535);
    }
  }
  const lab = rgbToLab(rgb);
  for (let i = 0; i < pixels; i++) {
    chroma[2 * i] = lab[3 * i + 1]!;
    chroma[2 * i + 1] = lab[3 * i + 2]!;
  }
  return chroma;
}
