import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Tells the page how large the runtime's binaries are: what a server says may be their compressed size. */
export function runtimeSizes(): Plugin {
  const sizeOf = (name: string) =>
    statSync(fileURLToPath(import.meta.resolve(`onnxruntime-web/${name}`))).size;
  return {
    name: "autochrome:runtime-sizes",
    config: () => ({
      define: {
        __RUNTIME_BYTES__: JSON.stringify({
          wasm: sizeOf("ort-wasm-simd-threaded.wasm"),
          webgpu: sizeOf("ort-wasm-simd-threaded.asyncify.wasm"),
        }),
      },
    }),
  };
}
