import type { Context, MiddlewareHandler } from "hono";
import { isOwnHost } from "./hosts.ts";

/**
 * What every answer says to browsers.
 *
 * @param policy of what a page may load, its Content-Security-Policy
 */
export function securityHeaders(policy: string): Readonly<Record<string, string>> {
  return {
    "Content-Security-Policy": policy,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

/**
 * Sets headers on every answer, and turns requests away that name another host.
 *
 * @param host the address that the server listens on
 * @param refuse the answer to a request that names another host
 */
export function guard(options: {
  headers: Readonly<Record<string, string>>;
  host: string;
  /** Other names that the server is reached by, in lower case, without port. */
  names?: readonly string[];
  refuse: (context: Context) => Response;
}): MiddlewareHandler {
  const { headers, host, names = [], refuse } = options;
  return async (context, next) => {
    if (isOwnHost(context.req.header("host"), host, names)) await next();
    else context.res = refuse(context);
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
  };
}
