import type { IncomingMessage } from "node:http";
import { availableParallelism } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { getRequestListener, RequestError } from "@hono/node-server";
import { listenOn, urlOf } from "../http/index.ts";
import { Admission } from "./admission.ts";
import { createApp } from "./app.ts";
import { createHttpServer } from "./http-server.ts";
import { type Limits, withDefaults } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { readNetworks } from "./networks.ts";
import { WorkerPool } from "./pool.ts";
import { Problem } from "./problems.ts";
import { loadSite, type Site } from "./site.ts";

export const DEFAULT_PORT = 8080;

/** More workers than this are seldom worth their memory. */
const MOST_WORKERS = 8;

const DRAIN_POLL_MS = 20;

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]);
const ROUTES = new Set([
  "/v1/colorize",
  "/v1/models",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/docs",
]);

export interface ServerOptions {
  /** Networks as `loadColorizer` takes them; the first is the default. None: the installed default. */
  models?: readonly string[];
  /** Null takes 8080, or the next that is free; 0 any that is free. */
  port?: number | null;
  /** Address to listen on; by default only this machine reaches it. */
  host?: string;
  /** Other names that it is reached by, such as a proxy's. */
  allowHosts?: readonly string[];
  /** Origins of pages elsewhere that may ask, such as `https://photos.example`. */
  allowOrigins?: readonly string[];
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
  limits: Limits;
  /**
   * Takes no more photos, and ends once those under way are answered, or `drainMs` have passed.
   *
   * @returns how many were given up
   */
  drain(): Promise<number>;
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
    origins: options.allowOrigins ?? [],
    draining: () => draining,
    onError,
  });
  const listener = getRequestListener(app.fetch, { autoCleanupIncoming: false, errorHandler: answerFailure });
  const server = createHttpServer({
    limits,
    listener: (request, response) => void listener(request, response),
    onAnswered: (request, status) => {
      metrics.requests.inc({ method: methodLabel(request), route: routeLabel(request, site), status });
    },
    onDropped: () => metrics.connectionsRefused.inc(),
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
    limits,
    workerPids: () => pool.pids,
    drain: async () => {
      draining = true;
      // It still answers meanwhile, so that whoever asks is told.
      const deadline = performance.now() + limits.drainMs;
      while (admission.requests > 0 && performance.now() < deadline) await wait(DRAIN_POLL_MS);
      const left = admission.requests;
      await close();
      return left;
    },
    close,
  };
}

/** What never reached the routes: an address or a Host that cannot be read. */
function answerFailure(error: unknown): Response {
  if (error instanceof RequestError) {
    return new Problem("bad-request", "the address or the Host header cannot be read.").toResponse();
  }
  return new Problem("failed", "the request could not be answered, for a reason that is ours.").toResponse();
}

// Labels are few, whatever is asked for.

function methodLabel({ method = "" }: IncomingMessage): string {
  return METHODS.has(method) ? method : "other";
}

function routeLabel({ url = "" }: IncomingMessage, site: Site | null): string {
  const path = url.replace(/[?#].*$/, "");
  if (ROUTES.has(path)) return path;
  return site?.has(path) ? "page" : "other";
}
