import { backend_util, slice_util, util } from "@tensorflow/tfjs-core";
import type { OpNode, ValueNode } from "../graph.ts";
import { permutation, physicalAxes } from "../layout.ts";
import { commonLayout, type Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

const slice: Kernel = {
  name: "Slice",
  inputs: ["x"],
  infer([x], attrs) {
    const [begin, size] = slice_util.parseSliceParams(
      shapeOnly(x),
      attrs.begin as number[],
      attrs.size as number[],
    );
    slice_util.assertParamsValid(shapeOnly(x), begin, size);
    assertSizes("slice", size);
    return single(size, x.dtype);
  },
  attributes(attrs, [x]) {
    const [begin] = slice_util.parseSliceParams(
      shapeOnly(x),
      attrs.begin as number[],
      attrs.size as number[],
    );
    return { begin };
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const rank = x.shape.length;
    const begin = op.attrs.begin as number[];
    const output = op.outputs[0];
    const layout = commonLayout(lowering, [x], rank);
    let name = lowering.get(x, layout);
    const axes = begin.map((_, axis) => axis).filter((axis) => output.shape[axis] !== x.shape[axis]);
    if (axes.length > 0) {
      name = lowering.emit("Slice", [
        name,
        lowering.int64(axes.map((axis) => begin[axis])),
        lowering.int64(axes.map((axis) => begin[axis] + output.shape[axis])),
        lowering.int64(physicalAxes(axes, layout, rank)),
      ]);
    }
    lowering.set(output, name, layout);
  },
};

/** The helpers of TensorFlow.js let a part begin behind the end. */
function assertSizes(kernel: string, sizes: readonly number[]): void {
  util.assert(
    sizes.every((size) => size >= 0),
    () => `Error in ${kernel}: the sizes [${sizes}] include a negative one.`,
  );
}

/** The slice helpers of TensorFlow.js read nothing but the shape of what they are given. */
function shapeOnly(x: ValueNode): never {
  return { shape: x.shape, rank: x.shape.length } as never;
}

const stridedSlice: Kernel = {
  name: "StridedSlice",
  inputs: ["x"],
  infer([x], attrs) {
    // ONNX slices no scalars.
    return x.shape.length === 0 ? null : single(stridedSliceInfo(x, attrs).finalShape, x.dtype);
  },
  attributes(attrs, [x]) {
    const { begin, strides, finalShapeSparse } = stridedSliceInfo(x, attrs);
    return { begin, strides, computed: finalShapeSparse };
  },
  lower(lowering, op) {
    const begin = op.attrs.begin as number[];
    const strides = op.attrs.strides as number[];
    const computed = op.attrs.computed as number[];
    const output = op.outputs[0];
    const BEFORE_START = -(2 ** 31);
    const ends = begin.map((from, axis) => {
      const end = from + strides[axis] * computed[axis];
      return end < 0 ? BEFORE_START : end;
    });
    const sliced = lowering.emit("Slice", [
      lowering.get(op.inputs[0]),
      lowering.int64(begin),
      lowering.int64(ends),
      lowering.int64(begin.map((_, axis) => axis)),
      lowering.int64(strides),
    ]);
    lowering.set(output, lowering.reshape(sliced, output.shape));
  },
};

function stridedSliceInfo(x: ValueNode, attrs: Readonly<Record<string, unknown>>) {
  const info = slice_util.sliceInfo(
    [...x.shape],
    attrs.begin as number[],
    attrs.end as number[],
    attrs.strides as number[],
    attrs.beginMask as number,
    attrs.endMask as number,
    attrs.ellipsisMask as number,
    attrs.newAxisMask as number,
    attrs.shrinkAxisMask as number,
  );
  // The sizes before axes are dropped or added: what the ONNX Slice itself yields.
  const sparse = slice_util.computeOutShape(info.begin, info.end, info.strides);
  return { ...info, finalShapeSparse: sparse };
}

const unpack: Kernel = {
  name: "Unpack",
  inputs: ["value"],
  yieldsList: true,
  infer([x], attrs) {
    const axis = positive(attrs.axis as number, x.shape.length);
    const shape = x.shape.filter((_, i) => i !== axis);
    return Array.from({ length: x.shape[axis] }, () => ({ shape, dtype: x.dtype }));
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const axis = positive(op.attrs.axis as number, x.shape.length);
    splitInto(
      lowering,
      op,
      lowering.get(x),
      axis,
      op.outputs.map(() => 1),
    );
  },
};

const splitV: Kernel = {
  name: "SplitV",
  inputs: ["x"],
  yieldsList: true,
  infer([x], attrs) {
    const axis = util.parseAxisParam(attrs.axis as number, [...x.shape])[0];
    const sizes = backend_util.prepareSplitSize(shapeOnly(x), attrs.numOrSizeSplits as number[], axis);
    assertSizes("split", sizes);
    return sizes.map((size) => ({
      shape: x.shape.map((dim, i) => (i === axis ? size : dim)),
      dtype: x.dtype,
    }));
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const axis = util.parseAxisParam(op.attrs.axis as number, [...x.shape])[0];
    splitInto(
      lowering,
      op,
      lowering.get(x),
      axis,
      op.outputs.map((output) => output.shape[axis]),
    );
  },
};

function splitInto(
  lowering: Lowering,
  op: OpNode,
  name: string,
  axis: number,
  sizes: readonly number[],
): void {
  const parts =
    sizes.length === 1
      ? [name]
      : lowering.emitMany("Split", [name, lowering.int64(sizes)], sizes.length, { axis: { i: axis } });
  op.outputs.forEach((output, i) => {
    lowering.set(output, lowering.reshape(parts[i], output.shape));
  });
}

function positive(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

const concat: Kernel = {
  name: "Concat",
  inputs: null,
  infer(inputs, attrs) {
    const axis = util.parseAxisParam(attrs.axis as number, [...inputs[0].shape])[0];
    backend_util.assertParamsConsistent(
      inputs.map((x) => [...x.shape]),
      axis,
    );
    if (inputs.some((x) => x.dtype !== inputs[0].dtype)) return null;
    return single(
      backend_util.computeOutShape(
        inputs.map((x) => [...x.shape]),
        axis,
      ),
      inputs[0].dtype,
    );
  },
  lower(lowering, op) {
    const output = op.outputs[0];
    const rank = output.shape.length;
    const axis = util.parseAxisParam(op.attrs.axis as number, [...output.shape])[0];
    const parts = op.inputs.filter((x) => x.shape[axis] > 0);
    const layout = commonLayout(lowering, parts, rank);
    const names = (parts.length > 0 ? parts : op.inputs.slice(0, 1)).map((x) => lowering.get(x, layout));
    const [physical] = physicalAxes([axis], layout, rank);
    lowering.set(output, lowering.emit("Concat", names, { axis: { i: physical } }), layout);
  },
};

const pack: Kernel = {
  name: "Pack",
  inputs: null,
  infer(inputs, attrs) {
    const shape = [...inputs[0].shape];
    for (const x of inputs) {
      util.assertShapesMatch(
        shape,
        x.shape as number[],
        "All tensors passed to stack must have matching shapes",
      );
      util.assert(x.dtype === inputs[0].dtype, () => "All tensors passed to stack must have matching dtypes");
    }
    const axis = attrs.axis as number;
    shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, inputs.length);
    return single(shape, inputs[0].dtype);
  },
  lower(lowering, op) {
    const output = op.outputs[0];
    const axis = op.attrs.axis as number;
    const at = axis < 0 ? axis + output.shape.length : axis;
    const names = op.inputs.map((x) => lowering.emit("Unsqueeze", [lowering.get(x), lowering.int64([at])]));
    lowering.set(output, lowering.emit("Concat", names, { axis: { i: at } }));
  },
};

type Paddings = readonly (readonly [number, number])[];

function lowerPad(lowering: Lowering, op: OpNode, mode: string, paddings: Paddings, value?: string): void {
  const [x] = op.inputs;
  const rank = x.shape.length;
  const layout = commonLayout(lowering, [x], rank);
  const perm = permutation(layout, rank);
  const pads = [...perm.map((axis) => paddings[axis][0]), ...perm.map((axis) => paddings[axis][1])];
  const inputs = [lowering.get(x, layout), lowering.int64(pads)];
  if (value !== undefined) inputs.push(value);
  lowering.set(op.outputs[0], lowering.emit("Pad", inputs, { mode: { s: mode } }), layout);
}

function paddedShape(x: ValueNode, paddings: Paddings): number[] {
  return x.shape.map((dim, axis) => paddings[axis][0] + dim + paddings[axis][1]);
}

const pad: Kernel = {
  name: "PadV2",
  inputs: ["x"],
  infer([x], attrs) {
    if (x.dtype === "bool" || x.shape.length === 0) return null;
    return single(paddedShape(x, attrs.paddings as Paddings), x.dtype);
  },
  lower(lowering, op) {
    const value = lowering.scalar(op.attrs.constantValue as number, op.inputs[0].dtype);
    lowerPad(lowering, op, "constant", op.attrs.paddings as Paddings, value);
  },
};

const mirrorPad: Kernel = {
  name: "MirrorPad",
  inputs: ["x"],
  infer([x], attrs) {
    if (x.dtype === "bool" || x.shape.length === 0) return null;
    return single(paddedShape(x, attrs.paddings as Paddings), x.dtype);
  },
  lower(lowering, op) {
    const paddings = op.attrs.paddings as Paddings;
    if (op.attrs.mode === "reflect") lowerPad(lowering, op, "reflect", paddings);
    else lowerSymmetricPad(lowering, op, paddings);
  },
};

/** Mirrors edges with the outermost element repeated, which ONNX's Pad cannot: by picking indices along each axis. */
function lowerSymmetricPad(lowering: Lowering, op: OpNode, paddings: Paddings): void {
  const [x] = op.inputs;
  const rank = x.shape.length;
  const layout = commonLayout(lowering, [x], rank);
  let name = lowering.get(x, layout);
  paddings.forEach(([before, after], axis) => {
    if (before === 0 && after === 0) return;
    const size = x.shape[axis];
    const indices = Array.from({ length: before + size + after }, (_, i) => {
      const position = i - before;
      if (position < 0) return -1 - position;
      return position < size ? position : 2 * size - 1 - position;
    });
    const [physical] = physicalAxes([axis], layout, rank);
    name = lowering.emit("Gather", [name, lowering.int64(indices)], { axis: { i: physical } });
  });
  lowering.set(op.outputs[0], name, layout);
}

/** Kernels that cut tensors apart, join them or put a margin around them. */
export const PARTS: readonly Kernel[] = [slice, stridedSlice, unpack, splitV, concat, pack, pad, mirrorPad];
