import type { MiddlewareHandler } from "hono";
import { Problem } from "./problems.ts";

const EXPOSED =
  "Content-Disposition, Retry-After, Server-Timing, Autochrome-Model, Autochrome-Width, Autochrome-Height, " +
  "Autochrome-Milliseconds";
const PREFLIGHT = {
  "Access-Control-Allow-Methods": "GET, HEAD, POST",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Max-Age": "600",
};

/**
 * Which pages may ask. A page of another site can send a form anywhere without asking the server first, so that
 * requests from origins that are not allowed are turned away, not merely kept from reading the answer.
 *
 * @param allowed origins as browsers write them, such as `https://photos.example`
 */
export function originGuard(allowed: readonly string[]): MiddlewareHandler {
  const known = new Set(allowed);
  return async (context, next) => {
    const { method } = context.req;
    const origin = context.req.header("origin");
    const foreign = origin !== undefined && !isSame(origin, context.req.header("host") ?? "");
    const welcome = origin !== undefined && known.has(origin);
    if (foreign && welcome && method === "OPTIONS") {
      context.res = new Response(null, { status: 204, headers: PREFLIGHT });
    } else if (foreign && !welcome && method !== "GET" && method !== "HEAD") {
      throw new Problem(
        "foreign-origin",
        `pages of ${origin.slice(0, 100)} may not ask. See --allow-origin.`,
      );
    } else {
      // Who may read the answer to a GET is the browser's to say.
      await next();
    }
    const { headers } = context.res;
    if (allowed.length > 0) headers.append("Vary", "Origin");
    if (!foreign || !welcome) return;
    headers.set("Access-Control-Allow-Origin", origin);
    headers.set("Access-Control-Expose-Headers", EXPOSED);
  };
}

/** The server's own page; whether a proxy in front of it adds TLS it cannot know. */
function isSame(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
