/**
 * The routes, all of them read-only:
 *
 * | Address                        | Answer                                                                    |
 * | ------------------------------ | ------------------------------------------------------------------------- |
 * | `GET /`                        | the page; its script, style and icon beside it                            |
 * | `GET /api/runs`                | `RunSummary[]`                                                            |
 * | `GET /api/stream?run=a&run=b`  | server-sent events: `runs` (`RunsMessage`), `run` (`RunMessage`), `ping`  |
 * | `GET /api/sample?run=a&step=9` | a sample sheet, JPEG                                                      |
 *
 * The id of a `run` event says how much of every followed run has been sent. A browser that reconnects sends it
 * as Last-Event-ID and gets only what is new; with an id of another server, or of a run that was written over,
 * it gets everything. A slow reader is sent bigger news less often: nothing is queued for it.
 *
 * @module
 */
import { readFile, realpath } from "node:fs/promises";
import { sep } from "node:path";
import { type Context, Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { guard, type PageFiles, securityHeaders } from "../http/index.ts";
import { MAX_FOLLOWED, PING_EVENT, RUN_EVENT, RUNS_EVENT, type RunSummary, type RunsMessage } from "./api.ts";
import { sampleFile } from "./run-log.ts";
import type { Watcher } from "./watcher.ts";

export interface AppOptions {
  watcher: Watcher;
  page: PageFiles;
  /** The address that the server listens on. */
  host: string;
  heartbeatMs: number;
  /** Connections at once; more are refused. */
  maxConnections: number;
  onError: (error: unknown) => void;
}

const HEADERS = securityHeaders(
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

export function createApp(options: AppOptions): Hono {
  const { watcher, page, host, maxConnections, onError } = options;
  const app = new Hono();
  const refuse = (context: Context) => context.text("This server answers only to its own name.\n", 403);
  app.use(guard({ headers: HEADERS, host, refuse }));
  app.onError((error, context) => {
    onError(error);
    return context.text("The dashboard failed to answer.\n", 500);
  });
  for (const [path, { type, body }] of page) {
    app.get(path, (context) =>
      context.body(body, 200, { "Content-Type": type, "Cache-Control": "no-cache" }),
    );
  }
  app.get("/api/runs", async (context) => context.json(await watcher.refresh()));
  app.get("/api/stream", (context) => {
    if (watcher.followers >= maxConnections) {
      return context.text(`There are ${maxConnections} pages open already: close one.\n`, 503);
    }
    return streamSSE(
      context,
      (stream) => follow(context, stream, options),
      async (error) => onError(error),
    );
  });
  app.get("/api/sample", (context) => sendSample(context, watcher));
  return app;
}

/** Sends one page its news until it goes away. */
async function follow(
  context: Context,
  stream: SSEStreamingApi,
  { watcher, heartbeatMs }: AppOptions,
): Promise<void> {
  const ids = (context.req.queries("run") ?? []).slice(0, MAX_FOLLOWED);
  const cursors = new URLSearchParams(
    context.req.header("last-event-id") ?? context.req.query("after") ?? "",
  );
  const bell = new Bell();
  stream.onAbort(() => bell.ring());
  const leave = await watcher.follow({ runs: ids, wake: () => bell.ring() });
  try {
    let told = new Map<string, string>();
    let complete = true;
    while (!stream.aborted && !watcher.closed) {
      const { message, now } = listChanges(watcher.runs, told, complete);
      if (complete || message.runs.length + message.gone.length > 0) {
        await stream.writeSSE({ event: RUNS_EVENT, data: JSON.stringify(message) });
      }
      told = now;
      complete = false;
      for (const id of ids) {
        const news = watcher.log(id)?.since(cursors.get(id));
        if (!news) continue;
        cursors.set(id, news.cursor);
        await stream.writeSSE({
          event: RUN_EVENT,
          id: cursors.toString(),
          data: JSON.stringify(news.message),
        });
      }
      if (!(await bell.wait(heartbeatMs))) await stream.writeSSE({ event: PING_EVENT, data: "" });
    }
  } finally {
    leave();
  }
}

function listChanges(
  runs: readonly RunSummary[],
  told: ReadonlyMap<string, string>,
  complete: boolean,
): { message: RunsMessage; now: Map<string, string> } {
  const now = new Map(runs.map((run) => [run.id, JSON.stringify(run)]));
  const changed = runs.filter(({ id }) => now.get(id) !== told.get(id));
  const gone = [...told.keys()].filter((id) => !now.has(id));
  return { message: { complete, runs: changed, gone }, now };
}

/** Wakes one waiter; a ring that comes before the wait is not lost. */
class Bell {
  #rung = false;
  #ring: () => void = () => {};

  ring(): void {
    this.#rung = true;
    this.#ring();
  }

  /** True where it rang, false where the time passed first. */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.#rung) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#ring = resolve;
        timer = setTimeout(resolve, milliseconds);
        timer.unref();
      });
      clearTimeout(timer);
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}

/**
 * A sheet of a run that was found by looking, never of a path that was asked for; a link that leads out of the
 * run's folder is not followed.
 */
async function sendSample(context: Context, watcher: Watcher): Promise<Response> {
  const id = context.req.query("run") ?? "";
  const step = context.req.query("step") ?? "";
  const folder = /^\d{1,15}$/.test(step) ? await watcher.folderOf(id) : null;
  const missing = () => context.text("There is no such sample.\n", 404);
  if (folder === null) return missing();
  try {
    const path = await realpath(sampleFile(folder, Number(step)));
    if (!path.startsWith((await realpath(folder)) + sep)) return missing();
    // The page asks by version, so that a picture drawn anew has another address.
    return context.body(await readFile(path), 200, {
      "Content-Type": "image/jpeg",
      "Cache-Control": "private, max-age=86400, immutable",
    });
  } catch {
    return missing();
  }
}
