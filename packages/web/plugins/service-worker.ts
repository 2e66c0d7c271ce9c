import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build, type Plugin, type Rolldown } from "vite";
import type { BuildInfo } from "../src/service-worker/build-info.ts";

const ENTRY = fileURLToPath(new URL("../src/service-worker/index.ts", import.meta.url));
const HASHED = /^assets\/.*-[\w-]{8}\.\w+$/;
/** Needed by every browser, as the fallback where there is no WebGPU. */
const RUNTIME = /^assets\/ort-wasm-simd-threaded-[\w-]{8}\.(mjs|wasm)$/;
/** What the page shows and runs before anything heavy. */
const SHELL = /(^index\.html|\.js|\.css|\.svg|\.webmanifest|\.webp|^icons\/.*\.png)$/;
const SAMPLE = /\.jpg$/;

/** Builds `service-worker.js`, which knows every file of the page, beside the page. */
export function serviceWorker(): Plugin {
  return {
    name: "autochrome:service-worker",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const source = await bundleWorker(describeBuild(Object.values(bundle)));
      this.emitFile({ type: "asset", fileName: "service-worker.js", source });
    },
  };
}

type Built = Rolldown.OutputAsset | Rolldown.OutputChunk;

function describeBuild(files: readonly Built[]): BuildInfo {
  const names = files.map(({ fileName }) => fileName).sort();
  const needed = names.filter((name) => RUNTIME.test(name) || SAMPLE.test(name));
  const shell = files
    .filter(({ fileName }) => SHELL.test(fileName))
    .map((file) => ({
      url: file.fileName,
      revision: HASHED.test(file.fileName) ? null : hash(contents(file)),
    }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));
  const other = names.filter(
    (name) => HASHED.test(name) && !SHELL.test(name) && !needed.includes(name) && !name.endsWith(".map"),
  );
  return { version: hash(JSON.stringify(shell)), shell, needed, other };
}

function contents(file: Built): string | Uint8Array {
  return file.type === "chunk" ? file.code : file.source;
}

function hash(contents: string | Uint8Array): string {
  return createHash("sha256").update(contents).digest("hex").slice(0, 16);
}

async function bundleWorker(info: BuildInfo): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: "warn",
    define: {
      __AUTOCHROME_BUILD__: JSON.stringify(info),
      "process.env.NODE_ENV": JSON.stringify("production"),
    },
    build: {
      write: false,
      target: "es2022",
      rolldownOptions: { input: ENTRY, output: { format: "iife", entryFileNames: "service-worker.js" } },
    },
  })) as Rolldown.RolldownOutput;
  return output.output[0].code;
}
