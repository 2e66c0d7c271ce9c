import { createHash } from "node:crypto";

const WORDS = 3;

/**
 * Remembers which input became which output, in 24 to 48 bytes a photo: a Map of the paths would take ten
 * times as much, and ends at 16 million. Paths are known by hashes: 64 bits of the output's, 32 of the input's.
 */
export class PathTable {
  /** Open addressing: three words a slot, of which the first two (the output's) are 0 where it is empty. */
  #slots = new Uint32Array(WORDS << 10);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @returns "new", "same" for a pair that was added before, "other" where another input has that output */
  add(input: string, output: string): "new" | "same" | "other" {
    if (this.#size * 2 * WORDS >= this.#slots.length) this.#grow();
    const key = words(output);
    // 0 0 stands for an empty slot.
    const high = key[0] || 1;
    const low = key[1];
    const from = words(input)[0];
    const at = this.#find(high, low);
    if (this.#slots[at] === 0) {
      this.#slots.set([high, low, from], at);
      this.#size++;
      return "new";
    }
    return this.#slots[at + 2] === from ? "same" : "other";
  }

  #find(high: number, low: number): number {
    const slots = this.#slots.length / WORDS;
    // The number of slots is a power of two.
    let slot = low & (slots - 1);
    while (this.#slots[slot * WORDS] !== 0) {
      if (this.#slots[slot * WORDS] === high && this.#slots[slot * WORDS + 1] === low) break;
      slot = (slot + 1) & (slots - 1);
    }
    return slot * WORDS;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += WORDS) {
      if (old[at] !== 0) this.#slots.set(old.subarray(at, at + WORDS), this.#find(old[at]!, old[at + 1]!));
    }
  }
}

function words(text: string): Uint32Array {
  const hash = createHash("md5").update(text).digest();
  return new Uint32Array(hash.buffer.slice(hash.byteOffset, hash.byteOffset + 8));
}
