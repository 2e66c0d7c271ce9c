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
  metadata?: Readonly<Record<string, string>>;
}

/** Bytes of an ONNX network each of whose output channels is linear in the input channels of the same pixel. */
export function foreignModel(options: ForeignModelOptions): Uint8Array {
  const { layout = "NCHW", type = "float32", batch = 1, height = "height", width = "width" } = options;
  const { input = "input", output = "output", weights, extras = [], map, pool = 1, metadata = {} } = options;
  const outputs = weights.length;
  const hints = extras.reduce((sum, { channels }) => sum + channels, 0);
  const inputs = weights[0]!.length - hints;
  const dims = (channels: number, h: Dim, w: Dim): Dim[] =>
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
    outputs: [value(output, dims(outputs, pooled(height), pooled(width)))],
    initializers,
    metadata,
  });
}
