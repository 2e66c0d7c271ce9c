import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { tf } from "../models/index.ts";
import type { TrainConfig } from "./config/index.ts";
import { DiffAugment } from "./diff-augment.ts";

const [N, SIDE, CHANNELS] = [48, 16, 3];
const REACH = SIDE / 8;

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

type Photos = number[][][][];

function augment(diffAugment: TrainConfig["diffAugment"], step: number, seed = 1): DiffAugment {
  const made = new DiffAugment({ diffAugment, seed, batchSize: N, cropSize: SIDE });
  made.prepare(step);
  return made;
}

// No pixel is like another, and none is 0.
const photos = tf.tidy(() =>
  tf.reshape(tf.range(1, N * SIDE * SIDE * CHANNELS + 1), [N, SIDE, SIDE, CHANNELS]),
);
const before = photos.arraySync() as Photos;

/** The shift, rows then columns, by which one photo became another; null where none did. */
function shiftBetween(from: number[][][], to: number[][][]): [number, number] | null {
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      const matches = to.every((row, y) =>
        row.every((pixel, x) => {
          const source = from[y + dy]?.[x + dx] ?? Array<number>(CHANNELS).fill(0);
          return pixel.every((value, c) => value === source[c]);
        }),
      );
      if (matches) return [dy, dx];
    }
  }
  return null;
}

describe("DiffAugment", () => {
  it("shifts whole photos by up to an eighth, all channels alike, zeros moving in", () => {
    const after = augment("translation", 3)
      .apply(photos as tf.Tensor4D)
      .arraySync() as Photos;
    const shifts = before.map((photo, i) => shiftBetween(photo, after[i]!));
    expect(shifts).not.toContain(null);
    for (const axis of [0, 1]) {
      const seen = new Set(shifts.map((shift) => shift![axis]));
      expect([...seen].sort((a, b) => a! - b!)).toEqual([-2, -1, 0, 1, 2]);
    }
  });

  it("blanks a square of half the side, cut off at the edges, all channels alike", () => {
    const after = augment("cutout", 3)
      .apply(photos as tf.Tensor4D)
      .arraySync() as Photos;
    const areas = after.map((photo, i) => {
      const rows = new Set<number>();
      const columns = new Set<number>();
      let blank = 0;
      photo.forEach((row, y) => {
        row.forEach((pixel, x) => {
          if (pixel.every((value) => value === 0)) {
            rows.add(y);
            columns.add(x);
            blank++;
          } else expect(pixel).toEqual(before[i]![y]![x]);
        });
      });
      expect(blank).toBe(rows.size * columns.size);
      expect(Math.max(...rows) - Math.min(...rows) + 1).toBe(rows.size);
      return [rows.size, columns.size];
    });
    // The square's centre lies anywhere in the photo, edges included: from half of it to all of it shows.
    const sizes = areas.flat();
    expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([SIDE / 4, SIDE / 2]);
  });

  it("does to each photo of a step the same, real or painted, whichever is asked first", () => {
    const made = augment("translation,cutout", 5);
    const ones = tf.ones([N, SIDE, SIDE, 1]) as tf.Tensor4D;
    const first = made.apply(ones).dataSync();
    made.apply(photos as tf.Tensor4D);
    expect(made.apply(ones).dataSync()).toEqual(first);
  });

  it("follows from seed and step, each policy on its own draws", () => {
    const draw = (policy: TrainConfig["diffAugment"], step: number, seed = 1) =>
      Array.from(
        augment(policy, step, seed)
          .apply(photos as tf.Tensor4D)
          .dataSync(),
      );
    const both = draw("translation,cutout", 5);
    expect(draw("translation,cutout", 5)).toEqual(both);
    expect(draw("translation,cutout", 6)).not.toEqual(both);
    expect(draw("translation,cutout", 5, 2)).not.toEqual(both);
    // Cutting what was only shifted leaves what both leave.
    const shifted = draw("translation", 5);
    expect(both.every((value, i) => value === 0 || value === shifted[i])).toBe(true);
  });

  it("leaves photos alone when it is off", () => {
    expect(
      augment("none", 5)
        .apply(photos as tf.Tensor4D)
        .dataSync(),
    ).toEqual(photos.dataSync());
  });

  it("hands gradients back to where the pixels came from", () => {
    const made = augment("translation,cutout", 7);
    const weights = tf.randomNormal([N, SIDE, SIDE, CHANNELS], 0, 1, "float32", 3) as tf.Tensor4D;
    const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(made.apply(x as tf.Tensor4D), weights)))(photos);
    // Every pixel that is still seen gets the weight of its new place, every other one nothing.
    const expected = new Float32Array(photos.size);
    const weight = weights.dataSync();
    made
      .apply(photos as tf.Tensor4D)
      .dataSync()
      .forEach((value, i) => {
        if (value !== 0) expected[value - 1] = weight[i]!;
      });
    expect(gradient.dataSync()).toEqual(expected);
  });
});
