import type { GraphType, OpNode, ValueNode } from "../graph.ts";
import type { Lowering } from "../lowering.ts";

export type Attrs = Readonly<Record<string, unknown>>;

export interface ResultInfo {
  shape: readonly number[];
  dtype: GraphType;
}

/** A kernel that is recorded and later lowered to ONNX. */
export interface Kernel {
  /** The TensorFlow.js kernel name. */
  readonly name: string;
  /** Names of the inputs, in order; a trailing "?" marks one that may be absent. Null: a list of tensors. */
  readonly inputs: readonly string[] | null;
  /** True where TensorFlow.js expects a list of results, be it of one. */
  readonly yieldsList?: boolean;
  /** Shapes and types of the results, or null when this case has no lowering and falls back. */
  infer(inputs: readonly ValueNode[], attrs: Attrs): readonly ResultInfo[] | null;
  /** True where the result is the first input itself, so that nothing need be recorded. */
  isIdentity?(inputs: readonly ValueNode[], attrs: Attrs): boolean;
  /** The part of the attributes that the lowering depends on; all of them by default. */
  attributes?(attrs: Attrs, inputs: readonly ValueNode[]): Attrs;
  /** Emits the ONNX nodes that compute the results. */
  lower(lowering: Lowering, op: OpNode): void;
}

export function single(shape: readonly number[], dtype: GraphType): readonly ResultInfo[] {
  return [{ shape, dtype }];
}

/** ONNX's numbers of the element types. */
export const ONNX_TYPE: Readonly<Record<GraphType, number>> = { float32: 1, int32: 6, bool: 9 };
