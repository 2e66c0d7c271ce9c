import type { WasmFactory, WasmModule } from "./wasm-module.ts";

/** Where onnxruntime-web's two files lie. */
export interface WasmPaths {
  /** URL of `ort-wasm-simd-threaded.mjs`. */
  mjs?: string;
  /** URL of `ort-wasm-simd-threaded.wasm`. */
  wasm?: string;
}

export interface WasmOptions {
  /**
   * Threads inside one operation. More than one needs a page that is cross-origin isolated, and is then half
   * the logical processors, at most 4, by default.
   */
  threads?: number;
  /**
   * Where onnxruntime-web's files `ort-wasm-simd-threaded.mjs` and `.wasm` lie: the folder's URL, or each
   * file's. By default where the bundler put them.
   */
  wasmPaths?: string | WasmPaths;
}

const FILE = "ort-wasm-simd-threaded";
const WARNING = 2;
const MOST_DEFAULT_THREADS = 4;

/** What onnxruntime-web's other builds export, whose sessions only run asynchronously. */
const ASYNCHRONOUS = ["asyncInit", "jsepInit", "webgpuInit"];

/** What a page or worker tells of itself. */
interface Scope {
  crossOriginIsolated?: boolean;
  navigator?: { hardwareConcurrency?: number };
  location?: { href: string };
}

/**
 * The number of threads to run with.
 *
 * @throws Error if several are asked for where memory cannot be shared
 */
export function threadCount(asked: number | undefined, scope: Scope = globalThis as Scope): number {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1)) {
    throw new Error(`threads must be a whole number of 1 or more, not ${asked}.`);
  }
  if (scope.crossOriginIsolated) {
    const processors = scope.navigator?.hardwareConcurrency ?? 1;
    return asked ?? Math.min(MOST_DEFAULT_THREADS, Math.ceil(processors / 2));
  }
  if (asked !== undefined && asked > 1) {
    throw new Error(
      `${asked} threads need a page that is cross-origin isolated: serve it with the headers ` +
        '"Cross-Origin-Opener-Policy: same-origin" and "Cross-Origin-Embedder-Policy: require-corp", ' +
        "or leave threads out.",
    );
  }
  return 1;
}

function resolvePaths(paths: string | WasmPaths | undefined): WasmPaths {
  const base = (globalThis as Scope).location?.href;
  const absolute = (url: string) => new URL(url, base).href;
  if (paths === undefined) return {};
  if (typeof paths === "string") {
    const folder = paths.endsWith("/") ? paths : `${paths}/`;
    return { mjs: absolute(`${folder}${FILE}.mjs`), wasm: absolute(`${folder}${FILE}.wasm`) };
  }
  return { mjs: paths.mjs && absolute(paths.mjs), wasm: paths.wasm && absolute(paths.wasm) };
}

async function load(threads: number, { mjs, wasm }: WasmPaths): Promise<WasmModule> {
  let module: WasmModule;
  try {
    // The module starts its threads from its own file, so it must stay a file of its own: hence no static import.
    const { default: factory } = (await (mjs
      ? import(/* @vite-ignore */ /* webpackIgnore: true */ mjs)
      : import("onnxruntime-web/ort-wasm-simd-threaded.mjs"))) as { default: WasmFactory };
    module = await factory({ numThreads: threads, ...(wasm ? { locateFile: () => wasm } : {}) });
  } catch (cause) {
    throw new Error(
      `onnxruntime-web's WebAssembly module could not be loaded (${cause instanceof Error ? cause.message : cause}). ` +
        `Install onnxruntime-web, serve its files ${FILE}.mjs and ${FILE}.wasm, and name their folder as wasmPaths.`,
      { cause },
    );
  }
  if (module.PTR_SIZE !== 4 || ASYNCHRONOUS.some((name) => name in module)) {
    throw new Error(`wasmPaths must name the plain build, ${FILE}: this one is for GPUs or 64-bit memory.`);
  }
  const status = module._OrtInit(threads, WARNING);
  if (status !== 0) {
    throw new Error(`ONNX Runtime's WebAssembly module could not be initialized (${status}).`);
  }
  return module;
}

const loaded = new Map<string, Promise<WasmModule>>();

/**
 * Loads and initializes onnxruntime-web's WebAssembly module, once for each number of threads and each place.
 *
 * @throws Error if its files cannot be loaded, or threads are asked for where they cannot run
 */
export function loadWasm(options: WasmOptions): Promise<WasmModule> {
  const threads = threadCount(options.threads);
  const paths = resolvePaths(options.wasmPaths);
  const key = `${threads} ${paths.mjs ?? ""} ${paths.wasm ?? ""}`;
  let module = loaded.get(key);
  if (!module) {
    module = load(threads, paths);
    loaded.set(key, module);
    module.catch(() => loaded.delete(key));
  }
  return module;
}
