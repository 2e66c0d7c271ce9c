import { copyFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Path below this folder. */
function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * Bundles the worker as an application would be: run from its sources instead, a process holds 100 MB more for the
 * compiler and its source maps.
 *
 * @returns the path of the program
 */
export async function bundleWorker(): Promise<string> {
  await build({
    entryPoints: [here("worker.ts")],
    outdir: here("dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    conditions: ["development"],
    external: ["onnxruntime-node"],
    // What is bundled of CommonJS asks for modules of Node.
    banner: {
      js: 'import { createRequire as benchRequire } from "node:module"; const require = benchRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  await copyFile(here("networks.json"), here("dist/networks.json"));
  return here("dist/worker.mjs");
}
