import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const cache = join(here, "..", "..", "..", "node_modules", ".cache", "tfjs-conformance");

/** TensorFlow.js reaches into the files of an old jasmine for one thing: the object that holds the time limit. */
const currentJasmine: Plugin = {
  name: "current-jasmine",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^jasmine-core\/lib\// }, ({ path }) => ({ path, namespace: "current-jasmine" }));
    onLoad({ filter: /.*/, namespace: "current-jasmine" }, () => ({
      contents: "exports.core = () => globalThis.jasmine;",
    }));
  },
};

/**
 * Bundles this engine's sources and TensorFlow.js's tests, so that both use one copy of `@tensorflow/tfjs-core`:
 * in Node the package's main file is another copy than the files that its tests import.
 *
 * @returns the module of `suite.ts`
 */
export async function loadSuite(): Promise<typeof import("./suite.ts")> {
  await mkdir(cache, { recursive: true });
  // Below node_modules, where the bundle finds what stays outside of it.
  const outfile = join(cache, "suite.cjs");
  await build({
    entryPoints: [join(here, "suite.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    mainFields: ["module", "main"],
    conditions: ["development"],
    external: ["onnxruntime-node", "jasmine-core"],
    // By its "sideEffects", tfjs-core would be spared of its tests.
    ignoreAnnotations: true,
    // The CommonJS bundle has no import.meta; the engine uses it to find the native runtime.
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
    logLevel: "error",
    plugins: [currentJasmine],
  });
  return createRequire(import.meta.url)(outfile);
}
