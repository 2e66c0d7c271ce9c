import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { tf } from "../tf.ts";
import { BilateralFilter } from "./index.ts";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

/** Place by place, from the definition. */
function lineByLine(
  map: number[][][],
  guide: number[][],
  places: number,
  contrast: number,
  columns: boolean,
): number[][][] {
  return map.map((line, y) =>
    line.map((values, x) => {
      const others = columns ? map.map((_, i) => [i, x] as const) : line.map((_, i) => [y, i] as const);
      const weights = others.map(([v, u]) => {
        const distance = (v - y + u - x) / places;
        const difference = (guide[v]![u]! - guide[y]![x]!) / contrast;
        return Math.exp(-(distance ** 2) / 2 - difference ** 2 / 2);
      });
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return values.map(
        (_, c) => others.reduce((sum, [v, u], i) => sum + weights[i]! * map[v]![u]![c]!, 0) / total,
      );
    }),
  );
}

function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

describe("BilateralFilter", () => {
  it("is the mean along rows, columns and rows that its definition says", () => {
    const [height, width, channels] = [5, 7, 3];
    const map = Array.from({ length: height }, (_, y) =>
      Array.from({ length: width }, (_, x) =>
        Array.from({ length: channels }, (_, c) => noise(100 * y + 10 * x + c)),
      ),
    );
    const guide = map.map((line, y) => line.map((_, x) => noise(1000 + 10 * y + x)));
    const layer = new BilateralFilter({ places: 2, contrast: 0.3 });
    const filtered = layer.apply([
      tf.tensor4d([map]),
      tf.tensor4d([guide.map((line) => line.map((value) => [value, 9]))]),
    ]) as tf.Tensor;
    const rows = lineByLine(map, guide, 2, 0.3, false);
    const columns = lineByLine(rows, guide, 2, 0.3, true);
    const expected = lineByLine(columns, guide, 2, 0.3, false).flat(2);
    expect(filtered.shape).toEqual([1, height, width, channels]);
    filtered.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 5);
    });
  });

  it("makes blotches on a surface one, and leaves what an edge parts", () => {
    const width = 12;
    const dark = (x: number) => x < 6;
    const columns = Array.from({ length: width }, (_, x) => x);
    const guide = tf.tensor4d(
      columns.map((x) => (dark(x) ? -0.5 : 0.5)),
      [1, 1, width, 1],
    );
    const blotches = tf.tensor4d(
      columns.map((x) => (dark(x) ? x % 2 : 10)),
      [1, 1, width, 1],
    );
    const layer = new BilateralFilter({ places: 4, contrast: 0.1 });
    const values = Array.from((layer.apply([blotches, guide]) as tf.Tensor).dataSync());
    for (const x of columns) expect(Math.abs(values[x]! - (dark(x) ? 0.5 : 10))).toBeLessThan(0.1);
  });

  it("passes gradients to the map", () => {
    const guide = tf.tensor4d([0, 0.1, 0.5, 0.2], [1, 2, 2, 1]);
    const layer = new BilateralFilter({ places: 1, contrast: 0.3 });
    const first = (map: tf.Tensor4D) =>
      tf.sum(tf.slice(layer.apply([map, guide]) as tf.Tensor, [0, 0, 0, 0], [1, 1, 1, 1])) as tf.Scalar;
    const map = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    const gradient = tf
      .grad((x) => first(x as tf.Tensor4D))(map)
      .dataSync();
    const step = 1e-2;
    for (let i = 0; i < 4; i++) {
      const moved = tf.buffer([1, 2, 2, 1], "float32", Float32Array.from([1, 2, 3, 4]));
      moved.values[i]! += step;
      const slope =
        (first(moved.toTensor() as tf.Tensor4D).dataSync()[0]! - first(map).dataSync()[0]!) / step;
      expect(gradient[i]).toBeCloseTo(slope, 3);
    }
  });
});
