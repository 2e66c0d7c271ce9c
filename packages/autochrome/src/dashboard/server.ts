/**
 * The dashboard's server: a page on which runs are watched while they train.
 *
 * @module
 */

import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { AutochromeError } from "../errors.ts";
import { listenOn, urlOf } from "../http/index.ts";
import { createApp } from "./app.ts";
import { loadPage } from "./page-files.ts";
import { Watcher } from "./watcher.ts";

export const DEFAULT_PORT = 8123;
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
  const listening = await listenOn(server, { name: "the dashboard", port, firstPort: DEFAULT_PORT, host });
  server.on("error", onError);
  return {
    url: urlOf(host, listening),
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
