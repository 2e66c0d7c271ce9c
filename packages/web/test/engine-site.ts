import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";
import config from "../vite.config.ts";

const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

export const ISOLATING = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Files by their path under the site's root. */
export type Site = ReadonlyMap<string, Uint8Array | string>;

/** Builds the engine's test page as the page is built. */
export async function buildEngineSite(): Promise<Site> {
  const result = (await build({
    ...config,
    root: fileURLToPath(new URL("./engine-page/", import.meta.url)),
    configFile: false,
    logLevel: "error",
    build: { ...config.build, write: false },
  })) as Rolldown.RolldownOutput;
  return new Map(
    result.output.map((file) => [`/${file.fileName}`, file.type === "chunk" ? file.code : file.source]),
  );
}

export interface ServedSite {
  url: string;
  /** Paths asked for, in order. */
  requests: string[];
  close(): Promise<void>;
}

/**
 * Serves a site on a free port of this machine alone.
 *
 * @param answer answers a request in the site's place, where it returns true
 */
export async function serveSite(
  site: Site,
  headers: Record<string, string>,
  answer: (path: string, request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<ServedSite> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    const asked = new URL(request.url ?? "/", "http://page").pathname;
    const path = asked === "/" ? "/index.html" : asked;
    requests.push(path);
    if (answer(path, request, response)) return;
    const content = site.get(path);
    response.writeHead(content === undefined ? 404 : 200, {
      "Content-Type": TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
      ...headers,
    });
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
