import { existsSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Files by the path under which they are served. */
export type PageFiles = ReadonlyMap<string, PageFile>;

export interface PageFile {
  /** Its Content-Type. */
  type: string;
  body: Uint8Array<ArrayBuffer>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".ico": "image/x-icon",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

/** The Content-Type of a file by the end of its name. */
export function contentTypeOf(name: string): string {
  return TYPES[extname(name).toLowerCase()] ?? "application/octet-stream";
}

/** Files of a page by their names: `index.html` is served as `/`. */
export function pageFiles(files: Readonly<Record<string, Uint8Array>>): PageFiles {
  return new Map(
    Object.entries(files).map(([name, body]) => [
      name === "index.html" ? "/" : `/${name}`,
      { type: contentTypeOf(name), body: new Uint8Array(body) },
    ]),
  );
}

/** True where this code runs from its sources, not from the built package. */
export const FROM_SOURCES = import.meta.url.endsWith(".ts");

/** A folder of the built package: `dist/<name>`. However the code is bundled, package.json is the nearest above. */
export function builtFolder(name: string): string {
  let root = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(root, "package.json"))) root = dirname(root);
  return join(root, "dist", name);
}
