/**
 * What the page knows of the runs it follows.
 */
import type { Column, RunEvent, RunMessage, Sample, SeriesUpdate } from "../api.ts";

type Values = (number | null)[];

/** The positions that the x axis can show. */
export type Axis = "step" | "epoch" | "seconds";

const NO_VALUES: Values = [];

/** Rows in buckets; see `SeriesUpdate`. */
export class SeriesData {
  stride = 1;
  length = 0;
  readonly #columns = new Map<string, Required<Column>>();

  apply({ from, stride, columns }: SeriesUpdate): void {
    if (from === 0) this.#columns.clear();
    this.stride = stride;
    this.length = from + (columns.step?.mean.length ?? 0);
    for (const name of Object.keys(columns)) {
      if (!this.#columns.has(name)) this.#columns.set(name, { mean: [], low: [], high: [] });
    }
    for (const [name, column] of this.#columns) {
      const news = columns[name];
      column.mean = extend(column.mean, from, this.length, news?.mean);
      column.low = extend(column.low, from, this.length, news?.low ?? news?.mean);
      column.high = extend(column.high, from, this.length, news?.high ?? news?.mean);
    }
  }

  has(column: string): boolean {
    return this.#columns.has(column);
  }

  mean(column: string): Values {
    return this.#columns.get(column)?.mean ?? NO_VALUES;
  }

  low(column: string): Values {
    return this.#columns.get(column)?.low ?? NO_VALUES;
  }

  high(column: string): Values {
    return this.#columns.get(column)?.high ?? NO_VALUES;
  }

  /** The bucket that holds `step`, or the last before it; -1 where the series begins later. */
  indexOfStep(step: number): number {
    const steps = this.mean("step");
    let [low, high] = [0, steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      // A bucket is known by its last step.
      if ((steps[middle] ?? 0) < step) low = middle + 1;
      else high = middle;
    }
    return steps[low] === step || (this.stride > 1 && low < steps.length) ? low : low - 1;
  }
}

/** A new array each time, so that what depends on it notices. */
function extend(old: Values, from: number, length: number, news: Values | undefined): Values {
  const values = old.slice(0, from);
  while (values.length < from) values.push(null);
  for (let i = from; i < length; i++) values.push(news?.[i - from] ?? null);
  return values;
}

const MAX_EVENTS = 1000;

export class RunData {
  readonly id: string;
  readonly metrics = new SeriesData();
  readonly validation = new SeriesData();
  events: RunEvent[] = [];
  config: Record<string, unknown> = {};
  #samples: Sample[] = [];
  /** Counts messages. */
  version = 0;

  constructor(id: string) {
    this.id = id;
  }

  apply(message: RunMessage): void {
    this.version++;
    if (message.metrics) this.metrics.apply(message.metrics);
    if (message.validation) this.validation.apply(message.validation);
    if (message.events) {
      const { fresh, list } = message.events;
      this.events = (fresh ? list : [...this.events, ...list]).slice(-MAX_EVENTS);
    }
    if (message.samples) this.#samples = message.samples;
    if (message.config) this.config = message.config;
  }

  get lastStep(): number {
    return this.metrics.mean("step").at(-1) ?? 0;
  }

  /** Sheets up to where the run is: a resumed run may have left later ones of a time before. */
  get samples(): Sample[] {
    return this.#samples.filter(({ step }) => step <= this.lastStep);
  }

  /** The newest sheet at or before `step`; before the first, that one. */
  sampleAt(step: number): Sample | null {
    const { samples } = this;
    return samples.findLast((sample) => sample.step <= step) ?? samples[0] ?? null;
  }

  /** Where a step lies on an axis; null where the run does not tell. */
  position(step: number, axis: Axis): number | null {
    if (axis === "step") return step;
    const index = Math.max(0, this.metrics.indexOfStep(step));
    return this.metrics.mean(axis)[index] ?? null;
  }
}
