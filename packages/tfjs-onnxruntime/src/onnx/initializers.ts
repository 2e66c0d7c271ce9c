import protobuf from "protobufjs/minimal.js";
import { fromFloat16 } from "../runtime/float16.ts";
import { ELEMENT_TYPE, type ElementType, type OnnxTensor } from "./model.ts";
import { dequantize } from "./quantize.ts";

const TYPE_NAMES = new Map<number, ElementType>(
  Object.entries(ELEMENT_TYPE).map(([name, number]) => [number, name as ElementType]),
);

/**
 * Reads the constants of an ONNX file without loading it, in the file's order.
 *
 * @param bytes whole content of an `.onnx` file
 * @throws Error if the bytes are not an ONNX model, or a constant is stored in another way than as raw data
 */
export function readOnnxInitializers(bytes: Uint8Array): OnnxTensor[] {
  const tensors: Partial<OnnxTensor>[] = [];
  let graphs = 0;
  try {
    const reader = protobuf.Reader.create(bytes);
    eachField(reader, bytes.length, (field) => {
      if (field !== 7) return false;
      graphs += 1;
      eachField(reader, reader.uint32() + reader.pos, (inner) => {
        if (inner === 5) tensors.push(readTensor(reader, reader.uint32() + reader.pos));
        return inner === 5;
      });
      return true;
    });
  } catch (cause) {
    throw new Error("not an ONNX model, or a truncated one", { cause });
  }
  if (graphs !== 1) throw new Error("not an ONNX model: it holds no graph");
  return tensors.map(({ name = "", type, dims = [], data }) => {
    if (type !== undefined && data !== undefined) return { name, type, dims, data };
    throw new Error(`the constant '${name}' is of a type that is not read here, or not stored as raw data`);
  });
}

/** The numbers of a float32 or float16 constant. */
export function floatsOf(tensor: OnnxTensor): Float32Array {
  // Copied: a constant may begin at any byte of its file, a typed array only at multiples of its elements.
  const { buffer } = new Uint8Array(tensor.data);
  if (tensor.type === "float32") return new Float32Array(buffer);
  if (tensor.type === "float16") return fromFloat16(new Uint16Array(buffer));
  throw new Error(`'${tensor.name}' holds ${tensor.type}, no floating-point numbers`);
}

/** Ends of the names under which `exportOnnx` stores what its graph turns into float32 weights. */
export const STORED_AS = { float16: "_half", int8: "_int8", scales: "_scales" } as const;

/** A constant of a file that holds floating-point numbers, as the graph computes with it. */
export interface OnnxWeight {
  /** The constant's name in the file. */
  name: string;
  dims: readonly number[];
  values: Float32Array;
  /** How far rounding to 8 bits may have moved a value, at most; null where it is stored as floats. */
  rounding: number | null;
}

/**
 * Reads the floating-point constants of an ONNX file, in the file's order; the 8-bit ones of `exportOnnx` multiplied
 * out, float16 widened.
 *
 * @throws Error as `readOnnxInitializers`
 */
export function readOnnxWeights(bytes: Uint8Array): OnnxWeight[] {
  const tensors = readOnnxInitializers(bytes);
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const scalesOf = ({ name, type }: OnnxTensor) =>
    type === "int8" && name.endsWith(STORED_AS.int8)
      ? byName.get(name.slice(0, -STORED_AS.int8.length) + STORED_AS.scales)
      : undefined;
  const expanded = new Set(tensors.map(scalesOf));
  return tensors.flatMap((tensor): OnnxWeight[] => {
    const { name, dims } = tensor;
    const stored = scalesOf(tensor);
    if (stored !== undefined) {
      const scales = floatsOf(stored);
      const data = new Int8Array(new Uint8Array(tensor.data).buffer);
      const values = dequantize({ data, scales, scaleDims: stored.dims }, dims);
      return [{ name, dims, values, rounding: scales.reduce((most, scale) => Math.max(most, scale), 0) / 2 }];
    }
    if (expanded.has(tensor) || (tensor.type !== "float32" && tensor.type !== "float16")) return [];
    return [{ name, dims, values: floatsOf(tensor), rounding: null }];
  });
}

function readTensor(reader: protobuf.Reader, end: number): Partial<OnnxTensor> {
  const dims: number[] = [];
  const tensor: { -readonly [K in keyof OnnxTensor]?: OnnxTensor[K] } = { dims };
  eachField(reader, end, (field, wire) => {
    if (field === 1 && wire === 2) {
      const last = reader.uint32() + reader.pos;
      while (reader.pos < last) dims.push(Number(reader.int64()));
    } else if (field === 1) dims.push(Number(reader.int64()));
    else if (field === 2) tensor.type = TYPE_NAMES.get(reader.int32());
    else if (field === 8) tensor.name = reader.string();
    else if (field === 9) tensor.data = reader.bytes();
    else return false;
    return true;
  });
  return tensor;
}

/** Calls `visit` with every field up to `end`; those that it does not read (returns false) are skipped. */
function eachField(
  reader: protobuf.Reader,
  end: number,
  visit: (field: number, wire: number) => boolean,
): void {
  if (end > reader.len) throw new RangeError("truncated");
  while (reader.pos < end) {
    const key = reader.uint32();
    if (!visit(key >>> 3, key & 7)) reader.skipType(key & 7);
  }
}
