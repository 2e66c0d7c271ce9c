/**
 * Seeds and draws that depend on nothing but numbers and names, so that a run can be repeated and resumed.
 *
 * @module
 */

/**
 * A 32-bit seed for one purpose, from a base seed and what it is for (FNV-1a over both, then mixed as in
 * MurmurHash3's finalizer, so that neighbouring names do not give neighbouring seeds).
 */
export function deriveSeed(seed: number, ...purpose: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of `${seed}/${purpose.join("/")}`) {
    hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A generator of uniform numbers in [0, 1): mulberry32, 32 bits of state. */
export function uniformGenerator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
