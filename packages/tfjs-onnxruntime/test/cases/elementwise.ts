import * as tf from "@tensorflow/tfjs-core";
import { bool, forwardOnly, type InputSpec, index, type OpCase, positive, signed, spread } from "./case.ts";

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

function unary(name: string, input: InputSpec, op: Unary): OpCase {
  return { name, inputs: [input], run: op };
}

const SHAPE = [3, 5, 2];

/** Needed by the networks, their losses, batch normalization and Adam. */
const UNARY: OpCase[] = [
  unary("neg", signed(...SHAPE), tf.neg),
  unary("abs", spread(...SHAPE), tf.abs),
  unary("relu", spread(...SHAPE), tf.relu),
  unary("relu6", spread(4, 60), tf.relu6),
  unary("leakyRelu 0.2", spread(...SHAPE), (x) => tf.leakyRelu(x, 0.2)),
  unary("elu", spread(...SHAPE), tf.elu),
  unary("selu", spread(...SHAPE), tf.selu),
  unary("sigmoid", signed(...SHAPE), tf.sigmoid),
  unary("logSigmoid", signed(...SHAPE), tf.logSigmoid),
  unary("tanh", signed(...SHAPE), tf.tanh),
  unary("softplus", signed(...SHAPE), tf.softplus),
  unary("exp", signed(...SHAPE), tf.exp),
  unary("expm1", signed(...SHAPE), tf.expm1),
  unary("log", positive(...SHAPE), tf.log),
  unary("log1p", positive(...SHAPE), tf.log1p),
  unary("sqrt", positive(...SHAPE), tf.sqrt),
  unary("rsqrt", positive(...SHAPE), tf.rsqrt),
  unary("square", signed(...SHAPE), tf.square),
  unary("reciprocal", positive(...SHAPE), tf.reciprocal),
  unary("clipByValue", spread(...SHAPE), (x) => tf.clipByValue(x, -0.5, 0.5)),
  unary("sin", signed(...SHAPE), tf.sin),
  unary("cos", signed(...SHAPE), tf.cos),
  unary("erf", signed(...SHAPE), tf.erf),
  unary("pow 2", signed(...SHAPE), (x) => tf.pow(x, 2)),
  unary("pow 3", signed(...SHAPE), (x) => tf.pow(x, 3)),
  unary("pow 0.5", positive(...SHAPE), (x) => tf.pow(x, 0.5)),
  unary("step", spread(...SHAPE), tf.step),
  { ...unary("sign", spread(...SHAPE), tf.sign) },
  { ...unary("floor", spread(...SHAPE), tf.floor), finiteDifferences: false },
  { ...unary("ceil", spread(...SHAPE), tf.ceil), finiteDifferences: false },
  { ...unary("round", spread(...SHAPE), tf.round), finiteDifferences: false },
];

const RARE_UNARY: OpCase[] = [
  unary("tan", signed(...SHAPE), tf.tan),
  unary("asin", spread(3, 3), tf.asin),
  unary("atan", signed(...SHAPE), tf.atan),
  unary("sinh", signed(...SHAPE), tf.sinh),
  unary("cosh", signed(...SHAPE), tf.cosh),
  unary("asinh", signed(...SHAPE), tf.asinh),
  unary("atanh", spread(3, 3), tf.atanh),
];

/** Shapes that broadcast in every way: scalars, leading and inner ones, both sides at once, ranks 0 to 5. */
const BROADCASTS: [number[], number[]][] = [
  [[], []],
  [[4], [4]],
  [[2, 3], []],
  [[], [2, 3]],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 3],
    [2, 1],
  ],
  [
    [2, 1],
    [1, 3],
  ],
  [[2, 3, 4], [4]],
  [
    [2, 3, 4],
    [3, 1],
  ],
  [
    [2, 1, 4],
    [1, 3, 1],
  ],
  [[2, 3, 3, 4], [4]],
  [
    [2, 3, 3, 4],
    [1, 1, 1, 4],
  ],
  [
    [2, 3, 3, 4],
    [2, 1, 1, 1],
  ],
  [
    [2, 3, 3, 4],
    [2, 3, 3, 1],
  ],
  [
    [1, 3, 1, 4],
    [2, 1, 3, 1],
  ],
  [
    [3, 3, 4],
    [2, 3, 3, 4],
  ],
  [
    [2, 1, 3, 2, 2],
    [3, 1, 2],
  ],
];

function broadcasts(name: string, op: Binary, kind: (...shape: number[]) => InputSpec = signed): OpCase[] {
  return BROADCASTS.map(([a, b]) => ({
    name: `${name} [${a}] [${b}]`,
    inputs: [kind(...a), kind(...b)],
    run: op,
  }));
}

function some(name: string, op: Binary, kind: (...shape: number[]) => InputSpec): OpCase[] {
  return broadcasts(name, op, kind).filter((_, i) => [0, 1, 4, 7, 12].includes(i));
}

const BINARY: OpCase[] = [
  ...broadcasts("add", tf.add),
  ...broadcasts("sub", tf.sub),
  ...broadcasts("mul", tf.mul),
  ...broadcasts("div", tf.div, positive),
  ...some("squaredDifference", tf.squaredDifference, signed),
  ...some("pow", tf.pow, positive),
  // Two draws of "spread" may coincide, so one side is shifted between the grid's points.
  ...some("maximum", (a, b) => tf.maximum(a, tf.add(b, 0.025)), spread),
  ...some("minimum", (a, b) => tf.minimum(a, tf.add(b, 0.025)), spread),
  ...forwardOnly(
    (
      [
        ["less", tf.less],
        ["lessEqual", tf.lessEqual],
        ["greater", tf.greater],
        ["greaterEqual", tf.greaterEqual],
        ["equal", tf.equal],
        ["notEqual", tf.notEqual],
      ] as const
    ).flatMap(([name, op]) => some(name, op, (...shape) => index(3, ...shape))),
  ),
  ...forwardOnly([
    ...some("add int32", tf.add, (...shape) => index(9, ...shape)),
    ...some("mul int32", tf.mul, (...shape) => index(9, ...shape)),
    ...some("maximum int32", tf.maximum, (...shape) => index(9, ...shape)),
    ...some("logicalAnd", tf.logicalAnd, bool),
    ...some("logicalOr", tf.logicalOr, bool),
  ]),
  ...forwardOnly([
    { name: "logicalNot", inputs: [bool(3, 4)], run: (x: tf.Tensor) => tf.logicalNot(x) },
    ...some(
      "mod int32",
      (a, b) => tf.mod(tf.sub(a, tf.scalar(4, "int32")), tf.sub(tf.mul(b, 2), 7)),
      (...shape) => index(9, ...shape),
    ),
    {
      name: "isFinite",
      inputs: [bool(4, 5)],
      run: (x: tf.Tensor) => tf.isFinite(tf.div(1, tf.cast(x, "float32"))),
    },
  ]),
  ...some("mod", (a, b) => tf.mod(tf.mul(a, 9), tf.add(b, 0.13)), spread).map((entry) => ({
    ...entry,
    finiteDifferences: false,
  })),
  ...some("atan2", tf.atan2, signed).map((entry) => ({ ...entry, finiteDifferences: false })),
  ...some("atan2 right of the vertical axis", tf.atan2, positive),
  ...forwardOnly(
    some(
      "floorDiv int32",
      (a, b) => tf.floorDiv(a, tf.add(b, tf.scalar(1, "int32"))),
      (...shape) => index(9, ...shape),
    ),
  ),
];

const MIXED: OpCase[] = [
  {
    name: "where, same shapes",
    inputs: [bool(2, 3), signed(2, 3), signed(2, 3)],
    run: (condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.where(condition, a, b),
  },
  {
    name: "where, broadcast branches",
    inputs: [bool(2, 3, 4), signed(4), signed(2, 3, 4)],
    run: (condition: tf.Tensor, a: tf.Tensor, b: tf.Tensor) => tf.where(condition, a, b),
  },
  {
    name: "where over a comparison",
    inputs: [spread(3, 4)],
    run: (x: tf.Tensor) => tf.where(tf.greater(x, 0), tf.mul(x, 2), tf.mul(x, 0.1)),
  },
  {
    name: "addN",
    inputs: [signed(2, 3), signed(2, 3), signed(2, 3)],
    run: (...xs: tf.Tensor[]) => tf.addN(xs),
  },
  {
    name: "prelu",
    inputs: [spread(2, 3, 3, 4), positive(4)],
    run: (x: tf.Tensor, alpha: tf.Tensor) => tf.prelu(x, alpha),
  },
  {
    name: "cast bool to float",
    inputs: [spread(3, 4)],
    gradient: false,
    run: (x: tf.Tensor) => tf.cast(tf.greater(x, 0), "float32"),
  },
  { name: "cast int to float", inputs: [index(9, 4)], gradient: false, run: (x) => tf.cast(x, "float32") },
  { name: "cast float to int", inputs: [spread(4, 9)], gradient: false, run: (x) => tf.cast(x, "int32") },
  { name: "cast float to bool", inputs: [index(2, 9)], gradient: false, run: (x) => tf.cast(x, "bool") },
  {
    name: "one tensor used many times",
    inputs: [signed(3, 3)],
    run: (x: tf.Tensor) => tf.add(tf.mul(x, x), tf.sub(tf.exp(x), tf.mul(x, tf.tanh(x)))),
  },
  {
    name: "onesLike and zerosLike",
    inputs: [signed(2, 20)],
    run: (x) => [tf.mul(tf.onesLike(x), x), tf.add(tf.zerosLike(x), x)],
  },
];

export const ELEMENTWISE_CASES: OpCase[] = [...UNARY, ...RARE_UNARY, ...BINARY, ...MIXED];
