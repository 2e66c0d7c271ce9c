/**
 * Lets holders of bytes in, in the order in which they came, while what they hold together stays within a budget.
 * One that is larger than the budget is let in alone.
 */
export class ByteGate {
  readonly #budget: number;
  readonly #waiting: { bytes: number; enter: () => void }[] = [];
  #held = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#held;
  }

  /** Runs `use` once `bytes` more fit in. */
  async with<T>(bytes: number, use: () => Promise<T>): Promise<T> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
    } else {
      this.#held += bytes;
    }
    try {
      return await use();
    } finally {
      this.#held -= bytes;
      this.#admit();
    }
  }

  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#budget;
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.bytes); next = this.#waiting[0]) {
      this.#held += next.bytes;
      this.#waiting.shift();
      next.enter();
    }
  }
}
