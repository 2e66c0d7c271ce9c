import type { GraphType, NumberArray } from "../graph.ts";

/** @throws RangeError that names the size where memory does not suffice */
export function allocate(dtype: GraphType, size: number): NumberArray {
  try {
    if (dtype === "float32") return new Float32Array(size);
    return dtype === "int32" ? new Int32Array(size) : new Uint8Array(size);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`${size} elements of ${dtype} do not fit into memory (${reason})`, { cause });
  }
}

/**
 * Keeps the memory of dead values for the next step's results of the same type and size, so that a
 * training loop settles on one set of buffers instead of waiting for the garbage collector.
 */
export class BufferPool {
  readonly #free = new Map<string, NumberArray[]>();
  readonly #limit: number;
  #bytes = 0;

  /** @param limit most bytes that idle buffers may hold */
  constructor(limit: number) {
    this.#limit = limit;
  }

  take(dtype: GraphType, size: number): NumberArray {
    const buffer = this.#free.get(`${dtype}${size}`)?.pop();
    if (!buffer) return allocate(dtype, size);
    this.#bytes -= buffer.byteLength;
    return buffer;
  }

  give(dtype: GraphType, buffer: NumberArray): void {
    if (this.#bytes + buffer.byteLength > this.#limit) return;
    const key = `${dtype}${buffer.length}`;
    const list = this.#free.get(key);
    if (list) list.push(buffer);
    else this.#free.set(key, [buffer]);
    this.#bytes += buffer.byteLength;
  }

  clear(): void {
    this.#free.clear();
    this.#bytes = 0;
  }
}
