import type { Limits } from "./limits.ts";
import { Problem } from "./problems.ts";

/**
 * Who may come in: a bounded number of photos, and of bytes that they and their answers hold. Asked before a body is
 * read, so that what is turned away costs nothing.
 */
export class Admission {
  readonly #limits: Pick<Limits, "maxRequests" | "maxHeldBytes">;
  readonly #retryAfter: () => number;
  #requests = 0;
  #bytes = 0;

  /** @param retryAfter seconds after which there is likely to be room */
  constructor(limits: Pick<Limits, "maxRequests" | "maxHeldBytes">, retryAfter: () => number) {
    this.#limits = limits;
    this.#retryAfter = retryAfter;
  }

  /** Photos under way. */
  get requests(): number {
    return this.#requests;
  }

  /** Bytes that they hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Lets one in.
   *
   * @param bytes that it is known to bring
   * @throws Problem where there is no room
   */
  enter(bytes: number): Pass {
    const { maxRequests } = this.#limits;
    if (this.#requests >= maxRequests) {
      const limit = { name: "maxRequests", value: maxRequests } as const;
      const detail = `there are ${maxRequests} photos under way already. Try again later.`;
      throw new Problem("queue-full", detail, { limit, retryAfter: this.#retryAfter() });
    }
    this.#requests++;
    let held = 0;
    let inside = true;
    const pass: Pass = {
      hold: (wanted) => {
        if (!inside) return;
        this.#add(wanted - held);
        held = wanted;
      },
      leave: () => {
        if (!inside) return;
        inside = false;
        this.#requests--;
        this.#bytes -= held;
      },
    };
    try {
      pass.hold(bytes);
    } catch (error) {
      pass.leave();
      throw error;
    }
    return pass;
  }

  #add(bytes: number): void {
    const { maxHeldBytes } = this.#limits;
    // One alone may always go on: it is bounded by its own limit.
    if (bytes > 0 && this.#requests > 1 && this.#bytes + bytes > maxHeldBytes) {
      const limit = { name: "maxHeldBytes", value: maxHeldBytes } as const;
      const detail = "the photos under way hold all memory that there is for them. Try again later.";
      throw new Problem("memory-full", detail, { limit, retryAfter: this.#retryAfter() });
    }
    this.#bytes += bytes;
  }
}

/** A photo's place inside. */
export interface Pass {
  /**
   * Tells how many bytes it holds now.
   *
   * @throws Problem where there is no room for more
   */
  hold(bytes: number): void;
  leave(): void;
}
