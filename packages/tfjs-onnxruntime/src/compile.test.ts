import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import type { OnnxRuntimeBackend } from "./backend.ts";
import { compile } from "./compile.ts";
import { registerOnnxRuntime } from "./index.ts";

let backend: OnnxRuntimeBackend;

beforeAll(async () => {
  backend = await registerOnnxRuntime({ threads: 1 });
});

/** Calls often enough for the graph to settle and be replayed at least twice. */
const CALLS = 6;

describe("compile", () => {
  it("replays arithmetic on new arguments", async () => {
    const f = compile((x: tf.Tensor1D, y: tf.Tensor1D) => tf.add(tf.mul(x, y), 1));
    for (let i = 0; i < CALLS; i += 1) {
      const result = f(tf.tensor1d([i, 2]), tf.tensor1d([3, i]));
      expect([...(await result.data())]).toEqual([3 * i + 1, 2 * i + 1]);
    }
    expect(f.traces()).toBe(2);
    f.dispose();
  });

  it("trains to the same weights, bit by bit, as the function itself", async () => {
    const train = async (useCompile: boolean): Promise<number[]> => {
      const model = layers.sequential({
        layers: [
          layers.layers.conv2d({
            inputShape: [8, 8, 2],
            filters: 4,
            kernelSize: 3,
            padding: "same",
            kernelInitializer: layers.initializers.glorotNormal({ seed: 3 }),
          }),
          layers.layers.batchNormalization(),
          layers.layers.leakyReLU(),
          layers.layers.conv2d({
            filters: 1,
            kernelSize: 3,
            kernelInitializer: layers.initializers.glorotNormal({ seed: 4 }),
          }),
        ],
      });
      const optimizer = tf.train.adam(0.01);
      const weights = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
      const step = (x: tf.Tensor4D, y: tf.Tensor4D): tf.Scalar =>
        optimizer.minimize(
          () => tf.mean(tf.square(tf.sub(model.apply(x, { training: true }) as tf.Tensor, y))) as tf.Scalar,
          true,
          weights,
        ) as tf.Scalar;
      const run = useCompile ? compile(step) : step;
      const losses: number[] = [];
      for (let i = 0; i < CALLS; i += 1) {
        const x = tf.randomNormal<tf.Rank.R4>([2, 8, 8, 2], 0, 1, "float32", 1 + i);
        const y = tf.randomNormal<tf.Rank.R4>([2, 6, 6, 1], 0, 1, "float32", 100 + i);
        const loss = run(x, y);
        losses.push((await loss.data())[0]!);
        tf.dispose([x, y, loss]);
      }
      const all = model.weights.map((weight) => [...weight.read().dataSync()]);
      model.dispose();
      optimizer.dispose();
      return [...losses, ...all.flat()];
    };
    const plain = await train(false);
    backend.resetStats();
    const compiled = await train(true);
    expect(compiled).toEqual(plain);
    expect(backend.stats().replays).toBeGreaterThanOrEqual(2);
    expect(new Set(plain.slice(0, CALLS)).size).toBe(CALLS);
  });

  it("takes over what is assigned to its variables between calls", async () => {
    const v = tf.variable(tf.tensor1d([1, 2]));
    const double = compile((x: tf.Tensor1D) => {
      v.assign(tf.add(v, x));
      return tf.mul(v, 2);
    });
    const seen: number[][] = [];
    for (let i = 0; i < CALLS; i += 1) {
      if (i === 4) v.assign(tf.tensor1d([100, 200]));
      seen.push([...(await double(tf.tensor1d([1, 1])).data())]);
    }
    expect(seen).toEqual([
      [4, 6],
      [6, 8],
      [8, 10],
      [10, 12],
      [202, 402],
      [204, 404],
    ]);
    expect([...(await v.data())]).toEqual([102, 202]);
    v.dispose();
  });

  it("tells variables apart that share a value when it is compiled", async () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const average = tf.variable(tf.clone(weight));
    const step = compile((x: tf.Tensor1D) => {
      average.assign(tf.mul(tf.add(weight, average), 0.5));
      return tf.mul(average, x);
    });
    const one = tf.ones<tf.Rank.R1>([3]);
    for (let i = 0; i < CALLS; i += 1) step(one).dispose();
    weight.assign(tf.tensor1d([3, 4, 5]));
    expect([...(await step(one).data())]).toEqual([2, 3, 4]);
    expect([...(await weight.data())]).toEqual([3, 4, 5]);
    tf.dispose([weight, average]);
  });

  it("returns tensors, arrays and objects of tensors, the same one twice and arguments as they are", async () => {
    const many = compile((x: tf.Tensor1D) => {
      const y = tf.add(x, 1);
      return { y, again: y, x };
    });
    const list = compile((x: tf.Tensor1D) => [tf.add(x, 1), tf.add(x, 2)]);
    for (let i = 0; i < CALLS; i += 1) {
      const x = tf.tensor1d([i]);
      const result = many(x);
      const [first, second] = list(x);
      x.dispose();
      expect(result.again).toBe(result.y);
      expect((await result.again.data())[0]).toBe(i + 1);
      expect((await result.x.data())[0]).toBe(i);
      expect((await first!.data())[0]).toBe(i + 1);
      expect((await second!.data())[0]).toBe(i + 2);
    }
  });

  it("settles for each shape on its own and traces again when memory order changes", async () => {
    const sum = compile((x: tf.Tensor) => tf.sum(tf.square(x)));
    for (let i = 0; i < CALLS; i += 1) {
      expect((await sum(tf.fill([2, 3], i)).data())[0]).toBe(6 * i * i);
      expect((await sum(tf.fill([4], i)).data())[0]).toBe(4 * i * i);
    }
    expect(sum.traces()).toBe(4);
    const image = tf.reshape(tf.range(0, 32), [1, 4, 4, 2]) as tf.Tensor4D;
    const filter = tf.ones<tf.Rank.R4>([1, 1, 2, 2]);
    const convolved = tf.conv2d(image, filter, 1, "same");
    const plain = tf.tensor4d(await convolved.data(), [1, 4, 4, 2]);
    const expected = (await tf.sum(tf.square(plain)).data())[0]!;
    for (const x of [plain, plain, plain, convolved, convolved, plain]) {
      expect((await sum(x).data())[0]).toBeCloseTo(expected, -1);
    }
  });

  it("neither leaks tensors nor compiles again", () => {
    const v = tf.variable(tf.zeros([4]));
    const step = compile((x: tf.Tensor1D) => {
      v.assign(tf.add(v, x));
      return tf.sum(v);
    });
    const x = tf.tensor1d([1, 2, 3, 4]);
    for (let i = 0; i < CALLS; i += 1) step(x).dispose();
    const tensors = tf.memory().numTensors;
    const { compiles } = backend.stats();
    for (let i = 0; i < 100; i += 1) step(x).dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(backend.numDataIds()).toBe(tf.memory().numDataBuffers);
    expect(backend.stats().compiles).toBe(compiles);
    expect([...v.dataSync()]).toEqual([106, 212, 318, 424]);
    v.dispose();
  });

  it("writes over what a variable held, but never over what somebody still holds", () => {
    const size = 20_000;
    const moment = tf.variable(tf.zeros<tf.Rank.R1>([size]));
    const step = compile((x: tf.Tensor1D) => {
      moment.assign(tf.add(tf.mul(moment, 0.5), x));
      return tf.max(moment);
    });
    const one = tf.tensor1d(new Float32Array(size).fill(0.75));
    const seen = Array.from({ length: CALLS }, () => step(one).dataSync()[0]);
    expect(seen).toEqual([0.75, 1.125, 1.3125, 1.40625, 1.453125, 1.4765625]);
    const alias = tf.clone(moment);
    step(one);
    const array = moment.dataSync();
    for (let i = 0; i < 3; i += 1) step(one);
    expect(alias.dataSync()[7]).toBe(1.4765625);
    expect(array[size - 1]).toBe(1.48828125);
    expect(moment.dataSync()[0]).toBeCloseTo(1.5 - 0.75 / 2 ** 9, 9);
    tf.dispose([moment, alias, one]);
  });

  it("keeps the value of a variable that is an argument as well", () => {
    const size = 20_000;
    const w = tf.variable(tf.ones<tf.Rank.R1>([size]));
    const step = compile((x: tf.Tensor1D) => {
      const next = tf.add(tf.mul(w, 0.5), 1) as tf.Tensor1D;
      w.assign(next);
      // Reads the argument where nothing orders it before the assignment.
      return tf.max(tf.sub(next, tf.sub(next, x)));
    });
    for (let i = 0; i < CALLS; i += 1) {
      const before = w.dataSync()[5]!;
      expect(step(w as tf.Tensor1D).dataSync()[0]).toBeCloseTo(before, 6);
    }
    w.dispose();
  });

  it("does not take a tensor for the variable whose value it once shared", () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const start = tf.clone(w);
    const moved = compile((x: tf.Tensor1D) => tf.sub(tf.add(w, x), start));
    const zero = tf.zeros<tf.Rank.R1>([2]);
    for (let i = 0; i < CALLS; i += 1) expect([...moved(zero).dataSync()]).toEqual([0, 0]);
    w.assign(tf.tensor1d([5, 5]));
    expect([...moved(zero).dataSync()]).toEqual([4, 3]);
    tf.dispose([w, start]);
  });

  it("keeps the graphs of the signatures used last, not of all there ever were", () => {
    const f = compile((x: tf.Tensor1D) => tf.sum(tf.square(x)));
    const call = (size: number): number => f(tf.fill([size], 2)).dataSync()[0]!;
    for (let size = 1; size <= 40; size += 1) {
      for (let i = 0; i < 3; i += 1) expect(call(size)).toBe(4 * size);
    }
    const traces = f.traces();
    expect(call(40)).toBe(160);
    expect(f.traces()).toBe(traces);
    expect(call(1)).toBe(4);
    expect(f.traces()).toBe(traces + 1);
  });

  it("leaves an earlier result alone", () => {
    const f = compile((x: tf.Tensor1D) => tf.mul(x, 2));
    const results = Array.from({ length: CALLS }, (_, i) => f(tf.tensor1d([i, i])));
    expect(results.map((result) => result.dataSync()[1])).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it("may be called inside another", () => {
    const inner = compile((x: tf.Tensor1D) => tf.add(x, 1));
    const outer = compile((x: tf.Tensor1D) => tf.mul(inner(x), 3));
    for (let i = 0; i < CALLS; i += 1) expect(outer(tf.tensor1d([i])).dataSync()[0]).toBe(3 * (i + 1));
  });

  it("survives the eviction of everything else", async () => {
    const small = await registerOnnxRuntime({ threads: 1, cacheSize: 2 });
    const f = compile((x: tf.Tensor1D) => tf.mul(x, 2));
    for (let i = 0; i < CALLS; i += 1) f(tf.tensor1d([i]));
    for (let i = 1; i < 10; i += 1) tf.tidy(() => tf.add(tf.range(0, i), 1).dataSync());
    const { replays } = small.stats();
    expect(f(tf.tensor1d([21])).dataSync()[0]).toBe(42);
    expect(small.stats().replays).toBe(replays + 1);
    f.dispose();
    backend = await registerOnnxRuntime({ threads: 1 });
    expect(f(tf.tensor1d([4])).dataSync()[0]).toBe(8);
  });
});

describe("what cannot be compiled", () => {
  const x = (): tf.Tensor1D => tf.tensor1d([1, 2, 3]);

  it("refuses to read a value inside", () => {
    const f = compile((a: tf.Tensor1D) => tf.add(a, tf.sum(a).dataSync()[0]!));
    expect(() => f(x())).toThrow(/must not read values inside/);
    expect(tf.add(x(), 1).dataSync()[0]).toBe(2);
  });

  it("refuses what has no lowering, by name", () => {
    const f = compile((a: tf.Tensor1D) => tf.unique(a).values);
    expect(() => f(x())).toThrow(/cannot use Unique/);
  });

  it("refuses values that differ from call to call", () => {
    let rate = 1;
    const f = compile((a: tf.Tensor1D) => {
      rate /= 2;
      return tf.mul(a, rate);
    });
    f(x());
    expect(() => f(x())).toThrow(/float32 tensor \[\] whose values differ from call to call/);
  });

  it("or, where that is asked for, goes on tracing", () => {
    let added = 0;
    const f = compile(
      (a: tf.Tensor1D) => {
        added += 1;
        return tf.add(a, added);
      },
      { strict: false },
    );
    const sums = Array.from({ length: CALLS }, () => f(x()).dataSync()[0]);
    expect(sums).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it("refuses random tensors made inside", () => {
    const f = compile((a: tf.Tensor1D) => tf.mul(a, tf.randomUniform([3])));
    f(x());
    expect(() => f(x())).toThrow(/pass it in as an argument/);
  });

  it("refuses tensors put aside", () => {
    let kept: tf.Tensor | null = null;
    const f = compile((a: tf.Tensor1D) => {
      kept = tf.keep(tf.mul(a, 3));
      return tf.add(kept, 1);
    });
    expect(() => f(x())).toThrow(/kept a float32 tensor \[3\]/);
    tf.dispose(kept as unknown as tf.Tensor);
  });

  it("gives up on a function that never does the same twice", () => {
    let slope = 0;
    const f = compile((a: tf.Tensor1D) => {
      slope += 0.01;
      return tf.leakyRelu(a, slope);
    });
    expect(() => {
      for (let i = 0; i < 20; i += 1) f(x());
    }).toThrow(/another graph in each of 8 calls/);
  });

  it("passes on the function's own errors and goes on", () => {
    let fails = true;
    const f = compile((a: tf.Tensor1D) => {
      if (fails) throw new Error("no");
      return tf.add(a, 1);
    });
    expect(() => f(x())).toThrow("no");
    fails = false;
    expect([...f(x()).dataSync()]).toEqual([2, 3, 4]);
  });

  it("recovers from a run that fails", () => {
    const table = tf.tensor1d([10, 20, 30]);
    const f = compile((index: tf.Tensor1D) =>
      tf.gather(table, tf.add(index, tf.scalar(1, "int32")) as tf.Tensor1D),
    );
    const at = (index: number): tf.Tensor1D => tf.tensor1d([index], "int32");
    for (let round = 0; round < 3; round += 1) {
      expect(() => f(at(7))).toThrow(/GatherV2/);
      for (let i = 0; i < CALLS; i += 1) expect(f(at(i % 2)).dataSync()[0]).toBe(20 + 10 * (i % 2));
    }
    expect(() => f(at(7))).toThrow(/A compiled function failed in GatherV2/);
  });

  it("refuses a disposed argument", () => {
    const f = compile((a: tf.Tensor1D) => tf.add(a, 1));
    for (let i = 0; i < CALLS; i += 1) f(x());
    const gone = x();
    gone.dispose();
    expect(() => f(gone)).toThrow(/disposed/);
  });
});
