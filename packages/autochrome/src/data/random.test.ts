import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "./random.ts";

describe("Random", () => {
  it("follows xoshiro128** 1.1", () => {
    // From state 1, 2, 3, 4: two steps by hand, the others by the definition in unbounded integers (Python).
    const random = Random.fromState([1, 2, 3, 4]);
    expect(random.nextUint32()).toBe(11520);
    expect(random.state()).toEqual([7, 0, 1026, 12288]);
    expect(random.nextUint32()).toBe(0);
    expect(random.state()).toEqual([12295, 1029, 1029, 25165824]);
    const rest = Array.from({ length: 6 }, () => random.nextUint32());
    expect(rest).toEqual([5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849]);
  });

  it("gives the same sequence for the same keys and others for other keys", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (seed, index) => {
        const first = Random.of(seed, index).state();
        expect(Random.of(seed, index).state()).toEqual(first);
        if (index < Number.MAX_SAFE_INTEGER) expect(Random.of(seed, index + 1).state()).not.toEqual(first);
        if (seed !== index) expect(Random.of(index, seed).state()).not.toEqual(first);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("continues from a saved state", () => {
    const random = Random.of(5);
    random.normal();
    const state = random.state();
    const expected = [random.uniform(), random.normal(), random.integer(1000)];
    const resumed = Random.fromState(JSON.parse(JSON.stringify(state)));
    expect([resumed.uniform(), resumed.normal(), resumed.integer(1000)]).toEqual(expected);
  });

  it("draws evenly: 16 bins of 16000 within five standard deviations", () => {
    const random = Random.of(1);
    const bins = new Array<number>(16).fill(0);
    for (let i = 0; i < 16000; i++) bins[Math.floor(random.uniform() * 16)]++;
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });

  it("neighbouring indices start uncorrelated", () => {
    // Mean of the products of centred neighbours: 0, with deviation 1/12/sqrt(n).
    let sum = 0;
    for (let i = 0; i < 4000; i++) {
      sum += (Random.of(1, i).uniform() - 0.5) * (Random.of(1, i + 1).uniform() - 0.5);
    }
    expect(Math.abs(sum / 4000)).toBeLessThan(5 / 12 / Math.sqrt(4000));
  });

  it("draws normals with mean 0 and deviation 1", () => {
    const random = Random.of(2);
    const draws = Array.from({ length: 10000 }, () => random.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(variance).toBeCloseTo(1, 1);
  });

  it("permutes: every order of three about equally often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = Random.of(3, i).permutation(3).join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  it("refuses keys that are no whole numbers", () => {
    expect(() => Random.of(1.5)).toThrow(/whole number/);
    expect(() => Random.of(Number.NaN)).toThrow(/whole number/);
    expect(() => Random.fromState([0, 0, 0, 0])).toThrow(/damaged/);
  });
});
