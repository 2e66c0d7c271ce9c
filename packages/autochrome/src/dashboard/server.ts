/**
 * The dashboard's server: a page on which runs are watched while they train.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { AutochromeError } from "../errors.ts";
import { createApp } from "./app.ts";
import { isLoopback } from "./hosts.ts";
import { loadPage } from "./page-files.ts";
import { Watcher } from "./watcher.ts";

export const DEFAULT_PORT = 8123;
const PORTS_TRIED = 20;
const MOST_ERRORS = 100;

export interface DashboardOptions {
  /** A folder with runs in it, or the folder of one run. It may come into being later. */
  folder: string;
  /** How many folders deep runs are looked for, 3 by default. */
  depth?: number;
  /** Null takes 8123, or the next that is free; 0 any that is free. */
  port?: number | null;
  /** Address to listen on; by default only this machine reaches it. */
  host?: string;
  /** Milliseconds between two looks at the folder, 1000 by default. */
  pollMs?: number;
  /** Milliseconds of reading in one look, 200 by default; a training takes less for its own dashboard. */
  budgetMs?: number;
  /** Milliseconds after which a silent connection says that it lives. */
  heartbeatMs?: number;
  /** Pages open at once. */
  maxConnections?: number;
  /** Told of failures while serving, of each once; they end nothing. */
  onError?: (error: unknown) => void;
}

export interface Dashboard {
  /** `http://127.0.0.1:8123/` */
  url: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Starts the server. While no page is open it does nothing, and it keeps no process alive that has nothing else
 * to do except by listening itself.
 *
 * @throws AutochromeError when the folder is a file, or no port is free
 */
export async function startDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { folder, port = null, host = "127.0.0.1" } = options;
  const onError = onceEach(options.onError ?? (() => {}));
  const found = await stat(folder).catch(() => null);
  if (found !== null && !found.isDirectory()) {
    throw new AutochromeError(`${folder} is no folder: name a run's folder, or one with runs in it.`, {
      code: "NO_RUN",
      exitCode: 2,
    });
  }
  const page = await loadPage();
  const { depth = 3, pollMs = 1000, budgetMs = 200, heartbeatMs = 15_000, maxConnections = 32 } = options;
  const watcher = new Watcher(folder, { depth, pollMs, budgetMs, onError });
  const app = createApp({ watcher, page, host, heartbeatMs, maxConnections, onError });
  const server = createServer(getRequestListener(app.fetch));
  const listening = await listenOn(server, port, host);
  server.on("error", onError);
  const name = isLoopback(host) && !host.includes(":") ? host : host.includes(":") ? `[${host}]` : host;
  return {
    url: `http://${name}:${listening}/`,
    port: listening,
    close: () =>
      new Promise((resolve) => {
        watcher.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What goes wrong at every look is told once. */
function onceEach(tell: (error: unknown) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    const message = String(error);
    if (told.has(message) || told.size >= MOST_ERRORS) return;
    told.add(message);
    tell(error);
  };
}

async function listenOn(server: Server, wanted: number | null, host: string): Promise<number> {
  const first = wanted ?? DEFAULT_PORT;
  const last = wanted === null ? first + PORTS_TRIED - 1 : first;
  for (let port = first; port <= last; port++) {
    try {
      return await listen(server, port, host);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EADDRINUSE" && port < last) continue;
      throw listenError(error, code, host, first, last);
    }
  }
  throw new Error("no port was tried");
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(
  error: unknown,
  code: unknown,
  host: string,
  first: number,
  last: number,
): AutochromeError {
  const ports = first === last ? `port ${first} is` : `ports ${first} to ${last} are`;
  const reasons: Record<string, string> = {
    EADDRINUSE: `${ports} taken: name another one, or leave it out to take a free one`,
    EACCES: `port ${first} needs rights that you do not have: name one above 1023`,
    EADDRNOTAVAIL: `${host} is no address of this machine: try 127.0.0.1`,
    ENOTFOUND: `${host} is no address of this machine: try 127.0.0.1`,
  };
  const reason = reasons[String(code)] ?? (error instanceof Error ? error.message : String(error));
  return new AutochromeError(`the dashboard cannot listen: ${reason}.`, { code: "LISTEN", cause: error });
}
