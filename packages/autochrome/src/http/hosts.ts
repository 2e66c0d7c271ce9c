/**
 * Who may ask: a page of another site whose name was made to point here (DNS rebinding) may not.
 *
 * @module
 */

import { isIP } from "node:net";
import { hostname } from "node:os";

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = withoutBrackets(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/**
 * Whether a request's Host header names this server: on loopback one of its names; elsewhere also any IP address,
 * which no attacker's name server can answer for, and the machine's own name.
 *
 * @param bound the address that the server listens on
 * @param names others that the server is reached by, in lower case, such as a proxy's
 */
export function isOwnHost(header: string | undefined, bound: string, names: readonly string[] = []): boolean {
  if (header === undefined) return false;
  const match = /^(\[[0-9a-f:.]+\]|[^:]+)(?::\d{1,5})?$/i.exec(header);
  if (match === null) return false;
  const name = withoutBrackets(match[1]!.toLowerCase());
  if (isLoopback(name) || names.includes(name)) return true;
  if (isLoopback(bound)) return false;
  const own = hostname().toLowerCase();
  return isIP(name) !== 0 || [own, `${own}.local`, own.split(".")[0], bound.toLowerCase()].includes(name);
}

function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
