import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};
const ISOLATING = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const PAGE =
  '<!doctype html><title>test</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/** Files by the path under which they are served. */
export type Site = ReadonlyMap<string, Uint8Array>;

/**
 * Bundles the page and the worker as an application would, and lays onnxruntime-web's binary beside them, and
 * both its files in a folder of their own.
 */
export async function buildSite(): Promise<Site> {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["page.ts", "worker.ts"],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "browser",
    // Imported only where onnxruntime-web's module finds itself in Node.
    external: ["module", "worker_threads"],
    write: false,
    logLevel: "error",
  });
  const files = outputFiles.map(({ path, contents }): [string, Uint8Array] => [
    `/${path.slice(folder.length)}`,
    contents,
  ]);
  for (const extension of ["mjs", "wasm"]) {
    const name = `ort-wasm-simd-threaded.${extension}`;
    const contents = await readFile(fileURLToPath(import.meta.resolve(`onnxruntime-web/${name}`)));
    files.push([`/onnxruntime/${name}`, contents]);
    if (extension === "wasm") files.push([`/${name}`, contents]);
  }
  return new Map([["/", new TextEncoder().encode(PAGE)], ...files]);
}

export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Serves a site on a free port of this machine alone. */
export async function serve(site: Site, isolated: boolean): Promise<Served> {
  const server: Server = createServer((request, response) => {
    const path = request.url ?? "/";
    const contents = site.get(path);
    const extension = path === "/" ? "html" : path.slice(path.lastIndexOf(".") + 1);
    response.writeHead(contents ? 200 : 404, {
      "Content-Type": TYPES[extension] ?? "text/plain",
      ...(isolated ? ISOLATING : {}),
    });
    response.end(contents);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
