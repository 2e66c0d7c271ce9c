import { util } from "@tensorflow/tfjs-core";
import type { OpNode } from "../graph.ts";
import { isFlat, physicalAxes, sizeOf } from "../layout.ts";
import { commonLayout, type Lowering } from "../lowering.ts";
import { type Kernel, single } from "./kernel.ts";

const expandDims: Kernel = {
  name: "ExpandDims",
  inputs: ["input"],
  infer([x], attrs) {
    const shape = [...x.shape];
    const dim = attrs.dim as number;
    const rank = shape.length;
    util.assert(-(rank + 1) <= dim, () => `Axis must be in the interval [${-(rank + 1)}, ${rank}]`);
    shape.splice(dim < 0 ? dim + shape.length + 1 : dim, 0, 1);
    return single(shape, x.dtype);
  },
  attributes: () => ({}),
  lower: lowerReshape,
};

const reshape: Kernel = {
  name: "Reshape",
  inputs: ["x"],
  infer([x], attrs) {
    const size = sizeOf(x.shape);
    const shape = util.inferFromImplicitShape(attrs.shape as number[], size);
    util.assert(
      size === sizeOf(shape),
      () =>
        `The new shape (${shape}) has ${sizeOf(shape)} elements and the old shape (${x.shape}) has ${size}.`,
    );
    return single(shape, x.dtype);
  },
  isIdentity: ([x], attrs) => sameShape(x.shape, attrs.shape as number[]),
  attributes: () => ({}),
  lower: lowerReshape,
};

function lowerReshape(lowering: Lowering, op: OpNode): void {
  const [x] = op.inputs;
  const output = op.outputs[0];
  const form = lowering.forms(x)[0];
  const moved = movedSizes(form.dims, x.shape, output.shape);
  if (moved) lowering.set(output, lowering.reshape(lowering.form(x).name, moved), "", moved);
  else if (lowering.openSizes) {
    lowering.set(output, lowering.reshapeOpen(lowering.get(x), openSizes(x.shape, output.shape)));
  } else lowering.set(output, lowering.reshape(lowering.get(x), output.shape));
}

/**
 * Sizes that leave open what can be: 0 where both begin alike, -1 for what neighbouring axes become when they are joined.
 * Several sizes that one axis is split into stay as they were traced.
 */
function openSizes(from: readonly number[], to: readonly number[]): number[] {
  const shorter = Math.min(from.length, to.length);
  let before = 0;
  while (before < shorter && from[before] === to[before]) before += 1;
  let after = 0;
  while (after < shorter - before && from.at(-1 - after) === to.at(-1 - after)) after += 1;
  const between = to.slice(before, to.length - after);
  const isJoined = between.filter((dim) => dim !== 1).length === 1;
  return to.map((dim, axis) => {
    if (axis < before) return 0;
    return isJoined && axis < to.length - after && dim !== 1 ? -1 : dim;
  });
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/** Sizes of a reshaped value that is not yet broadcast, when the reshape only adds or drops axes of one. */
function movedSizes(
  dims: readonly number[],
  from: readonly number[],
  to: readonly number[],
): number[] | null {
  const long = (shape: readonly number[]) => shape.filter((dim) => dim !== 1).join("x");
  if (long(from) !== long(to)) return null;
  const actual = dims.filter((_, axis) => from[axis] !== 1);
  let next = 0;
  return to.map((dim) => {
    if (dim === 1) return 1;
    next += 1;
    return actual[next - 1];
  });
}

const transpose: Kernel = {
  name: "Transpose",
  inputs: ["x"],
  infer([x], attrs) {
    const perm = attrs.perm as number[];
    util.assert(
      new Set(perm).size === perm.length,
      () => `Error in transpose: perm ${perm} names an axis twice.`,
    );
    return single(
      perm.map((axis) => x.shape[axis]),
      x.dtype,
    );
  },
  lower(lowering, op) {
    const perm = op.attrs.perm as number[];
    const form = lowering.form(op.inputs[0]);
    const dims = perm.map((axis) => form.dims[axis]);
    const name = isFlat(form.dims) ? lowering.reshape(form.name, dims) : lowering.transpose(form.name, perm);
    lowering.set(op.outputs[0], name, "", dims);
  },
};

const tile: Kernel = {
  name: "Tile",
  inputs: ["x"],
  isIdentity: (_, attrs) => (attrs.reps as number[]).every((times) => times === 1),
  infer([x], attrs) {
    const reps = attrs.reps as number[];
    return single(
      x.shape.map((dim, axis) => dim * reps[axis]),
      x.dtype,
    );
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const output = op.outputs[0];
    const reps = op.attrs.reps as number[];
    const form = lowering.forms(x)[0];
    // Repeating an axis of one is broadcasting, which can wait.
    if (reps.every((times, axis) => times === 1 || x.shape[axis] === 1)) {
      lowering.set(output, form.name, form.layout, form.dims);
    } else {
      lowering.set(output, lowering.emit("Tile", [lowering.get(x), lowering.int64(reps)]));
    }
  },
};

const broadcastTo: Kernel = {
  name: "BroadcastTo",
  inputs: ["x"],
  isIdentity: ([x], attrs) => sameShape(x.shape, attrs.shape as number[]),
  infer: ([x], attrs) => single(attrs.shape as number[], x.dtype),
  lower(lowering, op) {
    const [x] = op.inputs;
    const output = op.outputs[0];
    const padded = output.shape.length - x.shape.length;
    const form = padded > 0 ? lowering.form(x) : lowering.forms(x)[0];
    const dims = [...new Array<number>(padded).fill(1), ...form.dims];
    lowering.set(output, padded > 0 ? lowering.reshape(form.name, dims) : form.name, form.layout, dims);
  },
};

const reverse: Kernel = {
  name: "Reverse",
  inputs: ["x"],
  infer([x], attrs) {
    // For the errors that it throws.
    util.parseAxisParam(attrs.dims as number[], x.shape as number[]);
    return single(x.shape, x.dtype);
  },
  lower(lowering, op) {
    const [x] = op.inputs;
    const rank = x.shape.length;
    const axes = util.parseAxisParam(op.attrs.dims as number[], [...x.shape]);
    if (rank === 0 || axes.length === 0) {
      lowering.set(op.outputs[0], lowering.emit("Identity", [lowering.get(x)]));
      return;
    }
    const layout = commonLayout(lowering, [x], rank);
    const name = lowering.emit("Slice", [
      lowering.get(x, layout),
      lowering.int64(axes.map(() => -1)),
      lowering.int64(axes.map(() => -(2 ** 31))),
      lowering.int64(physicalAxes(axes, layout, rank)),
      lowering.int64(axes.map(() => -1)),
    ]);
    lowering.set(op.outputs[0], name, layout);
  },
};

const depthToSpace: Kernel = {
  name: "DepthToSpace",
  inputs: ["x"],
  infer([x], attrs) {
    if (attrs.dataFormat !== "NHWC" || x.dtype !== "float32") return null;
    const block = attrs.blockSize as number;
    const [n, h, w, c] = x.shape;
    return single([n, h * block, w * block, c / (block * block)], x.dtype);
  },
  lower(lowering, op) {
    const name = lowering.emit("DepthToSpace", [lowering.get(op.inputs[0], "0312")], {
      blocksize: { i: op.attrs.blockSize as number },
      mode: { s: "DCR" },
    });
    lowering.set(op.outputs[0], name, "0312");
  },
};

/** Kernels that reorder or repeat elements. */
export const SHAPE: readonly Kernel[] = [
  reshape,
  expandDims,
  transpose,
  tile,
  broadcastTo,
  reverse,
  depthToSpace,
];
