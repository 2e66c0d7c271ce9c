/**
 * Bundles the page: when the package is built, and when it runs from sources.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** The page's files by name: index.html, main.js, main.css, icon.svg. */
export async function bundlePage(): Promise<Record<string, Uint8Array>> {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["main.tsx"],
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    write: false,
    logLevel: "error",
  });
  const files: Record<string, Uint8Array> = {};
  for (const { path, contents } of outputFiles) files[basename(path)] = contents;
  for (const name of ["index.html", "icon.svg"]) files[name] = await readFile(`${folder}${name}`);
  return files;
}
