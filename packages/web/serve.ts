import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { ensurePage, PAGE_FOLDER } from "./page.ts";
import { ISOLATION, POLICY } from "./page-headers.ts";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".jpg": "image/jpeg",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
};
const ENCODINGS = { br: ".br", gzip: ".gz" } as const;

/**
 * Answers with the files of a built page and with nothing else.
 *
 * @param headers sent with every file; a static host may send none
 */
export function pageListener(folder: string, headers: Readonly<Record<string, string>>): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    const path = join(
      folder,
      normalize(decodeURIComponent(pathname.endsWith("/") ? `${pathname}index.html` : pathname)),
    );
    if (!["GET", "HEAD"].includes(request.method ?? "") || !path.startsWith(folder) || !isFile(path)) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found\n");
      return;
    }
    const accepted = String(request.headers["accept-encoding"] ?? "").split(/[\s,]+/);
    const encoding = (["br", "gzip"] as const).find(
      (name) => accepted.includes(name) && isFile(path + ENCODINGS[name]),
    );
    const body = readFileSync(encoding ? path + ENCODINGS[encoding] : path);
    response.writeHead(200, {
      "Content-Type": TYPES[extname(path)] ?? "application/octet-stream",
      "Content-Length": body.byteLength,
      "Cache-Control": /^\/(assets|networks)\//.test(pathname) ? "max-age=31536000, immutable" : "no-cache",
      Vary: "Accept-Encoding",
      ...(encoding && { "Content-Encoding": encoding }),
      ...headers,
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensurePage();
  const headers = { ...ISOLATION, "Content-Security-Policy": POLICY };
  const port = Number(process.env.PORT ?? 8080);
  createServer(pageListener(PAGE_FOLDER, headers)).listen(port, "127.0.0.1", () => {
    console.log(`The page is at http://127.0.0.1:${port}/ (Ctrl+C ends it).`);
  });
}
