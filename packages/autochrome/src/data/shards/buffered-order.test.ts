import fc from "fast-check";
import { expect, it } from "vitest";
import { Random } from "../random.ts";
import { bufferedOrder } from "./buffered-order.ts";

/** Numbers of the first photos of shards with so many photos. */
function startsOf(counts: readonly number[]): number[] {
  const starts = [0];
  for (const count of counts) starts.push(starts.at(-1)! + count);
  return starts;
}

it("gives every photo once, none before the buffer has come to it", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      fc.nat(),
      (counts, buffer, seed) => {
        const starts = startsOf(counts);
        const order = bufferedOrder(Random.of(seed), starts, buffer);
        const all = Array.from({ length: starts.at(-1)! }, (_, i) => i);
        expect([...order].sort((x, y) => x - y)).toEqual(all);
        // The shards' own order comes first from the same sequence; reading goes through them one by one.
        const shards = Random.of(seed).permutation(counts.length);
        const read = [...shards].flatMap((shard) => all.slice(starts[shard], starts[shard + 1]));
        const readAt = new Map(read.map((photo, place) => [photo, place]));
        for (const [k, photo] of order.entries()) expect(readAt.get(photo)!).toBeLessThan(k + buffer);
      },
    ),
    { seed: 1 },
  );
});

it("with a buffer of one reads shards from beginning to end; with one for all makes every order alike", () => {
  const straight = bufferedOrder(Random.of(1), startsOf([3, 3]), 1);
  expect([
    [0, 1, 2, 3, 4, 5],
    [3, 4, 5, 0, 1, 2],
  ]).toContainEqual([...straight]);
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 6000; seed++) {
    const key = bufferedOrder(Random.of(seed), startsOf([1, 2]), 3).join("");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
