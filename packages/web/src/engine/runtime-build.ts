import webgpuLoader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import webgpuBinary from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import wasmLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { FileToFetch } from "./download.ts";

export type Ort = typeof import("onnxruntime-web");

/** One of ONNX Runtime's builds: its code is imported, its binary fetched, only when it is chosen. */
export interface RuntimeBuild {
  binary: FileToFetch;
  open(binary: Uint8Array, threads: number): Promise<Ort>;
}

/** Sizes of the binaries, by the page's build: see `plugins/runtime-sizes.ts`. */
declare const __RUNTIME_BYTES__: { wasm: number; webgpu: number };

const absolute = (url: string) => new URL(url, self.location.href).href;

/** Computes on the CPU. */
export const WASM_BUILD: RuntimeBuild = {
  binary: { name: "the runtime", url: absolute(wasmBinary), bytes: __RUNTIME_BYTES__.wasm },
  open: async (binary, threads) =>
    configure(await import("onnxruntime-web/wasm"), absolute(wasmLoader), binary, threads),
};

/** Computes on WebGPU, and on the CPU too; almost twice as large. */
export const WEBGPU_BUILD: RuntimeBuild = {
  binary: { name: "the runtime", url: absolute(webgpuBinary), bytes: __RUNTIME_BYTES__.webgpu },
  open: async (binary, threads) =>
    configure(await import("onnxruntime-web/webgpu"), absolute(webgpuLoader), binary, threads),
};

function configure(ort: Ort, loader: string, binary: Uint8Array, threads: number): Ort {
  ort.env.logLevel = "error";
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { mjs: loader };
  ort.env.wasm.wasmBinary = binary;
  return ort;
}
