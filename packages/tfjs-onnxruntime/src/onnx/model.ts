/** Element types that this package reads and writes, by their ONNX `TensorProto.DataType` numbers. */
export const ELEMENT_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
} as const;

export type ElementType = keyof typeof ELEMENT_TYPE;

/** A constant of the graph; `data` is the raw little-endian content, row-major. */
export interface OnnxTensor {
  name: string;
  type: ElementType;
  dims: readonly number[];
  data: Uint8Array;
}

/** One attribute value: `i`/`is` whole numbers, `f`/`fs` float32, `s` text, `g` the body of a loop. */
export type OnnxAttribute =
  | { i: number }
  | { f: number }
  | { s: string }
  | { g: OnnxGraph }
  | { is: readonly number[] }
  | { fs: readonly number[] };

export interface OnnxNode {
  op: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, OnnxAttribute>>;
  name?: string;
  /** Operator set; empty means the standard one. */
  domain?: string;
}

/** A graph input or output; a string among `dims` names a size that may differ from run to run. */
export interface OnnxValue {
  name: string;
  type: ElementType;
  dims: readonly (number | string)[];
}

export interface OnnxGraph {
  nodes: readonly OnnxNode[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  initializers?: readonly OnnxTensor[];
  name?: string;
}

export interface OnnxModel extends OnnxGraph {
  metadata?: Readonly<Record<string, string>>;
  doc?: string;
}

/** Version of the standard operator set in which every graph is written. */
export const OPSET = 18;
