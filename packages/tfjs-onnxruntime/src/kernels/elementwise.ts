import { broadcast_util } from "@tensorflow/tfjs-core";
import type { GraphType, OpNode } from "../graph.ts";
import { type Lowering, lowerElementwise } from "../lowering.ts";
import { type Attrs, type Kernel, ONNX_TYPE, type ResultInfo, single } from "./kernel.ts";

type Build = (lowering: Lowering, names: readonly string[], op: OpNode) => string;

/** A kernel over one tensor; `result` names the result's type, by default the input's. */
function unary(
  name: string,
  build: Build,
  options: { types?: readonly GraphType[]; result?: GraphType } = {},
): Kernel {
  const types = options.types ?? ["float32"];
  return {
    name,
    inputs: ["x"],
    infer: ([x]) => (types.includes(x.dtype) ? single(x.shape, options.result ?? x.dtype) : null),
    lower: (lowering, op) => lowerElementwise(lowering, op, (names) => build(lowering, names, op)),
  };
}

/** A kernel over two tensors that broadcast. */
function binary(
  name: string,
  build: Build,
  options: { types?: readonly GraphType[]; result?: GraphType; inputs?: readonly [string, string] } = {},
): Kernel {
  const types = options.types ?? ["float32", "int32"];
  return {
    name,
    inputs: options.inputs ?? ["a", "b"],
    infer([a, b]): readonly ResultInfo[] | null {
      if (a.dtype !== b.dtype || !types.includes(a.dtype)) return null;
      const shape = broadcast_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
      return single(shape, options.result ?? a.dtype);
    },
    lower: (lowering, op) => lowerElementwise(lowering, op, (names) => build(lowering, names, op)),
  };
}

const onnx =
  (op: string): Build =>
  (lowering, names) =>
    lowering.emit(op, names);

const constant = (lowering: Lowering, value: number): string => lowering.scalar(value, "float32");

function number(attrs: Attrs, name: string): number {
  return attrs[name] as number;
}

const INT64 = 7;
const DOUBLE = 11;

const NUMBERS: readonly GraphType[] = ["float32", "int32"];
const ALL: readonly GraphType[] = ["float32", "int32", "bool"];

const UNARY: readonly Kernel[] = [
  unary("Abs", onnx("Abs"), { types: NUMBERS }),
  unary("Acos", onnx("Acos")),
  unary("Acosh", onnx("Acosh")),
  unary("Asin", onnx("Asin")),
  unary("Asinh", onnx("Asinh")),
  unary("Atan", onnx("Atan")),
  unary("Atanh", onnx("Atanh")),
  unary("Ceil", onnx("Ceil")),
  unary("Cos", onnx("Cos")),
  unary("Cosh", onnx("Cosh")),
  unary("Erf", onnx("Erf")),
  unary("Elu", onnx("Elu")),
  unary("Exp", onnx("Exp")),
  unary("Floor", onnx("Floor")),
  unary("IsNan", onnx("IsNaN"), { result: "bool" }),
  unary("IsInf", onnx("IsInf"), { result: "bool" }),
  unary("IsFinite", (l, [x]) => l.emit("Less", [l.emit("Abs", [x]), constant(l, Number.POSITIVE_INFINITY)]), {
    result: "bool",
  }),
  unary("LeakyRelu", (l, [x], op) => l.emit("LeakyRelu", [x], { alpha: { f: number(op.attrs, "alpha") } })),
  unary("Log", onnx("Log")),
  unary("Log1p", lowerLog1p),
  unary("Expm1", lowerExpm1),
  unary("LogicalNot", onnx("Not"), { types: ["bool"] }),
  unary("Neg", onnx("Neg"), { types: NUMBERS }),
  unary("Reciprocal", onnx("Reciprocal")),
  unary("Relu", onnx("Relu")),
  unary("Relu6", (l, [x]) => l.emit("Clip", [x, constant(l, 0), constant(l, 6)])),
  unary("Round", onnx("Round")),
  unary("Rsqrt", (l, [x]) => l.emit("Reciprocal", [l.emit("Sqrt", [x])])),
  unary("Selu", onnx("Selu")),
  unary("Sigmoid", onnx("Sigmoid")),
  unary("Sign", (l, [x]) => l.emit("Where", [l.emit("IsNaN", [x]), constant(l, 0), l.emit("Sign", [x])])),
  unary("Sin", onnx("Sin")),
  unary("Sinh", onnx("Sinh")),
  unary("Softplus", lowerSoftplus),
  unary("Sqrt", onnx("Sqrt")),
  unary("Square", (l, [x]) => l.emit("Mul", [x, x]), { types: NUMBERS }),
  unary("Step", lowerStep),
  unary("Tan", lowerTan),
  unary("Tanh", onnx("Tanh")),
  unary("ClipByValue", lowerClip, { types: NUMBERS }),
];

/** Of whole numbers, bounds count as far as they are whole, since results are cut off towards zero. */
function lowerClip(lowering: Lowering, [x]: readonly string[], op: OpNode): string {
  const { dtype } = op.outputs[0];
  const bounds = ["clipValueMin", "clipValueMax"].map((name) => number(op.attrs, name));
  return lowering.emit("Clip", [x, ...bounds.map((bound) => lowering.scalar(bound, dtype))]);
}

/** log(1 + e^x) as max(x, 0) + log(1 + e^-|x|), which neither overflows nor loses the small side. */
function lowerSoftplus(lowering: Lowering, [x]: readonly string[]): string {
  const tail = lowering.emit("Exp", [lowering.emit("Neg", [lowering.emit("Abs", [x])])]);
  const log = lowering.emit("Log", [lowering.emit("Add", [tail, constant(lowering, 1)])]);
  return lowering.emit("Add", [lowering.emit("Relu", [x]), log]);
}

/**
 * log(1 + x), with the part of x that the rounded sum u = 1 + x lost added back: log(u) + (x - (u - 1)) / u. At -1
 * and at infinity the second term is NaN where it should be nothing.
 */
function lowerLog1p(lowering: Lowering, [x]: readonly string[]): string {
  const one = constant(lowering, 1);
  const u = lowering.emit("Add", [x, one]);
  const lost = lowering.emit("Sub", [x, lowering.emit("Sub", [u, one])]);
  const correction = lowering.emit("Div", [lost, u]);
  const finite = lowering.emit("Where", [
    lowering.emit("IsNaN", [correction]),
    constant(lowering, 0),
    correction,
  ]);
  return lowering.emit("Add", [lowering.emit("Log", [u]), finite]);
}

/** e^x - 1; near zero the power series, since there the subtraction would cancel. */
function lowerExpm1(lowering: Lowering, [x]: readonly string[]): string {
  const plain = lowering.emit("Sub", [lowering.emit("Exp", [x]), constant(lowering, 1)]);
  const COEFFICIENTS = [1 / 120, 1 / 24, 1 / 6, 1 / 2, 1];
  let series = constant(lowering, 1 / 720);
  for (const coefficient of COEFFICIENTS) {
    series = lowering.emit("Add", [lowering.emit("Mul", [series, x]), constant(lowering, coefficient)]);
  }
  const isSmall = lowering.emit("Less", [lowering.emit("Abs", [x]), constant(lowering, 0.3)]);
  return lowering.emit("Where", [isSmall, lowering.emit("Mul", [series, x]), plain]);
}

/** In double precision: near its poles, the runtime's own tangent of float32 is off by more than a rounding. */
function lowerTan(lowering: Lowering, [x]: readonly string[]): string {
  const double = lowering.emit("Cast", [x], { to: { i: DOUBLE } });
  const tangent = lowering.emit("Div", [lowering.emit("Sin", [double]), lowering.emit("Cos", [double])]);
  return lowering.emit("Cast", [tangent], { to: { i: 1 } });
}

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** 1 above zero, `alpha` elsewhere, NaN for NaN. */
function lowerStep(lowering: Lowering, [x]: readonly string[], op: OpNode): string {
  const alpha = number(op.attrs, "alpha");
  // max(0, min(1, x * 2^128)): one pass, and unlike a comparison it hands NaN on. Only subnormal numbers below
  // 2^-128 give less than 1.
  const step = lowering.emit("HardSigmoid", [x], { alpha: { f: LARGEST_FLOAT }, beta: { f: 0 } });
  if (alpha === 0) return step;
  if (alpha > 0 && alpha <= 1) return lowering.emit("Max", [step, constant(lowering, alpha)]);
  const below = lowering.emit("Mul", [
    lowering.emit("Sub", [constant(lowering, 1), step]),
    constant(lowering, alpha),
  ]);
  return lowering.emit("Add", [step, below]);
}

const BINARY: readonly Kernel[] = [
  binary("Add", onnx("Add")),
  binary("Sub", onnx("Sub")),
  binary("Multiply", onnx("Mul")),
  binary("RealDiv", onnx("Div"), { types: ["float32"] }),
  binary("FloorDiv", lowerFloorDiv, { result: "int32" }),
  binary("Mod", lowerMod),
  binary("Maximum", onnx("Max")),
  binary("Minimum", onnx("Min")),
  binary("Pow", onnx("Pow"), { types: ["float32"] }),
  binary("SquaredDifference", (l, names) => {
    const difference = l.emit("Sub", names);
    return l.emit("Mul", [difference, difference]);
  }),
  binary("Equal", onnx("Equal"), { types: ALL, result: "bool" }),
  binary("NotEqual", (l, names) => l.emit("Not", [l.emit("Equal", names)]), { types: ALL, result: "bool" }),
  binary("Greater", onnx("Greater"), { result: "bool" }),
  binary("GreaterEqual", onnx("GreaterOrEqual"), { result: "bool" }),
  binary("Less", onnx("Less"), { result: "bool" }),
  binary("LessEqual", onnx("LessOrEqual"), { result: "bool" }),
  binary("LogicalAnd", onnx("And"), { types: ["bool"] }),
  binary("LogicalOr", onnx("Or"), { types: ["bool"] }),
  binary("Prelu", onnx("PRelu"), { types: ["float32"], inputs: ["x", "alpha"] }),
  binary("EluGrad", lowerEluGradient, { types: ["float32"], inputs: ["dy", "y"] }),
];

/** In double precision, which holds every int32 quotient and, unlike whole numbers, can be divided by zero. */
function lowerFloorDiv(lowering: Lowering, names: readonly string[]): string {
  const [a, b] = names.map((name) => lowering.emit("Cast", [name], { to: { i: DOUBLE } }));
  return toInt32(lowering, lowering.emit("Floor", [lowering.emit("Div", [a, b])]));
}

/** The remainder with the divisor's sign: that of truncation, moved where the signs differ. */
function lowerMod(lowering: Lowering, names: readonly string[], op: OpNode): string {
  const [a, b] = names.map((name) => lowering.emit("Cast", [name], { to: { i: DOUBLE } }));
  const truncated = { fmod: { i: 1 } };
  const remainder = lowering.emit("Mod", [a, b], truncated);
  const moved = lowering.emit("Mod", [lowering.emit("Add", [remainder, b]), b], truncated);
  const zero = lowering.emit("Cast", [constant(lowering, 0)], { to: { i: DOUBLE } });
  const [aIsNegative, bIsNegative] = [a, b].map((name) => lowering.emit("Less", [name, zero]));
  const alike = lowering.emit("Equal", [aIsNegative, bIsNegative]);
  const result = lowering.emit("Where", [alike, remainder, moved]);
  return op.outputs[0].dtype === "int32"
    ? toInt32(lowering, result)
    : lowering.emit("Cast", [result], { to: { i: ONNX_TYPE.float32 } });
}

/** Cuts off towards zero and keeps the last 32 bits, as JavaScript does; NaN and infinities become 0. */
function toInt32(lowering: Lowering, name: string): string {
  const long = lowering.emit("Cast", [name], { to: { i: INT64 } });
  // The runtime would make one of two casts in a row, and leave to the processor what no int32 can hold.
  return lowering.emit("Cast", [lowering.emit("Identity", [long])], { to: { i: ONNX_TYPE.int32 } });
}

/** The derivative of elu in terms of its result: 1 from zero up, y + 1 below. */
function lowerEluGradient(lowering: Lowering, [dy, y]: readonly string[]): string {
  const below = lowering.emit("Min", [y, constant(lowering, 0)]);
  return lowering.emit("Mul", [dy, lowering.emit("Add", [below, constant(lowering, 1)])]);
}

const addN: Kernel = {
  name: "AddN",
  inputs: null,
  infer: (inputs) =>
    inputs.every((x) => x.dtype === inputs[0].dtype && x.dtype !== "bool")
      ? single(inputs[0].shape, inputs[0].dtype)
      : null,
  lower: (lowering, op) =>
    lowerElementwise(lowering, op, (names) =>
      names.length === 1 ? names[0] : names.reduce((sum, name) => lowering.emit("Add", [sum, name])),
    ),
};

const select: Kernel = {
  name: "Select",
  inputs: ["condition", "t", "e"],
  infer([condition, t, e]) {
    if (condition.dtype !== "bool" || t.dtype !== e.dtype || t.dtype === "bool") return null;
    // A rank-1 condition over higher ranks picks whole rows: rare enough to leave to the fallback.
    if (condition.shape.length !== t.shape.length) return null;
    return single(t.shape, t.dtype);
  },
  lower: (lowering, op) => lowerElementwise(lowering, op, (names) => lowering.emit("Where", names)),
};

const cast: Kernel = {
  name: "Cast",
  inputs: ["x"],
  isIdentity: ([x], attrs) => x.dtype === attrs.dtype,
  infer([x], attrs) {
    const dtype = attrs.dtype as string;
    return dtype === "float32" || dtype === "int32" || dtype === "bool" ? single(x.shape, dtype) : null;
  },
  lower(lowering, op) {
    const to = ONNX_TYPE[op.attrs.dtype as GraphType];
    const truncates = op.inputs[0].dtype === "float32" && op.attrs.dtype === "int32";
    lowerElementwise(lowering, op, ([x]) =>
      truncates ? toInt32(lowering, x) : lowering.emit("Cast", [x], { to: { i: to } }),
    );
  },
};

/** Kernels that compute each element on its own. */
export const ELEMENTWISE: readonly Kernel[] = [...UNARY, ...BINARY, addN, select, cast];
