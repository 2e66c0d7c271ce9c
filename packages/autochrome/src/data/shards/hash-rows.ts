const HASH_BYTES = 32;
const EMPTY = 0;

/**
 * SHA-256 values by number, in 32 bytes each and about as much again to find them by: a Set of strings would
 * need five times that, and ends at 16 million.
 */
export class HashRows {
  #rows = Buffer.alloc(1024 * HASH_BYTES);
  /** Open addressing: a row's number plus one, at or after the place that its first four bytes say. */
  #slots = new Uint32Array(4096);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Adds a value (hex) under the next number; false, with nothing added, where it is there already. */
  add(hash: string): boolean {
    const value = Buffer.from(hash, "hex");
    if (2 * this.#length >= this.#slots.length) this.#spread();
    const slot = this.#find(value);
    if (this.#slots[slot] !== EMPTY) return false;
    if ((this.#length + 1) * HASH_BYTES > this.#rows.length) {
      const grown = Buffer.alloc(2 * this.#rows.length);
      this.#rows.copy(grown);
      this.#rows = grown;
    }
    value.copy(this.#rows, this.#length * HASH_BYTES);
    this.#slots[slot] = ++this.#length;
    return true;
  }

  /** A value by its number, hex. */
  at(index: number): string {
    return this.#row(index).toString("hex");
  }

  #row(index: number): Buffer {
    return this.#rows.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  #find(value: Buffer): number {
    const mask = this.#slots.length - 1;
    let slot = value.readUInt32LE(0) & mask;
    for (;;) {
      const row = this.#slots[slot]!;
      if (row === EMPTY || this.#row(row - 1).equals(value)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #spread(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let i = 0; i < this.#length; i++) this.#slots[this.#find(this.#row(i))] = i + 1;
  }
}
