/**
 * Everything that the page shows of one run, kept up to date from its folder.
 *
 * @module
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { RunEvent, RunMessage, Sample } from "./api.ts";
import { Series, type SeriesCursor } from "./series.ts";
import { FileTail, parseRecord } from "./tail.ts";

const MAX_EVENTS = 1000;
const MAX_SAMPLES = 1000;
const MAX_EVENT_LENGTH = 4000;

/** Where a reader of a run stands; text goes into the id of a server-sent event. */
interface RunCursor {
  generation: string;
  metrics: SeriesCursor;
  validation: SeriesCursor;
  eventsGeneration: string;
  events: number;
  samples: string;
  config: string;
}

/** Tells the readings of one server process from another's: a cursor may outlive the server that gave it. */
const PROCESS = Date.now().toString(36);
let generations = 0;
const newGeneration = () => `${PROCESS}-${(generations++).toString(36)}`;

export class RunLog {
  readonly id: string;
  readonly #folder: string;
  readonly #metricsTail: FileTail;
  readonly #eventsTail: FileTail;
  #generation = newGeneration();
  #metrics = new Series();
  #validation = new Series();
  #lastPosition: Record<string, unknown> = {};
  #eventsGeneration = newGeneration();
  #events: RunEvent[] = [];
  /** Events that were dropped, being too many. */
  #forgotten = 0;
  #samples: Sample[] = [];
  #samplesVersion = "";
  #config: Record<string, unknown> = {};
  #configVersion = "";

  constructor(id: string, folder: string) {
    this.id = id;
    this.#folder = folder;
    this.#metricsTail = new FileTail(join(folder, "metrics.jsonl"));
    this.#eventsTail = new FileTail(join(folder, "events.jsonl"));
  }

  /**
   * Reads what is new, a chunk of each file.
   *
   * @returns true where more is waiting
   */
  async read(): Promise<boolean> {
    const metrics = await this.#metricsTail.read();
    if (metrics.restarted) {
      this.#generation = newGeneration();
      this.#metrics = new Series();
      this.#validation = new Series();
    }
    for (const line of metrics.lines) this.#addMetrics(line);
    const events = await this.#eventsTail.read();
    if (events.restarted) {
      this.#eventsGeneration = newGeneration();
      this.#events = [];
      this.#forgotten = 0;
    }
    for (const line of events.lines) this.#addEvent(line);
    if (!metrics.more && !events.more) {
      await this.#readSamples();
      await this.#readConfig();
    }
    return metrics.more || events.more;
  }

  /**
   * What a reader at `cursor` does not know, and its next cursor; null where there is nothing new.
   *
   * @param cursor as given before; null, or one that means nothing here, for a reader that knows nothing
   */
  since(cursor: string | null): { message: RunMessage; cursor: string } | null {
    const known = parseCursor(cursor);
    const same = known !== null && known.generation === this.#generation;
    const message: RunMessage = { run: this.id };
    const metrics = this.#metrics.since(same ? known.metrics : null);
    if (metrics) message.metrics = metrics;
    const validation = this.#validation.since(same ? known.validation : null);
    if (validation) message.validation = validation;
    const total = this.#forgotten + this.#events.length;
    // A reader that lags behind what was forgotten starts anew.
    const follows = known?.eventsGeneration === this.#eventsGeneration && known.events >= this.#forgotten;
    if (!follows) message.events = { fresh: true, list: this.#events };
    else if (known.events < total) {
      message.events = { fresh: false, list: this.#events.slice(known.events - this.#forgotten) };
    }
    if (known?.samples !== this.#samplesVersion) message.samples = this.#samples;
    if (known?.config !== this.#configVersion) message.config = this.#config;
    const next = formatCursor({
      generation: this.#generation,
      metrics: this.#metrics.cursor,
      validation: this.#validation.cursor,
      eventsGeneration: this.#eventsGeneration,
      events: total,
      samples: this.#samplesVersion,
      config: this.#configVersion,
    });
    return next === cursor ? null : { message, cursor: next };
  }

  #addMetrics(line: string): void {
    const row = parseRecord(line);
    if (row === null || typeof row.step !== "number") return;
    const { validation } = row;
    if (typeof validation === "object" && validation !== null) {
      const position = this.#lastPosition.step === row.step ? this.#lastPosition : { step: row.step };
      this.#validation.add({ ...validation, ...position });
      return;
    }
    this.#lastPosition = { step: row.step, epoch: row.epoch, seconds: row.seconds };
    this.#metrics.add(row);
  }

  #addEvent(line: string): void {
    const event = line.length > MAX_EVENT_LENGTH ? null : parseRecord(line);
    if (event === null || typeof event.step !== "number" || typeof event.kind !== "string") return;
    this.#events.push(event as RunEvent);
    if (this.#events.length > MAX_EVENTS) {
      this.#events.shift();
      this.#forgotten++;
    }
  }

  async #readSamples(): Promise<void> {
    const folder = join(this.#folder, "samples");
    // A picture takes its place by a rename, which the folder's time shows.
    const version = await modified(folder);
    if (version === this.#samplesVersion) return;
    const names = await readdir(folder).catch(() => []);
    const steps = names.flatMap((name) => {
      const match = /^step-(\d{1,15})\.jpg$/.exec(name);
      return match ? [Number(match[1])] : [];
    });
    steps.sort((a, b) => a - b);
    const samples: Sample[] = [];
    for (const step of steps.slice(-MAX_SAMPLES)) {
      samples.push({ step, version: await modified(sampleFile(this.#folder, step)) });
    }
    this.#samples = samples;
    this.#samplesVersion = version;
  }

  async #readConfig(): Promise<void> {
    const path = join(this.#folder, "config.json");
    const version = await modified(path);
    if (version === this.#configVersion) return;
    this.#config = parseRecord(await readFile(path, "utf8").catch(() => "")) ?? {};
    this.#configVersion = version;
  }
}

/** The sheet of a step in a run's folder. */
export function sampleFile(run: string, step: number): string {
  return join(run, "samples", `step-${String(step).padStart(7, "0")}.jpg`);
}

async function modified(path: string): Promise<string> {
  return stat(path).then(
    ({ mtimeMs, size }) => `${Math.round(mtimeMs * 1000).toString(36)}-${size.toString(36)}`,
    () => "none",
  );
}

function formatCursor(cursor: RunCursor): string {
  const { generation, metrics, validation, eventsGeneration, events, samples, config } = cursor;
  return [
    generation,
    metrics.stride,
    metrics.rows,
    validation.stride,
    validation.rows,
    eventsGeneration,
    events,
    samples,
    config,
  ].join("~");
}

function parseCursor(text: string | null): RunCursor | null {
  const parts = text?.split("~") ?? [];
  if (parts.length !== 9) return null;
  const [stride, rows, validationStride, validationRows, events] = [1, 2, 3, 4, 6].map((i) =>
    Number(parts[i]),
  );
  return {
    generation: parts[0]!,
    metrics: { stride: stride!, rows: rows! },
    validation: { stride: validationStride!, rows: validationRows! },
    eventsGeneration: parts[5]!,
    events: events!,
    samples: parts[7]!,
    config: parts[8]!,
  };
}
