import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AutochromeError } from "../errors.ts";

const PORTS_TRIED = 20;

export interface ListenOptions {
  /** Who listens, in messages: `the dashboard`. */
  name: string;
  /** Null takes `firstPort`, or the next that is free; 0 any that is free. */
  port: number | null;
  firstPort: number;
  host: string;
}

/**
 * Makes a server listen.
 *
 * @returns the port
 * @throws AutochromeError where no port is free, or the address is none of this machine's
 */
export async function listenOn(server: Server, options: ListenOptions): Promise<number> {
  const { port: wanted, firstPort, host } = options;
  const first = wanted ?? firstPort;
  const last = wanted === null ? first + PORTS_TRIED - 1 : first;
  for (let port = first; port <= last; port++) {
    try {
      return await listen(server, port, host);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : null;
      if (code === "EADDRINUSE" && port < last) continue;
      throw listenError(error, code, options.name, host, first, last);
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
  name: string,
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
  return new AutochromeError(`${name} cannot listen: ${reason}.`, { code: "LISTEN", cause: error });
}

/** The address under which a server is reached: `http://127.0.0.1:8123/`. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}
