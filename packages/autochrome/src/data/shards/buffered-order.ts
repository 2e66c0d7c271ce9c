import type { Random } from "../random.ts";

/**
 * An epoch's order of photos that lie in shards: shards in random order, read from their first photo to their
 * last, through a buffer of `buffer` photos from which the next is drawn; what is drawn makes room for what is
 * read. So photos that are used one after the other lie near each other in few files, and yet no two epochs are
 * alike. A buffer for all photos gives every order alike.
 *
 * @param starts of each shard the number of its first photo, and last the number of all
 */
export function bufferedOrder(random: Random, starts: ArrayLike<number>, buffer: number): Uint32Array {
  const shards = random.permutation(starts.length - 1);
  const order = new Uint32Array(starts[starts.length - 1]!);
  const held = new Uint32Array(Math.min(buffer, order.length));
  let filled = 0;
  let drawn = 0;
  for (const shard of shards) {
    for (let photo = starts[shard]!; photo < starts[shard + 1]!; photo++) {
      if (filled < held.length) {
        held[filled++] = photo;
        continue;
      }
      const place = random.integer(held.length);
      order[drawn++] = held[place]!;
      held[place] = photo;
    }
  }
  for (; filled > 0; filled--) {
    const place = random.integer(filled);
    order[drawn++] = held[place]!;
    held[place] = held[filled - 1]!;
  }
  return order;
}
