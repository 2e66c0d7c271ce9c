// Cases that TensorFlow.js's own tests found wrong once, and their neighbours; see conformance/README.md.
import * as tf from "@tensorflow/tfjs-core";
import { getOnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, describe, expect, it } from "vitest";

let engine = "";
beforeAll(async () => {
  await registerOnnxRuntime({ threads: 1 });
  engine = tf.getBackend();
});

type Result = { shape: number[]; dtype: string; values: number[] };

function evaluate(build: () => tf.Tensor | tf.Tensor[]): Result[] {
  return tf.tidy(() => {
    const outputs = build();
    return (Array.isArray(outputs) ? outputs : [outputs]).map((output) => ({
      shape: output.shape,
      dtype: output.dtype,
      values: [...output.dataSync()],
    }));
  }) as unknown as Result[];
}

/** Checks that the results are exactly those of the cpu backend. */
async function expectAsOnCpu(build: () => tf.Tensor | tf.Tensor[]): Promise<void> {
  await tf.setBackend("cpu");
  const expected = evaluate(build);
  await tf.setBackend(engine);
  expect(evaluate(build)).toEqual(expected);
}

const NAN = Number.NaN;

describe("NaN", () => {
  // Longer than a vector register, and not a multiple of one.
  const withNaN = (at: number) => Float32Array.from({ length: 19 }, (_, i) => (i === at ? NAN : (i % 7) - 3));

  it.each([0, 9, 18])("at %i: maximum and minimum are NaN", (at) => {
    const values = withNaN(at);
    expect([...tf.max(values).dataSync(), ...tf.min(values).dataSync()]).toEqual([NAN, NAN]);
  });

  it("makes only its own row's maximum NaN; infinities are ordinary numbers", () => {
    const rows = [
      [1, NAN, 3],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 0],
      [-1, -2, -3],
    ];
    expect([...tf.max(rows, 1).dataSync()]).toEqual([NAN, Number.POSITIVE_INFINITY, -1]);
    expect([...tf.min(rows, 1).dataSync()]).toEqual([NAN, Number.NEGATIVE_INFINITY, -3]);
  });

  it("is never the largest or smallest element", () => {
    expect(tf.argMax([1, NAN, 3, 2]).dataSync()[0]).toBe(2);
    expect(tf.argMin([4, NAN, 1, 2]).dataSync()[0]).toBe(2);
    expect(tf.argMax([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]).dataSync()[0]).toBe(0);
  });

  it("has no sign", () => {
    expect([...tf.sign([-2, NAN, 0, 5]).dataSync()]).toEqual([-1, 0, 0, 1]);
  });

  it("passes through step, whose other values are exact up to the ends of the range", () => {
    const ends = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.2e-38, -1.2e-38, 3.4e38, 0, -0, NAN];
    expect([...tf.step(ends).dataSync()]).toEqual([1, 0, 1, 0, 1, 0, 0, NAN]);
    expect([...tf.step(ends, 0.25).dataSync()]).toEqual([1, 0.25, 1, 0.25, 1, 0.25, 0.25, NAN]);
  });
});

it("a tangent near its pole is right to the last bit", () => {
  const x = Math.fround(Math.PI / 2);
  expect(tf.tan([x]).dataSync()[0]).toBe(Math.fround(Math.tan(x)));
});

it("log1p keeps its limits", () => {
  const limits = [-1, Number.POSITIVE_INFINITY, 0, -2];
  expect([...tf.log1p(limits).dataSync()]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    0,
    NAN,
  ]);
});

describe("whole numbers", () => {
  it("come of floats as in JavaScript: cut off, the last 32 bits, 0 for what is no number", () => {
    const floats = [1.9, -1.9, 1e10, -1e10, 1e38, NAN, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31)];
    const expected = floats.map((float) => Math.fround(float) | 0);
    expect([...tf.cast(floats, "int32").dataSync()]).toEqual(expected);
  });

  it("divide down and leave remainders with the divisor's sign; nothing breaks at zero", async () => {
    for (const dtype of ["int32", "float32"] as const) {
      const a = () => tf.tensor1d([7, -7, 7, -7, 6, -6, 0, 5], dtype);
      const b = () => tf.tensor1d([2, 2, -2, -2, 3, 3, 4, 0], dtype);
      await expectAsOnCpu(() => [tf.floorDiv(a(), b()), tf.mod(a(), b())]);
    }
  });

  it("are clipped to the whole part of the bounds", async () => {
    await expectAsOnCpu(() => tf.clipByValue(tf.tensor1d([-300, -1, 0, 1, 2, 300], "int32"), -0.5, 1.5));
    await expectAsOnCpu(() => tf.clipByValue(tf.tensor1d([-300, 0, 255, 256], "int32"), 0, 255));
  });

  it("and truth values sum up in lists as on cpu", async () => {
    const bools = () => tf.tensor1d([1, 0, 1], "bool");
    await expectAsOnCpu(() => tf.addN([bools(), bools()]));
  });
});

describe("margins that repeat the edge", () => {
  it.each([[[5]], [[2, 3]], [[1, 3, 4, 2]]])("%j", async (shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const paddings = shape.map((dim, axis) => [axis % 2, Math.min(dim, 2)] as [number, number]);
    await expectAsOnCpu(() => tf.mirrorPad(tf.reshape(tf.range(0, size), shape), paddings, "symmetric"));
  });
});

it("finite is what is neither infinite nor NaN", async () => {
  const values = [0, 3.4e38, NAN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  await expectAsOnCpu(() => tf.isFinite(values));
});

describe("lists of results", () => {
  it("of one are lists all the same", () => {
    expect(tf.unstack(tf.tensor2d([[1, 2]])).map((row) => [...row.dataSync()])).toEqual([[1, 2]]);
    expect(tf.unstack(tf.tensor4d([1, 2], [1, 1, 2, 1]), 3)).toHaveLength(1);
    expect(tf.split([1, 2, 3], 1)).toHaveLength(1);
  });
});

describe("empty parts", () => {
  it("count when tensors are joined along another axis", () => {
    const joined = tf.concat([tf.zeros([0, 5]), tf.zeros([0, 5]), tf.zeros([0, 5])], 1);
    expect([joined.shape, joined.dataSync().length]).toEqual([[0, 15], 0]);
  });
  it("vanish along their own", () => {
    const joined = tf.concat([tf.zeros([0, 2]), tf.tensor2d([[1, 2]]), tf.zeros([0, 2])], 0);
    expect([...joined.dataSync()]).toEqual([1, 2]);
  });
});

describe("nothing", () => {
  const empty = () => tf.zeros([0, 3]);
  it("sums up to 0, multiplies to 1; none of it is true and all of it is", () => {
    expect([...tf.sum(empty(), 0).dataSync()]).toEqual([0, 0, 0]);
    expect(tf.sum(empty()).dataSync()[0]).toBe(0);
    expect([...tf.prod(empty(), 0).dataSync()]).toEqual([1, 1, 1]);
    const none = tf.tensor1d([], "bool");
    expect([tf.any(none).dataSync()[0], tf.all(none).dataSync()[0]]).toEqual([0, 1]);
  });
  it("has its largest element at 0, as on cpu", async () => {
    await expectAsOnCpu(() => [tf.argMax(empty(), 0), tf.argMin(empty(), 0)]);
  });
});

describe("images without any, or without a pixel to see", () => {
  const image = (batch: number, height = 5) => tf.zeros([batch, height, 6, 2]) as tf.Tensor4D;
  const filter = () => tf.ones([3, 3, 2, 4]) as tf.Tensor4D;
  it("make empty results, and gradients of 0", async () => {
    await expectAsOnCpu(() => tf.conv2d(image(0), filter(), 1, "same"));
    await expectAsOnCpu(() => tf.conv2d(image(1, 2), filter(), 1, "valid"));
    await expectAsOnCpu(() =>
      tf.grads((x, kernel) => tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, 2, "same"))([
        image(0),
        filter(),
      ]),
    );
    await expectAsOnCpu(() => [tf.maxPool(image(0), 2, 2, "same"), tf.avgPool(image(0), 2, 2, "same")]);
    await expectAsOnCpu(() => [
      tf.matMul(tf.zeros([0, 3]), tf.ones([3, 4])),
      tf.matMul(tf.zeros([3, 0]), tf.ones([0, 4])),
    ]);
  });
});

describe("pictures of whole numbers", () => {
  const picture = () => tf.reshape(tf.cast(tf.range(0, 40), "int32"), [1, 4, 5, 2]) as tf.Tensor4D;
  it("are resized, averaged and pooled", async () => {
    await expectAsOnCpu(() => [
      tf.image.resizeBilinear(picture(), [8, 10]),
      tf.image.resizeNearestNeighbor(picture(), [8, 10]),
      tf.image.resizeNearestNeighbor(picture(), [3, 7]),
      tf.mean(picture(), [1, 2]),
      tf.mean(tf.scalar(3, "int32")),
      tf.maxPool(picture(), 2, 2, "same"),
      tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "same"))(picture()),
    ]);
  });
});

it("constants need no kernel of the fallback, so that compiled functions can make them", async () => {
  const make = () => [
    tf.fill([2, 3], 7),
    tf.fill([20], 1, "int32"),
    tf.fill([2], 1, "bool"),
    tf.linspace(0, 1, 5),
    tf.linspace(3, 9, 1),
  ];
  await expectAsOnCpu(make);
  expect(tf.fill([2], "a").dataSync()).toEqual(["a", "a"]);
  const before = getOnnxRuntimeBackend().fallbacks();
  evaluate(make);
  expect(getOnnxRuntimeBackend().fallbacks()).toEqual(before);
});

describe("scalars", () => {
  it("are their own running sum and strided slice", async () => {
    await expectAsOnCpu(() => [
      tf.cumsum(tf.scalar(3)),
      tf.cumsum(tf.scalar(3), 0, true),
      tf.stridedSlice(tf.scalar(3), [], [], []),
    ]);
  });
});

describe("indices", () => {
  it("out of range are errors: at once where they are known, when they are read where not", () => {
    const table = tf.tensor1d([1, 2, 3]);
    for (const index of [-1, 3]) {
      const message = `GatherV2: the index value ${index} is not in [0, 2]`;
      expect(() => tf.gather(table, tf.tensor1d([0, index], "int32"))).toThrow(message);
      const pending = tf.add(tf.tensor1d([0, index - 1], "int32"), tf.scalar(1, "int32"));
      const picked = tf.gather(table, pending);
      expect(() => picked.dataSync()).toThrow("out of data bounds");
      picked.dispose();
    }
    const pairs = tf.tensor2d([[1, 2]], [1, 2], "int32");
    expect(() => tf.gatherND(tf.zeros([2, 2]), pairs)).toThrow(
      "Invalid indices: 1,2 does not index into 2,2",
    );
    expect(() => tf.scatterND(pairs, tf.tensor1d([1]), [2, 2])).toThrow("Invalid indices: 1,2");
  });

  it("of one axis scatter single elements or rows; repeated ones add up", async () => {
    const indices = () => tf.tensor1d([4, 1, 1], "int32");
    await expectAsOnCpu(() => tf.scatterND(indices(), tf.tensor1d([9, 10, 11]), [6]));
    await expectAsOnCpu(() => tf.scatterND(indices(), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), [6, 2]));
  });

  it("of several axes scatter elements or slices", async () => {
    const pairs = () => tf.tensor2d([0, 1, 1, 0, 0, 1], [3, 2], "int32");
    await expectAsOnCpu(() => tf.scatterND(pairs(), tf.tensor1d([9, 10, 11]), [2, 2]));
    await expectAsOnCpu(() => tf.scatterND(pairs(), tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), [2, 2, 2]));
  });
});

describe("wrong shapes and axes are TensorFlow.js's own errors", () => {
  const zeros = (...shape: number[]) => tf.zeros(shape);
  const cases: [string, () => unknown, string][] = [
    [
      "matMul",
      () => tf.matMul(zeros(2, 3), zeros(2, 3)),
      "inner shapes (3) and (2) of Tensors with shapes 2,3 and 2,3",
    ],
    ["matMul of vectors", () => tf.matMul(tf.zeros([3]), tf.zeros([3])), "at least 2, got ranks 1 and 1"],
    ["concat", () => tf.concat([zeros(2, 3), zeros(2, 2)], 0), "Shape of tensors[1] (2,2) does not match"],
    ["stack", () => tf.stack([zeros(2, 3), zeros(2, 2)]), "Shapes 2,3 and 2,2 must match"],
    ["reshape", () => tf.reshape(zeros(6), [4]), "Size(6) must match the product of shape 4"],
    ["add", () => tf.add(zeros(2, 3), zeros(2)), "could not be broadcast together with shapes 2,3 and 2"],
    ["slice behind the end", () => tf.slice(zeros(2), [1], [4]), "would overflow input.shape[0] (2)"],
    ["slice of less than nothing", () => tf.slice(zeros(0), [1]), "the sizes [-1] include a negative one"],
    ["split", () => tf.split(zeros(0), [1, -1]), "the sizes [1,-1] include a negative one"],
    ["transpose", () => tf.transpose(zeros(2, 3), [0, 0]), "perm 0,0 names an axis twice"],
    ["sum", () => tf.sum(zeros(2, 3), 2), "must be in range [-2, 2) but got axis 2"],
    [
      "conv2d, rank",
      () => tf.conv2d(zeros(4, 4, 1) as never, zeros(2, 2, 1) as never, 1, "same"),
      "filter must be rank 4",
    ],
    [
      "conv2d, depth",
      () => tf.conv2d(zeros(1, 4, 4, 2) as never, zeros(2, 2, 1, 1) as never, 1, "same"),
      "depth of input (2)",
    ],
    ["a type that there is none of", () => tf.zeros([2], "int64" as never), "Unknown data type int64"],
    ["a cast to it", () => tf.cast(zeros(2), "float64" as never), "Failed to cast to unknown dtype float64"],
    ["numbers with text", () => tf.add(tf.tensor1d(["a"]), 1), "must be numeric tensor, but got string"],
  ];
  it.each(cases)("%s", (_, build, message) => {
    expect(() => tf.tidy(() => void build())).toThrow(message);
  });

  it("axes out of range", () => {
    const x = tf.zeros([2, 3]);
    expect(() => tf.expandDims(x, -4)).toThrow("Axis must be in the interval [-3, 2]");
    expect(() => tf.reverse(x, [0, 2])).toThrow("All values in axis param must be in range [-2, 2)");
    expect(() => tf.reverse(x, [0.5])).toThrow("All values in axis param must be integers");
  });
});

it("ranges count down by default where the end lies below the start", async () => {
  await expectAsOnCpu(() => [tf.range(4, -2), tf.range(4, -2, -1.5), tf.range(0, 3, -1), tf.range(2, 2)]);
});

it("a transposed convolution may ask for less than its input covers", async () => {
  const x = () => tf.reshape(tf.range(0, 64), [1, 4, 4, 4]) as tf.Tensor4D;
  const filter = () => tf.reshape(tf.range(0, 32), [2, 2, 2, 4]) as tf.Tensor4D;
  await expectAsOnCpu(() => tf.conv2dTranspose(x(), filter(), [1, 3, 3, 2], 1, "same"));
});

describe("kernels of the fallback", () => {
  it("that take lists by name, or whole tensors", async () => {
    const dilation = () =>
      tf.grad((x) => tf.dilation2d(x as tf.Tensor4D, tf.zeros([2, 2, 1]) as tf.Tensor3D, 1, "valid"));
    await expectAsOnCpu(() => dilation()(tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1])));
    const ragged = () => {
      const splits = [tf.tensor1d([0, 2, 3], "int32")];
      const picked = tf.raggedGather(splits, tf.tensor1d([5, 6, 7]), tf.tensor1d([1, 0], "int32"), 1);
      return [...picked.outputNestedSplits, picked.outputDenseValues];
    };
    await expectAsOnCpu(ragged);
  });

  it("leave no tensor behind when they throw", () => {
    const values = tf.tensor1d([5, 6, 7]);
    const indices = tf.tensor1d([9], "int32");
    const splits = [tf.tensor1d([0, 2, 3], "int32")];
    const before = tf.memory().numTensors;
    expect(() => tf.raggedGather(splits, values, indices, 1)).toThrow("indices[0] = 9 is not in [0, 2)");
    expect(tf.memory().numTensors).toBe(before);
  });
});
