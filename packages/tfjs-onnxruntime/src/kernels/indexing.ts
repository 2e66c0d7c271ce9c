import { gather_util, scatter_util, util } from "@tensorflow/tfjs-core";
import { sizeOf } from "../layout.ts";
import { type Kernel, single } from "./kernel.ts";

const gather: Kernel = {
  name: "GatherV2",
  inputs: ["x", "indices"],
  infer([x, indices], attrs) {
    if (indices.dtype !== "int32" || ((attrs.batchDims as number | undefined) ?? 0) !== 0) return null;
    const [axis] = util.parseAxisParam(attrs.axis as number, [...x.shape]);
    return single([...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)], x.dtype);
  },
  lower(lowering, op) {
    const [x, indices] = op.inputs;
    const [axis] = util.parseAxisParam(op.attrs.axis as number, [...x.shape]);
    const name = lowering.emit("Gather", [lowering.get(x), lowering.get(indices)], { axis: { i: axis } });
    lowering.set(op.outputs[0], name);
  },
};

const gatherNd: Kernel = {
  name: "GatherNd",
  inputs: ["params", "indices"],
  infer([params, indices]) {
    if (indices.dtype !== "int32" || sizeOf(params.shape) === 0) return null;
    const [shape] = gather_util.prepareAndValidate(
      { shape: params.shape, rank: params.shape.length } as never,
      { shape: indices.shape, rank: indices.shape.length, dtype: indices.dtype } as never,
    );
    return single(shape, params.dtype);
  },
  lower(lowering, op) {
    const indices = lowering.emit("Cast", [lowering.get(op.inputs[1])], { to: { i: 7 } });
    lowering.set(op.outputs[0], lowering.emit("GatherND", [lowering.get(op.inputs[0]), indices]));
  },
};

const scatterNd: Kernel = {
  name: "ScatterNd",
  inputs: ["indices", "updates"],
  infer([indices, updates], attrs) {
    if (indices.dtype !== "int32" || updates.dtype === "bool") return null;
    const shape = attrs.shape as number[];
    scatter_util.validateInput(
      { shape: updates.shape, rank: updates.shape.length } as never,
      { shape: indices.shape, rank: indices.shape.length, dtype: indices.dtype } as never,
      shape,
    );
    return single(shape, updates.dtype);
  },
  lower(lowering, op) {
    const [indices, updates] = op.inputs;
    const output = op.outputs[0];
    const zeros = lowering.emit("Expand", [lowering.scalar(0, output.dtype), lowering.int64(output.shape)]);
    const positions = lowering.emit("Cast", [lowering.get(indices)], { to: { i: 7 } });
    const name = lowering.emit("ScatterND", [zeros, positions, lowering.get(updates)], {
      reduction: { s: "add" },
    });
    lowering.set(output, name);
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

/** As a product with the matrix of who belongs where, which leaves out numbers beyond the segments. */
const unsortedSegmentSum: Kernel = {
  name: "UnsortedSegmentSum",
  inputs: ["x", "segmentIds"],
  infer([x, ids], attrs) {
    if (x.dtype !== "float32" || ids.dtype !== "int32" || ids.shape.length !== 1) return null;
    return single([attrs.numSegments as number, ...x.shape.slice(1)], x.dtype);
  },
  lower(lowering, op) {
    const [x, ids] = op.inputs;
    const segments = lowering.emit("Range", [
      lowering.scalar(0, "int32"),
      lowering.scalar(op.attrs.numSegments as number, "int32"),
      lowering.scalar(1, "int32"),
    ]);
    const belongs = lowering.emit("Equal", [lowering.reshape(segments, [-1, 1]), lowering.get(ids)]);
    const rows = lowering.reshape(lowering.get(x), [ids.shape[0], sizeOf(x.shape.slice(1))]);
    const sum = lowering.emit("MatMul", [lowering.emit("Cast", [belongs], { to: { i: 1 } }), rows]);
    lowering.set(op.outputs[0], lowering.reshape(sum, op.outputs[0].shape));
  },
};

/** Kernels that pick elements by number. */
export const INDEXING: readonly Kernel[] = [gather, gatherNd, scatterNd, oneHot, topK, unsortedSegmentSum];
