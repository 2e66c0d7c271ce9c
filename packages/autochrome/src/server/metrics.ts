import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What `GET /metrics` tells, in Prometheus' text format. */
export interface Metrics {
  registry: Registry;
  requests: Counter<"method" | "route" | "status">;
  seconds: Histogram<"stage">;
  bytesIn: Counter;
  bytesOut: Counter;
  pixels: Counter;
  problems: Counter<"code">;
  restarts: Counter<"reason">;
  connectionsRefused: Counter;
}

/** Looked at when the metrics are asked for. */
export interface MetricSources {
  waiting: () => number;
  busy: () => number;
  ready: () => number;
  underWay: () => number;
  heldBytes: () => number;
  workerBytes: () => number;
}

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60];

export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `autochrome_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = <T extends string>(name: string, help: string, labelNames: T[] = []) =>
    new Counter<T>({ name: `autochrome_${name}`, help, labelNames, registers });
  collectDefaultMetrics({ register: registry });
  gauge("queue_depth", "Photos that wait for a worker", sources.waiting);
  gauge("in_flight", "Photos that workers have in hand", sources.busy);
  gauge("under_way", "Photos being sent, waiting, being coloured or being answered", sources.underWay);
  gauge("held_bytes", "Bytes of photos and answers under way", sources.heldBytes);
  gauge("workers_ready", "Workers that have a photo or could take one", sources.ready);
  gauge("workers_resident_memory_bytes", "Resident memory of all workers, as told last", sources.workerBytes);
  return {
    registry,
    requests: counter("requests_total", "Requests answered", ["method", "route", "status"]),
    seconds: new Histogram({
      name: "autochrome_photo_seconds",
      help: "Time that coloured photos took: waiting for a worker, in a worker, and from request to answer",
      labelNames: ["stage"],
      buckets: SECONDS,
      registers,
    }),
    bytesIn: counter("photo_bytes_total", "Bytes of photos received"),
    bytesOut: counter("answer_bytes_total", "Bytes of coloured photos"),
    pixels: counter("pixels_total", "Pixels coloured"),
    problems: counter("problems_total", "Requests answered with a problem", ["code"]),
    restarts: counter("worker_restarts_total", "Workers that were replaced", ["reason"]),
    connectionsRefused: counter(
      "connections_refused_total",
      "Connections closed because there were too many",
    ),
  };
}
