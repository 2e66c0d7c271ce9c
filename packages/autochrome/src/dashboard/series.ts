/**
 * Series of any length in bounded memory.
 *
 * @module
 */
import type { Column, SeriesUpdate } from "./api.ts";

/** Where a reader of a series stands. */
export interface SeriesCursor {
  stride: number;
  rows: number;
}

/** Positions on the x axis: of these a bucket tells the last value, so that the curve ends where the run is. */
const POSITIONS: ReadonlySet<string> = new Set(["step", "epoch", "seconds"]);
const MAX_COLUMNS = 64;

class ColumnBuckets {
  readonly sum: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly last: Float64Array;
  readonly count: Uint32Array;

  constructor(capacity: number) {
    this.sum = new Float64Array(capacity);
    this.low = new Float64Array(capacity);
    this.high = new Float64Array(capacity);
    this.last = new Float64Array(capacity);
    this.count = new Uint32Array(capacity);
  }

  add(bucket: number, value: number): void {
    const first = this.count[bucket] === 0;
    this.sum[bucket]! += value;
    this.count[bucket]! += 1;
    this.low[bucket] = first ? value : Math.min(this.low[bucket]!, value);
    this.high[bucket] = first ? value : Math.max(this.high[bucket]!, value);
    this.last[bucket] = value;
  }

  /** Buckets 2i and 2i + 1 become bucket i. */
  halve(): void {
    const { sum, low, high, last, count } = this;
    const half = count.length / 2;
    for (let i = 0; i < half; i++) {
      const [a, b] = count[2 * i]! > 0 ? [2 * i, 2 * i + 1] : [2 * i + 1, 2 * i];
      const both = count[b]! > 0;
      const latest = count[2 * i + 1]! > 0 ? 2 * i + 1 : 2 * i;
      [sum[i], low[i], high[i], last[i], count[i]] = [
        sum[a]! + sum[b]!,
        both ? Math.min(low[a]!, low[b]!) : low[a]!,
        both ? Math.max(high[a]!, high[b]!) : high[a]!,
        last[latest]!,
        count[a]! + count[b]!,
      ];
    }
    for (const values of [sum, low, high, last, count]) values.fill(0, half);
  }
}

/**
 * Rows in buckets of equally many neighbours, with mean, smallest and largest value of every column. When the
 * buckets are used up, neighbours merge and each holds twice as many rows: no extreme is ever lost, and there are
 * between half of `capacity` and `capacity` buckets in a long run.
 */
export class Series {
  readonly #capacity: number;
  readonly #columns = new Map<string, ColumnBuckets>();
  #stride = 1;
  #rows = 0;

  /** @param capacity even */
  constructor(capacity = 2000) {
    this.#capacity = capacity;
  }

  get cursor(): SeriesCursor {
    return { stride: this.#stride, rows: this.#rows };
  }

  /** Adds a row; what is no finite number is left out. */
  add(row: Readonly<Record<string, unknown>>): void {
    if (this.#rows === this.#capacity * this.#stride) {
      for (const column of this.#columns.values()) column.halve();
      this.#stride *= 2;
    }
    const bucket = Math.floor(this.#rows / this.#stride);
    for (const [name, value] of Object.entries(row)) {
      if (typeof value !== "number" || !Number.isFinite(value)) continue;
      let column = this.#columns.get(name);
      if (column === undefined) {
        if (this.#columns.size >= MAX_COLUMNS) continue;
        column = new ColumnBuckets(this.#capacity);
        this.#columns.set(name, column);
      }
      column.add(bucket, value);
    }
    this.#rows++;
  }

  /**
   * What a reader at `cursor` does not know; null where there is nothing new.
   *
   * @param cursor null for a reader that knows nothing
   */
  since(cursor: SeriesCursor | null): SeriesUpdate | null {
    const follows = cursor !== null && cursor.stride === this.#stride && cursor.rows <= this.#rows;
    if (follows && cursor.rows === this.#rows) return null;
    const from = follows ? Math.floor(cursor.rows / this.#stride) : 0;
    const to = Math.ceil(this.#rows / this.#stride);
    const columns: Record<string, Column> = {};
    for (const [name, buckets] of this.#columns) columns[name] = this.#column(name, buckets, from, to);
    return { from, stride: this.#stride, columns };
  }

  #column(name: string, { count, sum, low, high, last }: ColumnBuckets, from: number, to: number): Column {
    const read = (value: (i: number) => number) =>
      Array.from({ length: to - from }, (_, i) => (count[from + i] === 0 ? null : value(from + i)));
    if (POSITIONS.has(name)) return { mean: read((i) => last[i]!) };
    const mean = read((i) => sixDigits(sum[i]! / count[i]!));
    if (this.#stride === 1) return { mean };
    return { mean, low: read((i) => sixDigits(low[i]!)), high: read((i) => sixDigits(high[i]!)) };
  }
}

/** Six digits are more than a screen shows, and a third of the text of all. */
function sixDigits(value: number): number {
  return Number(value.toPrecision(6));
}
