/**
 * The page's files: from `dist/dashboard/` in the built package, bundled on the spot when run from sources.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { builtFolder, FROM_SOURCES, type PageFiles, pageFiles } from "../http/index.ts";

const NAMES = ["index.html", "main.js", "main.css", "icon.svg"];

/** @throws AutochromeError when the package is incomplete */
export async function loadPage(): Promise<PageFiles> {
  return pageFiles(FROM_SOURCES ? await bundle() : await readBuilt());
}

async function bundle(): Promise<Record<string, Uint8Array>> {
  // By a name that the package's bundler does not follow: the page's bundler is no part of the package.
  const bundler = new URL("./page/bundle.ts", import.meta.url).href;
  const { bundlePage } = (await import(/* @vite-ignore */ bundler)) as typeof import("./page/bundle.ts");
  return bundlePage();
}

async function readBuilt(): Promise<Record<string, Uint8Array>> {
  const folder = builtFolder("dashboard");
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
