import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { availableParallelism } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { listenOn, urlOf } from "../http/index.ts";
import { Admission } from "./admission.ts";
import { createApp } from "./app.ts";
import { type Limits, withDefaults } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { readNetworks } from "./networks.ts";
import { WorkerPool } from "./pool.ts";
import { loadSite } from "./site.ts";

export const DEFAULT_PORT = 8080;

/** More workers than this are seldom worth their memory. */
const MOST_WORKERS = 8;

export interface ServerOptions {
  /** Networks as `loadColorizer` takes them; the first is the default. None: the installed default. */
  models?: readonly string[];
  /** Null takes 8080, or the next that is free; 0 any that is free. */
  port?: number | null;
  /** Address to listen on; by default only this machine reaches it. */
  host?: string;
  /** Other names that it is reached by, such as a proxy's. */
  allowHosts?: readonly string[];
  /** Processes that colour; by default one a core, at most 8. */
  workers?: number;
  /** False serves the API alone. */
  page?: boolean;
  limits?: Partial<Limits>;
  /** Photos after which a worker is replaced. */
  recycleAfter?: number;
  /** Told of what goes wrong while serving; it ends nothing. */
  onError?: (error: unknown) => void;
}

export interface PhotoServer {
  /** `http://127.0.0.1:8080/` */
  url: string;
  port: number;
  models: readonly string[];
  workers: number;
  /** Process ids of the workers there are now. */
  workerPids(): number[];
  /** Takes no more photos, and ends once those under way are answered, or `drainMs` have passed. */
  drain(): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

/**
 * Starts the server; resolves when it takes photos.
 *
 * @throws AutochromeError where a network cannot be used, the page is missing, or no port is free
 */
export async function startServer(options: ServerOptions = {}): Promise<PhotoServer> {
  const { port = null, host = "127.0.0.1", onError = () => {} } = options;
  const limits = withDefaults(options.limits);
  const networks = await readNetworks(options.models ?? []);
  const site = options.page === false ? null : await loadSite(networks);
  const cores = availableParallelism();
  const workers = options.workers ?? Math.min(MOST_WORKERS, cores);
  const pool: WorkerPool = new WorkerPool({
    models: networks.map(({ path }) => path),
    workers,
    threads: Math.max(1, Math.floor(cores / workers)),
    ...limits,
    ...(options.recycleAfter !== undefined && { recycleAfter: options.recycleAfter }),
    onEvent: (event) => {
      if (event.type === "message") onError(new Error(event.message));
      else metrics.restarts.inc({ reason: event.reason });
    },
  });
  const admission = new Admission(limits, () => pool.retryAfter);
  const metrics = createMetrics({
    waiting: () => pool.waiting,
    busy: () => pool.busy,
    ready: () => pool.ready,
    underWay: () => admission.requests,
    heldBytes: () => admission.bytes,
    workerBytes: () => pool.bytes,
  });
  let draining = false;
  const names = (options.allowHosts ?? []).map((name) => name.toLowerCase());
  const app = createApp({
    limits,
    networks,
    admission,
    pool,
    metrics,
    site,
    host,
    names,
    draining: () => draining,
    onError,
  });
  const listener = getRequestListener(app.fetch, { autoCleanupIncoming: false });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    void listener(request, response);
  });
  let listening: number;
  try {
    await pool.start();
    listening = await listenOn(server, { name: "the server", port, firstPort: DEFAULT_PORT, host });
  } catch (error) {
    await pool.close();
    throw error;
  }
  server.on("error", onError);
  const close = async () => {
    draining = true;
    await pool.close();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  };
  return {
    url: urlOf(host, listening),
    port: listening,
    models: networks.map(({ name }) => name),
    workers,
    workerPids: () => pool.pids,
    drain: close,
    close,
  };
}
