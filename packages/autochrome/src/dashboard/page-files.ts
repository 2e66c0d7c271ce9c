/**
 * The page's files: from `dist/dashboard/` in the built package, bundled on the spot when run from sources.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { AutochromeError } from "../errors.ts";

/** Files by the path under which they are served. */
export type PageFiles = ReadonlyMap<string, { type: string; body: Uint8Array<ArrayBuffer> }>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const NAMES = ["index.html", "main.js", "main.css", "icon.svg"];

/** @throws AutochromeError when the package is incomplete */
export async function loadPage(): Promise<PageFiles> {
  const here = fileURLToPath(import.meta.url);
  const files = here.endsWith(".ts") ? await bundle() : await readBuilt(here);
  return new Map(
    Object.entries(files).map(([name, body]) => [
      name === "index.html" ? "/" : `/${name}`,
      { type: TYPES[extname(name)]!, body: new Uint8Array(body) },
    ]),
  );
}

async function bundle(): Promise<Record<string, Uint8Array>> {
  // By a name that the package's bundler does not follow: the page's bundler is no part of the package.
  const bundler = new URL("./page/bundle.ts", import.meta.url).href;
  const { bundlePage } = (await import(/* @vite-ignore */ bundler)) as typeof import("./page/bundle.ts");
  return bundlePage();
}

async function readBuilt(here: string): Promise<Record<string, Uint8Array>> {
  let root = dirname(here);
  while (!existsSync(join(root, "package.json"))) root = dirname(root);
  const folder = join(root, "dist", "dashboard");
  try {
    const contents = await Promise.all(NAMES.map((name) => readFile(join(folder, name))));
    return Object.fromEntries(NAMES.map((name, i) => [name, contents[i]!]));
  } catch (error) {
    throw new AutochromeError(`the dashboard's page is missing in ${folder}: install autochrome again.`, {
      code: "NO_PAGE",
      cause: error,
    });
  }
}
