import { gather_util, scatter_util, util } from "@tensorflow/tfjs-core";
import type { ValueNode } from "../graph.ts";
import { sizeOf } from "../layout.ts";
import type { Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";
import { description, indexedRows, scatterRows } from "./scatter.ts";

/**
 * Throws as TensorFlow.js does where an index that is known by now points outside of `size` rows. What is still to
 * be computed cannot be looked at: `nonNegative` makes the runtime refuse it.
 */
function assertWithin(indices: ValueNode, size: number): void {
  const fault = (index: number) => `GatherV2: the index value ${index} is not in [0, ${size - 1}]`;
  if (indices.fill !== null) util.assert(indices.fill < size, () => fault(indices.fill as number));
  if (indices.value === null) return;
  for (const index of indices.value.data) util.assert(index >= 0 && index < size, () => fault(index));
}

/** The same for rows of `depth` indices into the first axes of `shape`. */
function assertRowsWithin(indices: ValueNode, depth: number, shape: readonly number[]): void {
  if (indices.value === null || indices.value.layout !== "") return;
  const { data } = indices.value;
  for (let i = 0; i < data.length; i += 1) {
    if (data[i] >= 0 && data[i] < shape[i % depth]) continue;
    const row = data.slice(i - (i % depth), i - (i % depth) + depth);
    throw new Error(`Invalid indices: ${row} does not index into ${shape}`);
  }
}

/** Turns negative indices, which ONNX counts from the end, into ones that it refuses. */
function nonNegative(lowering: Lowering, indices: ValueNode): string {
  const name = lowering.get(indices);
  const isNegative = lowering.emit("Less", [name, lowering.scalar(0, "int32")]);
  return lowering.emit("Where", [isNegative, lowering.scalar(2 ** 31 - 1, "int32"), name]);
}

const gather: Kernel = {
  name: "GatherV2",
  inputs: ["x", "indices"],
  infer([x, indices], attrs) {
    if (indices.dtype !== "int32" || ((attrs.batchDims as number | undefined) ?? 0) !== 0) return null;
    const [axis] = util.parseAxisParam(attrs.axis as number, [...x.shape]);
    assertWithin(indices, x.shape[axis]);
    return single([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], x.dtype);
  },
  lower(lowering, op) {
    const [x, indices] = op.inputs;
    const [axis] = util.parseAxisParam(op.attrs.axis as number, [...x.shape]);
    const operands = [lowering.get(x), nonNegative(lowering, indices)];
    const name = lowering.emit("Gather", operands, { axis: { i: axis } });
    lowering.set(op.outputs[0], name);
  },
};

const gatherNd: Kernel = {
  name: "GatherNd",
  inputs: ["params", "indices"],
  infer([params, indices]) {
    if (indices.dtype !== "int32" || sizeOf(params.shape) === 0) return null;
    const [shape] = gather_util.prepareAndValidate(description(params), description(indices));
    assertRowsWithin(indices, indices.shape.at(-1) as number, params.shape);
    return single(shape, params.dtype);
  },
  lower(lowering, op) {
    const [params, indices] = op.inputs;
    const positions = lowering.emit("Cast", [nonNegative(lowering, indices)], { to: { i: 7 } });
    lowering.set(op.outputs[0], lowering.emit("GatherND", [lowering.get(params), positions]));
  },
};

const scatterNd: Kernel = {
  name: "ScatterNd",
  inputs: ["indices", "updates"],
  infer([indices, updates], attrs) {
    if (indices.dtype !== "int32" || updates.dtype === "bool") return null;
    const shape = attrs.shape as number[];
    scatter_util.validateInput(description(updates), description(indices), shape);
    const { sliceRank } = scatter_util.calculateShapes(description(updates), description(indices), shape);
    assertRowsWithin(indices, sliceRank, shape);
    return single(shape, updates.dtype);
  },
  lower(lowering, op) {
    const [indices, updates] = op.inputs;
    const output = op.outputs[0];
    const size = lowering.int64([sizeOf(output.shape)]);
    const zeros = lowering.emit("Expand", [lowering.scalar(0, output.dtype, 1), size]);
    const names = [nonNegative(lowering, indices), lowering.get(updates)] as const;
    const rows = indexedRows(lowering, [indices, updates], names, output.shape);
    lowering.set(output, lowering.reshape(scatterRows(lowering, zeros, rows, true), output.shape));
  },
};

const oneHot: Kernel = {
  name: "OneHot",
  inputs: ["indices"],
  infer([indices], attrs) {
    const dtype = (attrs.dtype as string | undefined) ?? "int32";
    if (indices.dtype !== "int32" || (dtype !== "int32" && dtype !== "float32")) return null;
    return single([...indices.shape, attrs.depth as number], dtype);
  },
  lower(lowering, op) {
    const [indices] = op.inputs;
    const output = op.outputs[0];
    const depth = op.attrs.depth as number;
    // ONNX's own OneHot counts negative indices from the end, where TensorFlow's yields all "off".
    const classes = lowering.emit("Range", [
      lowering.scalar(0, "int32"),
      lowering.scalar(depth, "int32"),
      lowering.scalar(1, "int32"),
    ]);
    const column = lowering.reshape(lowering.get(indices), [...indices.shape, 1]);
    const hit = lowering.emit("Equal", [column, classes]);
    const name = lowering.emit("Where", [
      hit,
      lowering.scalar(op.attrs.onValue as number, output.dtype),
      lowering.scalar(op.attrs.offValue as number, output.dtype),
    ]);
    lowering.set(output, name);
  },
};

const topK: Kernel = {
  name: "TopK",
  inputs: ["x"],
  infer([x], attrs) {
    if (x.dtype !== "float32" || x.shape.length === 0 || sizeOf(x.shape) === 0 || attrs.k === 0) return null;
    const shape = [...x.shape.slice(0, -1), attrs.k as number];
    return [
      { shape, dtype: x.dtype },
      { shape, dtype: "int32" },
    ];
  },
  lower(lowering, op) {
    const inputs = [lowering.get(op.inputs[0]), lowering.int64([op.attrs.k as number])];
    const [values, indices] = lowering.emitMany("TopK", inputs, 2, { axis: { i: -1 }, sorted: { i: 1 } });
    lowering.set(op.outputs[0], values);
    lowering.set(op.outputs[1], lowering.emit("Cast", [indices], { to: { i: 6 } }));
  },
};

/** Each row goes to its segment; numbers beyond the segments share one more, which is then left out. */
const unsortedSegmentSum: Kernel = {
  name: "UnsortedSegmentSum",
  inputs: ["x", "segmentIds"],
  infer([x, ids], attrs) {
    if (x.dtype !== "float32" || ids.dtype !== "int32" || ids.shape.length !== 1) return null;
    if (x.shape[0] !== ids.shape[0]) return null;
    return single([attrs.numSegments as number, ...x.shape.slice(1)], x.dtype);
  },
  lower(lowering, op) {
    const [x, ids] = op.inputs;
    const output = op.outputs[0];
    const segments = op.attrs.numSegments as number;
    const count = ids.shape[0];
    const size = sizeOf(x.shape.slice(1));
    const beyond = lowering.scalar(segments, "int32");
    const number = lowering.get(ids);
    const isOutside = lowering.emit("Or", [
      lowering.emit("Less", [number, lowering.scalar(0, "int32")]),
      lowering.emit("Greater", [number, beyond]),
    ]);
    const segment = lowering.emit("Where", [isOutside, beyond, number]);
    const positions = lowering.reshape(lowering.emit("Cast", [segment], { to: { i: 7 } }), [count, 1]);
    const all = lowering.int64([(segments + 1) * size]);
    const zeros = lowering.emit("Expand", [lowering.scalar(0, "float32", 1), all]);
    const rows = { positions, values: lowering.get(x), count, size };
    const sums = lowering.emit("Slice", [
      scatterRows(lowering, zeros, rows, true),
      lowering.int64([0]),
      lowering.int64([segments * size]),
    ]);
    lowering.set(output, lowering.reshape(sums, output.shape));
  },
};

/** Kernels that pick elements by number. */
export const INDEXING: readonly Kernel[] = [gather, gatherNd, scatterNd, oneHot, topK, unsortedSegmentSum];
