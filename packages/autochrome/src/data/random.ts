import { AutochromeError } from "../errors.ts";

/** Multipliers of MurmurHash3's 32-bit finalizer: every bit of the word reaches every other one. */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/**
 * xoshiro128** 1.1 (Blackman & Vigna 2018): a seeded generator whose draws are the same on every machine.
 * `Random.of(seed, stream, index)` gives each purpose and each index a sequence of its own, so that a run
 * that resumes at step k needs no history.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  private constructor(state: readonly [number, number, number, number]) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /**
   * A generator keyed by integers (a seed, then for example a purpose and an index).
   * @throws AutochromeError when a key is no safe integer.
   */
  static of(...keys: number[]): Random {
    const lanes: [number, number, number, number] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x6a09e667];
    for (const key of keys) {
      if (!Number.isSafeInteger(key)) {
        throw new AutochromeError(`A seed has to be a whole number, but it is ${key}. Try --seed 1.`, {
          code: "BAD_SEED",
          exitCode: 2,
        });
      }
      for (const word of [key >>> 0, Math.floor(key / 2 ** 32) >>> 0]) {
        for (let i = 0; i < 4; i++) lanes[i] = mix((lanes[i] ^ word) + 0x9e3779b9 * (i + 1));
      }
    }
    // The all-zero state is the one that xoshiro never leaves.
    if (lanes.every((lane) => lane === 0)) lanes[0] = 1;
    return new Random(lanes);
  }

  /** Continues a sequence from what `state()` gave. */
  static fromState(state: readonly number[]): Random {
    const words = state.map((word) => word >>> 0);
    if (words.length !== 4 || words.every((word) => word === 0)) {
      throw new AutochromeError("The saved random state is damaged: resume from another checkpoint.", {
        code: "BAD_RANDOM_STATE",
      });
    }
    return new Random([words[0], words[1], words[2], words[3]]);
  }

  /** Four 32-bit words that `fromState` continues from. */
  state(): [number, number, number, number] {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  /** An integer in [0, 2^32). */
  nextUint32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = rotateLeft(this.#d, 11);
    this.#a >>>= 0;
    this.#b >>>= 0;
    this.#c >>>= 0;
    this.#d >>>= 0;
    return result;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.nextUint32() >>> 5) * 2 ** 26 + (this.nextUint32() >>> 6)) / 2 ** 53;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** An integer in [0, count), each equally likely; `count` in 1..2^32. */
  integer(count: number): number {
    const limit = 2 ** 32 - (2 ** 32 % count);
    let word = this.nextUint32();
    while (word >= limit) word = this.nextUint32();
    return word % count;
  }

  /** A draw from the standard normal distribution (Box & Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 0..count-1 in random order (Fisher-Yates). */
  permutation(count: number): Uint32Array {
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      const j = this.integer(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
