import type { GeneratorRun } from "autochrome/browser";
import runtimeLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import runtimeBinary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import * as ort from "onnxruntime-web/wasm";
import type { NetworkEntry } from "./network-list.ts";
import type { Runtime } from "./protocol.ts";

export interface OpenedNetwork {
  generator: GeneratorRun;
  runtime: Runtime;
}

/** Opens a network on WebAssembly; with threads where the page is cross-origin isolated. */
export async function openNetwork(entry: NetworkEntry, bytes: Uint8Array): Promise<OpenedNetwork> {
  const threads = self.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, 8) : 1;
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = {
    mjs: new URL(runtimeLoader, self.location.href).href,
    wasm: new URL(runtimeBinary, self.location.href).href,
  };
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ["wasm"],
    enableMemPattern: false,
  });
  return {
    runtime: { kind: "wasm", threads, note: null },
    generator: {
      name: entry.name,
      space: entry.space,
      multiple: entry.multiple,
      async run(input, height, width) {
        const { output } = await session.run({
          input: new ort.Tensor("float32", input, [1, height, width, 1]),
        });
        return output!.data as Float32Array;
      },
    },
  };
}
