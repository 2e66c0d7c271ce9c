import { util } from "@tensorflow/tfjs-core";
import type { GraphType, ValueNode } from "../graph.ts";
import { type Layout, NCHW, permutation, physicalAxes, sizeOf } from "../layout.ts";
import { commonLayout, type Lowering } from "../lowering.ts";
import { type Attrs, type Kernel, ONNX_TYPE, single } from "./kernel.ts";

function axesOf(attrs: Attrs, x: ValueNode): number[] {
  return util.parseAxisParam((attrs.axis ?? attrs.reductionIndices) as number[], [...x.shape]);
}

function reducedShape(x: ValueNode, axes: readonly number[], keepDims: boolean): number[] {
  const shape = x.shape.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  return keepDims ? shape : shape.filter((_, axis) => !axes.includes(axis));
}

/** True when dropping the reduced axes leaves the others in logical order. */
function keepsOrder(layout: Layout, axes: readonly number[], rank: number): boolean {
  const left = permutation(layout, rank).filter((axis) => !axes.includes(axis));
  return left.every((axis, i) => i === 0 || axis > left[i - 1]);
}

interface ReductionOptions {
  types?: readonly GraphType[];
  result?: GraphType;
  /** What a sum over `count` equal elements is, when the input is not broadcast yet. */
  repeated?: (lowering: Lowering, name: string, count: number, dtype: GraphType) => string;
  /** True where the ONNX operator overlooks NaN. */
  missesNaN?: boolean;
}

function reduction(name: string, onnx: string, options: ReductionOptions = {}): Kernel {
  const types = options.types ?? ["float32", "int32"];
  // A result of another type is computed in that type.
  const converted = (lowering: Lowering, name: string, from: GraphType): string =>
    options.result === undefined || options.result === from
      ? name
      : lowering.emit("Cast", [name], { to: { i: ONNX_TYPE[options.result] } });
  return {
    name,
    inputs: ["x"],
    infer([x], attrs) {
      if (!types.includes(x.dtype)) return null;
      return single(reducedShape(x, axesOf(attrs, x), Boolean(attrs.keepDims)), options.result ?? x.dtype);
    },
    lower(lowering, op) {
      const [x] = op.inputs;
      const rank = x.shape.length;
      const output = op.outputs[0];
      const axes = axesOf(op.attrs, x);
      const keepDims = Boolean(op.attrs.keepDims);
      if (axes.length === 0 || rank === 0) {
        const whole = lowering.emit("Identity", [lowering.get(x)]);
        lowering.set(output, converted(lowering, whole, x.dtype));
        return;
      }
      let layout = commonLayout(lowering, [x], rank);
      // Filters come in another order when they were just restored than after a step; a sum over them must
      // round alike all the same, or a resumed training would drift from an uninterrupted one.
      if (layout !== NCHW) layout = "";
      if (!keepDims && !keepsOrder(layout, axes, rank)) layout = "";
      const form = lowering.form(x, layout);
      const operands = [
        converted(lowering, form.name, x.dtype),
        lowering.int64(physicalAxes(axes, layout, rank)),
      ];
      const attributes = { keepdims: { i: keepDims ? 1 : 0 } };
      let result = lowering.emit(onnx, operands, attributes);
      if (options.missesNaN && x.dtype === "float32") {
        // A sum of absolute values is NaN exactly where one of them is: infinities cannot cancel.
        const sum = lowering.emit("ReduceL1", operands, attributes);
        result = lowering.emit("Where", [lowering.emit("IsNaN", [sum]), sum, result]);
      }
      let repeats = 1;
      for (const axis of axes) if (form.dims[axis] !== x.shape[axis]) repeats *= x.shape[axis];
      if (repeats !== 1 && options.repeated) result = options.repeated(lowering, result, repeats, x.dtype);
      const dims = form.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
      lowering.set(
        output,
        result,
        keepDims ? layout : "",
        keepDims ? dims : dims.filter((_, axis) => !axes.includes(axis)),
      );
    },
  };
}

/** Reductions of truth values go through int32, since ONNX reduces no booleans. */
function truth(name: string, onnx: string): Kernel {
  return {
    name,
    inputs: ["x"],
    infer([x], attrs) {
      if (x.dtype !== "bool") return null;
      return single(reducedShape(x, axesOf(attrs, x), Boolean(attrs.keepDims)), "bool");
    },
    lower(lowering, op) {
      const [x] = op.inputs;
      const number = lowering.emit("Cast", [lowering.get(x)], { to: { i: 6 } });
      const axes = axesOf(op.attrs, x);
      const reduced = lowering.emit(onnx, [number, lowering.int64(axes)], {
        keepdims: { i: op.attrs.keepDims ? 1 : 0 },
        noop_with_empty_axes: { i: 1 },
      });
      lowering.set(op.outputs[0], lowering.emit("Cast", [reduced], { to: { i: 9 } }));
    },
  };
}

/** @param worst what NaN counts as, so that it is never chosen before a number */
function argument(name: string, onnx: string, worst: number): Kernel {
  return {
    name,
    inputs: ["x"],
    infer([x], attrs) {
      if (x.dtype === "bool" || x.shape.length === 0 || sizeOf(x.shape) === 0) return null;
      return single(reducedShape(x, axesOf(attrs, x).slice(0, 1), false), "int32");
    },
    lower(lowering, op) {
      const [x] = op.inputs;
      const [axis] = axesOf(op.attrs, x);
      let values = lowering.get(x);
      if (x.dtype === "float32") {
        const noNumber = lowering.emit("IsNaN", [values]);
        values = lowering.emit("Where", [noNumber, lowering.scalar(worst, "float32"), values]);
      }
      const index = lowering.emit(onnx, [values], { axis: { i: axis }, keepdims: { i: 0 } });
      lowering.set(op.outputs[0], lowering.emit("Cast", [index], { to: { i: 6 } }));
    },
  };
}

const cumsum: Kernel = {
  name: "Cumsum",
  inputs: ["x"],
  infer: ([x]) => (x.dtype === "bool" || x.shape.length === 0 ? null : single(x.shape, x.dtype)),
  lower(lowering, op) {
    const [axis] = util.parseAxisParam(op.attrs.axis as number, [...op.inputs[0].shape]);
    const name = lowering.emit("CumSum", [lowering.get(op.inputs[0]), lowering.int64([axis])], {
      exclusive: { i: op.attrs.exclusive ? 1 : 0 },
      reverse: { i: op.attrs.reverse ? 1 : 0 },
    });
    lowering.set(op.outputs[0], name);
  },
};

function softmaxLike(name: string, onnx: string, input: string, attribute: string): Kernel {
  return {
    name,
    inputs: [input],
    infer: ([x]) => (x.dtype === "float32" ? single(x.shape, x.dtype) : null),
    lower(lowering, op) {
      const [x] = op.inputs;
      const [axis] = util.parseAxisParam(op.attrs[attribute] as number, [...x.shape]);
      lowering.set(op.outputs[0], lowering.emit(onnx, [lowering.get(x)], { axis: { i: axis } }));
    },
  };
}

/** Kernels that fold axes. */
export const REDUCE: readonly Kernel[] = [
  reduction("Sum", "ReduceSum", {
    repeated: (lowering, name, count, dtype) => lowering.emit("Mul", [name, lowering.scalar(count, dtype)]),
  }),
  reduction("Mean", "ReduceMean", { types: ["float32", "int32", "bool"], result: "float32" }),
  reduction("Max", "ReduceMax", { missesNaN: true }),
  reduction("Min", "ReduceMin", { missesNaN: true }),
  reduction("Prod", "ReduceProd", {
    types: ["float32"],
    repeated: (lowering, name, count) => lowering.emit("Pow", [name, lowering.scalar(count, "float32")]),
  }),
  truth("All", "ReduceMin"),
  // Unlike a maximum, a sum over nothing is 0.
  truth("Any", "ReduceSum"),
  argument("ArgMax", "ArgMax", Number.NEGATIVE_INFINITY),
  argument("ArgMin", "ArgMin", Number.POSITIVE_INFINITY),
  cumsum,
  softmaxLike("Softmax", "Softmax", "logits", "dim"),
  softmaxLike("LogSoftmax", "LogSoftmax", "logits", "axis"),
];
