/**
 * The routes:
 *
 * | Address              | Answer                                                   |
 * | -------------------- | -------------------------------------------------------- |
 * | `GET /`              | the page and its files                                   |
 * | `POST /v1/colorize`  | the photo in colour                                      |
 * | `GET /v1/models`     | the networks                                             |
 * | `GET /healthz`       | 200 while the process lives                              |
 * | `GET /readyz`        | 200 while photos are taken, else 503                     |
 * | `GET /metrics`       | for Prometheus                                           |
 * | `GET /openapi.json`  | the API's description                                    |
 * | `GET /docs`          | the same for people                                      |
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { guard, securityHeaders } from "../http/index.ts";
import { ClientGone, isHeldBack } from "./body.ts";
import { type ColorizeContext, colorizeRequest } from "./colorize-route.ts";
import { docsPage } from "./docs-page.ts";
import { describeNetworks } from "./networks.ts";
import { openApiDocument } from "./openapi.ts";
import { originGuard } from "./origins.ts";
import { Problem } from "./problems.ts";
import { answerFile, PAGE_POLICY, type Site } from "./site.ts";

export interface AppOptions extends ColorizeContext {
  /** Null serves no page. */
  site: Site | null;
  host: string;
  /** Other names that the server is reached by. */
  names: readonly string[];
  /** Origins of pages elsewhere that may ask. */
  origins: readonly string[];
  draining: () => boolean;
  onError: (error: unknown) => void;
}

const READ_ONLY = ["/v1/models", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"];

type Env = { Bindings: HttpBindings };

const HEADERS = {
  ...securityHeaders(PAGE_POLICY),
  // Threads of WebAssembly need a page that is isolated from others.
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export function createApp(options: AppOptions): Hono<Env> {
  const { site, host, names, origins, networks, pool, metrics, draining, onError } = options;
  const app = new Hono<Env>();
  const answer = (problem: Problem) => {
    metrics.problems.inc({ code: problem.code });
    return problem.toResponse();
  };
  const refuse = () => answer(new Problem("foreign-host", "the Host header names another server."));
  app.use(guard({ headers: HEADERS, host, names, refuse }));
  app.use(async (context, next) => {
    await next();
    // Of what the client holds back nothing is waited for; and a server that ends takes no further request.
    const { incoming } = context.env;
    if (draining() || isHeldBack(incoming as IncomingMessage)) context.res.headers.set("Connection", "close");
  });
  app.use(originGuard(origins));
  app.onError((error) => {
    if (error instanceof Problem) return answer(error);
    // Nobody reads it.
    if (error instanceof ClientGone) return new Response(null, { status: 499 });
    onError(error);
    return answer(new Problem("failed", "the request could not be answered, for a reason that is ours."));
  });
  app.notFound((context) => {
    throw new Problem("not-found", `there is nothing at ${context.req.path.slice(0, 100)}.`);
  });
  app.post("/v1/colorize", (context) => {
    if (draining())
      throw new Problem("draining", "the server is shutting down. Try again later.", { retryAfter: 5 });
    const { incoming, outgoing } = context.env as { incoming: IncomingMessage; outgoing: ServerResponse };
    return colorizeRequest(incoming, outgoing, new URL(context.req.url).searchParams, options);
  });
  app.get("/v1/models", (context) => context.json(describeNetworks(networks)));
  app.get("/healthz", (context) => context.text("ok\n"));
  app.get("/readyz", (context) => {
    if (draining()) return context.text("draining\n", 503);
    return pool.ready > 0 ? context.text("ready\n") : context.text("no worker is ready\n", 503);
  });
  app.get("/metrics", async (context) =>
    context.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
  );
  const document = openApiDocument();
  app.get("/openapi.json", (context) => context.json(document));
  app.get("/docs", (context) => context.html(docsPage(options.limits)));
  app.get("*", (context, next) => (site && answerFile(context, site)) ?? next());
  methodNotAllowed(app, "/v1/colorize", "POST");
  for (const path of READ_ONLY) methodNotAllowed(app, path, "GET, HEAD");
  return app;
}

function methodNotAllowed(app: Hono<Env>, path: string, allow: string): void {
  app.all(path, (context: Context) => {
    const detail = `${context.req.method} is not for ${path}. Use ${allow}.`;
    throw new Problem("method-not-allowed", detail, { headers: { Allow: allow } });
  });
}
