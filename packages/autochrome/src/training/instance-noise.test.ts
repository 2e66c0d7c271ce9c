import "@tensorflow/tfjs-backend-cpu";
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../data/index.ts";
import { tf } from "../models/index.ts";
import { InstanceNoise, normals } from "./instance-noise.ts";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

describe("normals", () => {
  it("have the moments and the quantiles of a normal distribution", () => {
    const count = 400_000;
    const values = normals(Random.of(3), count, 2).map((value) => value / 2);
    const moment = (k: number) => values.reduce((sum, value) => sum + value ** k, 0) / count;
    // Standard errors are 0.0016, 0.0022, 0.006 and 0.015.
    expect([1, 2, 3, 4].map(moment)).toEqual([
      expect.closeTo(0, 2),
      expect.closeTo(1, 2),
      expect.closeTo(0, 1),
      expect.closeTo(3, 1),
    ]);
    const sorted = values.sort();
    const quantile = (p: number) => sorted[Math.floor(p * count)];
    expect([0.025, 0.5, 0.8413, 0.975, 0.9987].map(quantile)).toEqual(
      [-1.96, 0, 1, 1.96, 3.01].map((expected) => expect.closeTo(expected, 1)),
    );
  });

  it("show no tie between neighbours, which share a random word", () => {
    const values = normals(Random.of(4), 200_000, 1);
    let product = 0;
    for (let i = 0; i < values.length; i += 2) product += values[i]! * values[i + 1]!;
    expect(product / (values.length / 2)).toBeCloseTo(0, 2);
  });
});

describe("InstanceNoise", () => {
  const config = { instanceNoise: 0.3, seed: 1, batchSize: 4, cropSize: 16, space: "lab" } as const;
  const colours = tf.ones([4, 16, 16, 2]) as tf.Tensor4D;
  const draw = (kind: "real" | "fake", step: number, deviation: number, seed = 1) => {
    const noise = new InstanceNoise({ ...config, seed });
    noise.prepare(step, deviation);
    return Array.from(noise.addTo(colours, kind).dataSync(), (value) => value - 1);
  };

  it("has the deviation of the step, and another draw for real and for painted colours", () => {
    const real = draw("real", 2, 0.2);
    const deviation = Math.sqrt(real.reduce((sum, value) => sum + value * value, 0) / real.length);
    expect(deviation).toBeCloseTo(0.2, 2);
    expect(draw("fake", 2, 0.2)).not.toEqual(real);
  });

  it("follows from seed and step", () => {
    const noise = draw("real", 2, 0.2);
    expect(draw("real", 2, 0.2)).toEqual(noise);
    expect(draw("real", 3, 0.2)).not.toEqual(noise);
    expect(draw("real", 2, 0.2, 2)).not.toEqual(noise);
  });

  it("ends at nothing, and is nothing when it is off", () => {
    expect(new Set(draw("real", 2, 0))).toEqual(new Set([0]));
    const off = new InstanceNoise({ ...config, instanceNoise: 0 });
    off.prepare(2, 0);
    expect(off.addTo(colours, "real")).toBe(colours);
  });
});
