/**
 * Synthetic networks of other people's contracts, for tests.
 *
 * @module
 */
import { encodeModel, type OnnxNode, type OnnxTensor, type OnnxValue } from "tfjs-onnxruntime/onnx";
import { encodeHalf } from "./half.ts";

type Dim = number | string;

export interface ForeignModelOptions {
  layout?: "NCHW" | "NHWC";
  type?: "float32" | "float16";
  batch?: Dim;
  height?: Dim;
  width?: Dim;
  /** Name of the photo's input; default `input`. */
  input?: string;
  output?: string;
  /** `[output channels][input channels, those of `extras` following]`. */
  weights: readonly (readonly number[])[];
  bias?: readonly number[];
  /** Inputs beside the photo's; NCHW only. */
  extras?: readonly { name: string; channels: number }[];
  /** Added to the output of a fixed size: `[channels][height * width]`; NCHW only. */
  map?: readonly (readonly number[])[];
  /** Sides of the output are divided by this, by averaging; NCHW only. */
  pool?: number;
  /** The file does not tell how many channels the output has; NCHW only. */
  openChannels?: boolean;
  metadata?: Readonly<Record<string, string>>;
}

/** Bytes of an ONNX network each of whose output channels is linear in the input channels of the same pixel. */
export function foreignModel(options: ForeignModelOptions): Uint8Array {
  const { layout = "NCHW", type = "float32", batch = 1, height = "height", width = "width" } = options;
  const { input = "input", output = "output", weights, extras = [], map, pool = 1, metadata = {} } = options;
  const outputs = weights.length;
  const hints = extras.reduce((sum, { channels }) => sum + channels, 0);
  const inputs = weights[0]!.length - hints;
  const dims = (channels: Dim, h: Dim, w: Dim): Dim[] =>
    layout === "NCHW" ? [batch, channels, h, w] : [batch, h, w, channels];
  const tensor = (name: string, shape: number[], values: readonly number[]): OnnxTensor => {
    const floats = Float32Array.from(values);
    const data = new Uint8Array((type === "float16" ? encodeHalf(floats) : floats).buffer as ArrayBuffer);
    return { name, type, dims: shape, data };
  };
  const bias = options.bias ?? weights.map(() => 0);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  let last = input;
  const add = (op: string, more: readonly string[], attributes: OnnxNode["attributes"] = {}): void => {
    const name = `step${nodes.length}`;
    nodes.push({ op, inputs: [last, ...more], outputs: [name], attributes });
    last = name;
  };
  if (layout === "NHWC") {
    const transposed = weights[0]!.flatMap((_, k) => weights.map((row) => row[k]!));
    initializers.push(tensor("weights", [inputs, outputs], transposed), tensor("bias", [outputs], bias));
    add("MatMul", ["weights"]);
    add("Add", ["bias"]);
  } else {
    if (hints > 0)
      add(
        "Concat",
        extras.map(({ name }) => name),
        { axis: { i: 1 } },
      );
    const all = inputs + hints;
    initializers.push(
      tensor("weights", [outputs, all, 1, 1], weights.flat()),
      tensor("bias", [outputs], bias),
    );
    add("Conv", ["weights", "bias"]);
    if (map !== undefined) {
      initializers.push(tensor("map", [1, outputs, height as number, width as number], map.flat()));
      add("Add", ["map"]);
    }
    if (pool > 1)
      add("AveragePool", [], { kernel_shape: { is: [pool, pool] }, strides: { is: [pool, pool] } });
  }
  if (options.openChannels) {
    // How many channels are kept depends on data, which shapes are not inferred from.
    initializers.push({ name: "kept", type: "bool", dims: [outputs], data: new Uint8Array(outputs).fill(1) });
    add("Compress", ["kept"], { axis: { i: 1 } });
  }
  add("Identity", []);
  nodes.push({ ...nodes.pop()!, outputs: [output] });
  const pooled = (side: Dim): Dim =>
    typeof side === "number" ? side / pool : pool === 1 ? side : `${side}/${pool}`;
  const value = (name: string, shape: Dim[]): OnnxValue => ({ name, type, dims: shape });
  return encodeModel({
    nodes,
    inputs: [
      value(input, dims(inputs, height, width)),
      ...extras.map(({ name, channels }) => value(name, dims(channels, height, width))),
    ],
    outputs: [
      value(output, dims(options.openChannels ? "channels" : outputs, pooled(height), pooled(width))),
    ],
    initializers,
    metadata,
  });
}

/**
 * The same network with its weights in a file beside it, as PyTorch's newer exporter writes them.
 *
 * @param location name of that file
 */
export function splitWeights(
  model: Uint8Array,
  location: string,
): { model: Uint8Array; weights: Uint8Array } {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  // Numbers of onnx.proto: ModelProto.graph 7, GraphProto.initializer 5, TensorProto.raw_data 9.
  const split = rewrite(model, 7, (graph) =>
    field(
      7,
      rewrite(graph, 5, (tensor) =>
        field(
          5,
          rewrite(tensor, 9, (data) => {
            const entry = (key: string, value: string) =>
              field(13, join(field(1, text(key)), field(2, text(value))));
            const entries = [
              entry("location", location),
              entry("offset", `${offset}`),
              entry("length", `${data.length}`),
            ];
            chunks.push(data);
            offset += data.length;
            // data_location = EXTERNAL.
            return join(...entries, Uint8Array.of(14 << 3, 1));
          }),
        ),
      ),
    ),
  );
  return { model: split, weights: join(...chunks) };
}

/** Replaces every length-delimited field of that number in a protocol buffer. */
function rewrite(bytes: Uint8Array, number: number, change: (content: Uint8Array) => Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const varint = (): number => {
      let value = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = bytes[at++]!;
        value += (byte & 0x7f) * 2 ** shift;
        if (byte < 0x80) return value;
      }
    };
    const key = varint();
    if (key % 8 === 2) {
      const length = varint();
      at += length;
      const content = bytes.subarray(at - length, at);
      parts.push(key >> 3 === number ? change(content) : bytes.subarray(start, at));
    } else {
      if (key % 8 === 5) at += 4;
      else varint();
      parts.push(bytes.subarray(start, at));
    }
  }
  return join(...parts);
}

function field(number: number, content: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = content.length; ; rest >>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) break;
  }
  return join(Uint8Array.of((number << 3) | 2, ...length), content);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
