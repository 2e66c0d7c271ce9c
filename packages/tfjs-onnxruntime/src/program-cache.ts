import { structuralKey, type Traversal, type ValueNode } from "./graph.ts";
import { Program } from "./program.ts";
import type { Runtime, SessionOptions } from "./runtime/runtime.ts";

/** Compiled graphs by structure; the one unused for longest makes room for another, unless it is pinned. */
export class ProgramCache {
  readonly #programs = new Map<string, Program>();
  readonly #pinned = new Map<Program, number>();
  readonly #capacity: number;
  readonly #runtime: Runtime;
  readonly #options: SessionOptions;

  constructor(capacity: number, runtime: Runtime, options: SessionOptions) {
    this.#capacity = capacity;
    this.#runtime = runtime;
    this.#options = options;
  }

  /** The program for this structure, compiled now if it is new. */
  get(traversal: Traversal, outputs: readonly ValueNode[]): { program: Program; isNew: boolean } {
    const key = structuralKey(traversal, outputs);
    const known = this.#programs.get(key);
    const program = known ?? new Program(traversal, outputs, this.#runtime, this.#options);
    // A map keeps the order of insertion: what was used last stands last.
    this.#programs.delete(key);
    this.#programs.set(key, program);
    this.#evict();
    return { program, isNew: known === undefined };
  }

  /** Keeps a program, whatever else is compiled, until it is unpinned as often. */
  pin(program: Program): void {
    this.#pinned.set(program, (this.#pinned.get(program) ?? 0) + 1);
  }

  unpin(program: Program): void {
    const pins = this.#pinned.get(program) ?? 0;
    if (pins > 1) this.#pinned.set(program, pins - 1);
    else this.#pinned.delete(program);
  }

  /** Lets go of a program, and of all the memory that its runs took, unless somebody else has pinned it. */
  drop(program: Program): void {
    this.unpin(program);
    if (program.isDisposed || this.#pinned.has(program)) return;
    for (const [key, other] of this.#programs) if (other === program) this.#programs.delete(key);
    program.dispose();
  }

  #evict(): void {
    for (const [key, program] of this.#programs) {
      if (this.#programs.size <= this.#capacity) break;
      if (this.#pinned.has(program)) continue;
      program.dispose();
      this.#programs.delete(key);
    }
  }

  endProfiling(): void {
    for (const program of this.#programs.values()) program.endProfiling();
  }

  dispose(): void {
    for (const program of this.#programs.values()) program.dispose();
    this.#programs.clear();
    this.#pinned.clear();
  }
}
