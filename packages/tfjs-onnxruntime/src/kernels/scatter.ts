import { scatter_util } from "@tensorflow/tfjs-core";
import type { ValueNode } from "../graph.ts";
import { sizeOf } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

const INT64 = { to: { i: 7 } };

/** Rows of equal size that are to be written, and the names of where they go, [count, 1] int64. */
export interface ScatteredRows {
  positions: string;
  values: string;
  count: number;
  size: number;
}

/**
 * Writes rows into `data`, whose elements are all in one axis; two rows for one place are added up or, without
 * `add`, the later one stays. Not by ScatterND: several threads of the runtime lose updates of one place there.
 */
export function scatterRows(lowering: Lowering, data: string, rows: ScatteredRows, add: boolean): string {
  const { positions, values, count, size } = rows;
  const columns = lowering.emit("Range", [
    lowering.scalar(0, "int32"),
    lowering.scalar(size, "int32"),
    lowering.scalar(1, "int32"),
  ]);
  const places = lowering.emit("Add", [
    lowering.emit("Mul", [positions, lowering.int64([size])]),
    lowering.emit("Cast", [columns], INT64),
  ]);
  const operands = [data, lowering.reshape(places, [count * size]), lowering.reshape(values, [count * size])];
  return lowering.emit("ScatterElements", operands, {
    axis: { i: 0 },
    reduction: { s: add ? "add" : "none" },
  });
}

/** The helpers of TensorFlow.js read nothing else of what they are given. */
export function description({ shape, dtype }: ValueNode): never {
  return { shape, dtype, rank: shape.length, size: sizeOf(shape) } as never;
}

/**
 * The rows that `indices` [..., axes] send to a tensor of this shape.
 *
 * @param names of both, the indices being int32 and none of them negative
 */
export function indexedRows(
  lowering: Lowering,
  [indices, updates]: readonly [ValueNode, ValueNode],
  names: readonly [string, string],
  shape: readonly number[],
): ScatteredRows {
  const { sliceRank, sliceSize, numUpdates } = scatter_util.calculateShapes(
    description(updates),
    description(indices),
    [...shape],
  );
  const strides = Array.from({ length: sliceRank }, (_, axis) => sizeOf(shape.slice(axis + 1, sliceRank)));
  // In 64 bits: an index out of range must not wrap round into it.
  const wide = lowering.reshape(lowering.emit("Cast", [names[0]], INT64), [numUpdates, sliceRank]);
  const positions = lowering.emit("ReduceSum", [
    lowering.emit("Mul", [wide, lowering.int64(strides)]),
    lowering.int64([1]),
  ]);
  return { positions, values: names[1], count: numUpdates, size: sliceSize };
}

/** Overwrites slices of a tensor. */
const tensorScatterUpdate: Kernel = {
  name: "TensorScatterUpdate",
  inputs: ["tensor", "indices", "updates"],
  infer([tensor, indices, updates]) {
    if (indices.dtype !== "int32" || tensor.dtype !== updates.dtype) return null;
    return single(tensor.shape, tensor.dtype);
  },
  lower(lowering, op) {
    const [tensor, indices, updates] = op.inputs;
    const names = [lowering.get(indices), lowering.get(updates)] as const;
    const rows = indexedRows(lowering, [indices, updates], names, tensor.shape);
    const data = lowering.reshape(lowering.get(tensor), [sizeOf(tensor.shape)]);
    const written = scatterRows(lowering, data, rows, false);
    lowering.set(op.outputs[0], lowering.reshape(written, tensor.shape));
  },
};

/** Kernels that write elements by number. */
export const SCATTER: readonly Kernel[] = [tensorScatterUpdate];
