import * as tf from "@tensorflow/tfjs-core";
import { type OnnxRuntimeBackend, registerOnnxRuntime } from "tfjs-onnxruntime";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createSmallTraining } from "./cases/training.ts";

/** A side whose square is no array's length anywhere. */
const HUGE = 1e6;

let backend: OnnxRuntimeBackend;

beforeAll(async () => {
  backend = await registerOnnxRuntime({ threads: 1 });
});

beforeEach(() => backend.resetStats());

async function failureOf(tensor: tf.Tensor): Promise<Error> {
  return tensor.data().then(
    () => expect.unreachable("was computed"),
    (error: Error) => error,
  );
}

/** An index that is itself computed shows to be wrong only when the gather runs. */
function gatherOutside(): tf.Tensor {
  const index = tf.add(tf.tensor1d([6], "int32"), tf.scalar(1, "int32"));
  return tf.gather(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]), index as tf.Tensor1D);
}

describe("a failing operation", () => {
  it("is named with its inputs, its result, the function called, and the runtime's reason", async () => {
    const error = await failureOf(gatherOutside());
    expect(error.message).toBe(
      "GatherV2 (called by gather) of float32 [3,2] and int32 [1] to float32 [1,2] failed: " +
        "indices element out of data bounds, idx=7 must be within the inclusive range [-3,2]",
    );
    expect((error.cause as Error).message).toContain("GatherV2 [1,2]");
  });

  it("is named by the outermost function where one is made of others", async () => {
    const column = tf.randomUniform([HUGE, 1]);
    const row = tf.randomUniform([1, HUGE]);
    const difference = tf.tidy(() => tf.sum(tf.squaredDifference(column, row)));
    expect((await failureOf(difference)).message).toMatch(/\(called by squaredDifference\)/);
    const variance = tf.tidy(() => tf.moments(tf.add(column, row)).variance);
    expect((await failureOf(variance)).message).toMatch(/^Add \(called by add\)/);
    const loss = tf.tidy(() => tf.losses.computeWeightedLoss(column, row));
    expect((await failureOf(loss)).message).toMatch(/^Multiply \(called by computeWeightedLoss\)/);
  });

  it("fails again with the same error when read again, and so does what depends on it", async () => {
    const wrong = gatherOutside();
    const sum = tf.sum(wrong);
    const error = await failureOf(sum);
    expect(await failureOf(sum)).toBe(error);
    expect(await failureOf(wrong)).toBe(error);
    expect(await failureOf(tf.mul(wrong, 2))).toBe(error);
    // Kernels without a lowering read their inputs when called.
    expect(() => tf.erf(wrong).dataSync()).toThrow(error);
  });

  it("leaves what does not depend on it alone, recorded before or afterwards", async () => {
    const x = tf.tensor1d([1, 2, 3]);
    const before = tf.mul(x, 2);
    const wrong = gatherOutside();
    const after = tf.add(before, 1);
    expect([...(await after.data())]).toEqual([3, 5, 7]);
    expect([...(await before.data())]).toEqual([2, 4, 6]);
    await failureOf(wrong);
    expect([...(await tf.sub(after, x).data())]).toEqual([2, 3, 4]);
  });

  it("is told by a flush, once", () => {
    const wrong = gatherOutside();
    expect(() => backend.flush()).toThrow(/GatherV2/);
    expect(() => backend.flush()).not.toThrow();
    wrong.dispose();
  });

  it("of several, each keeps its own error", async () => {
    const first = gatherOutside();
    const second = tf.gather(
      tf.tensor1d([1, 2, 3, 4, 5]),
      tf.add(tf.tensor1d([8], "int32"), tf.scalar(1, "int32")) as tf.Tensor1D,
    );
    const both = tf.add(tf.sum(first), tf.sum(second));
    expect((await failureOf(first)).message).toContain("of float32 [3,2]");
    expect((await failureOf(second)).message).toContain("of float32 [5]");
    expect((await failureOf(both)).message).toMatch(/GatherV2/);
  });

  it("poisons the variables assigned from it, and training goes on from a good value", async () => {
    const variable = tf.variable(tf.tensor1d([1, 2]));
    variable.assign(tf.reshape(gatherOutside(), [2]));
    await expect(variable.data()).rejects.toThrow(/GatherV2/);
    variable.assign(tf.tensor1d([5, 6]));
    expect([...(await tf.add(variable, 1).data())]).toEqual([6, 7]);
    variable.dispose();
  });
});

describe("out of memory", () => {
  it("for a result names the operation and its sizes", async () => {
    const product = tf.matMul(tf.randomUniform([HUGE, 1]), tf.randomUniform([1, HUGE]));
    const { message } = await failureOf(product);
    expect(message).toMatch(
      /^BatchMatMul \(called by matMul\) of float32 \[1000000,1\] and float32 \[1,1000000\] to /,
    );
    expect(message).toMatch(/do not fit into memory .*Use a smaller batch/);
  });

  it("inside a graph names the operation and its sizes", async () => {
    const column = tf.randomUniform([HUGE, 1]);
    const row = tf.randomUniform([1, HUGE]);
    const { message } = await failureOf(tf.tidy(() => tf.sum(tf.add(column, row))));
    expect(message).toMatch(/^Add \(called by add\) of .* to float32 \[1000000,1000000\] failed: /);
    expect(message).toMatch(/allocate memory .*Use a smaller batch/);
  });

  it("for the elements of a tensor of zeros is an error too", async () => {
    const zeros = tf.tidy(() =>
      tf.zerosLike(tf.add(tf.randomUniform([HUGE, 1]), tf.randomUniform([1, HUGE]))),
    );
    expect((await failureOf(zeros)).message).toMatch(/1000000000000 elements of float32/);
  });

  it("leaves the backend able to compute, and a training as it was", async () => {
    const losses = async (disturb: boolean) => {
      const training = createSmallTraining(2);
      const values: number[] = [];
      for (let i = 0; i < 4; i++) {
        const loss = training.step();
        if (disturb && i === 1) {
          const huge = tf.tidy(() => tf.matMul(tf.randomUniform([HUGE, 1]), tf.ones([1, HUGE])));
          await failureOf(huge);
          huge.dispose();
        }
        values.push((await loss.data())[0]!);
        loss.dispose();
      }
      training.dispose();
      return values;
    };
    const undisturbed = await losses(false);
    expect(await losses(true)).toEqual(undisturbed);
  });

  it("holds on to nothing", async () => {
    const before = { tensors: tf.memory().numTensors, data: backend.numDataIds() };
    for (let i = 0; i < 3; i++) {
      const huge = tf.tidy(() => tf.sum(tf.add(tf.randomUniform([HUGE, 1]), tf.randomUniform([1, HUGE]))));
      await failureOf(huge);
      huge.dispose();
    }
    expect({ tensors: tf.memory().numTensors, data: backend.numDataIds() }).toEqual(before);
  });
});

describe("a disposed tensor", () => {
  it("cannot be used or read", () => {
    const x = tf.tensor1d([1, 2]);
    const y = tf.mul(x, 2);
    y.dispose();
    expect(() => tf.add(y, 1)).toThrow(/disposed/);
    expect(() => y.dataSync()).toThrow(/disposed/);
  });
});
