import type { GraphType, NumberArray } from "../graph.ts";
import { ELEMENT_TYPE, encodeModel, type OnnxModel } from "../onnx/index.ts";
import type { Runtime, RuntimeSession, RuntimeTensor } from "./runtime.ts";
import { lastError, type Pointer, Scratch, type WasmModule, wordAt } from "./wasm-module.ts";

const LOCATION_CPU = 1;
const NO_OPTIMIZATION = 0;
const SEQUENTIAL = 0;
const WARNING = 2;

interface WebTensor extends RuntimeTensor {
  readonly type: GraphType;
  readonly data: NumberArray;
}

type Tensors = Record<string, RuntimeTensor>;

/**
 * A graph compiled by onnxruntime-web. Its public interface is made of promises, for builds that must wait for
 * a GPU; the plain WebAssembly build below it computes synchronously, which `dataSync()` and flushes at any
 * moment need, so it is called directly.
 *
 * Values lie in JavaScript's memory and are copied in and out at each run: against what a run computes that
 * is little, and nobody has to tell when memory of the module can be freed.
 */
class WebSession implements RuntimeSession {
  readonly #wasm: WasmModule;
  readonly #handle: Pointer;
  readonly #names: Scratch;
  readonly #nameOf = new Map<string, Pointer>();

  constructor(wasm: WasmModule, graph: OnnxModel) {
    const model = encodeModel(graph);
    this.#wasm = wasm;
    this.#names = new Scratch(wasm);
    const scratch = new Scratch(wasm);
    // Without the runtime's arenas and patterns, which keep the most that a graph ever needed: memory ends at 4 GiB.
    const options = wasm._OrtCreateSessionOptions(
      NO_OPTIMIZATION,
      false,
      false,
      SEQUENTIAL,
      false,
      0,
      0,
      WARNING,
      0,
      0,
    );
    try {
      if (options === 0) throw lastError(wasm, "Session options");
      this.#handle = wasm._OrtCreateSession(scratch.copy(model), model.byteLength, options);
      if (this.#handle === 0) throw lastError(wasm, "Session");
    } finally {
      if (options !== 0) wasm._OrtReleaseSessionOptions(options);
      scratch.free();
    }
  }

  /** The name as the runtime reads it, kept with the session. */
  #name(text: string): Pointer {
    let pointer = this.#nameOf.get(text);
    if (pointer === undefined) {
      const bytes = this.#wasm.lengthBytesUTF8(text) + 1;
      pointer = this.#names.allocate(bytes);
      this.#wasm.stringToUTF8(text, pointer, bytes);
      this.#nameOf.set(text, pointer);
    }
    return pointer;
  }

  #copyIn(tensor: WebTensor, scratch: Scratch): Pointer {
    const { type, data, dims } = tensor;
    const handle = this.#wasm._OrtCreateTensor(
      ELEMENT_TYPE[type],
      scratch.copy(data),
      data.byteLength,
      scratch.words(dims),
      dims.length,
      LOCATION_CPU,
    );
    if (handle === 0) throw lastError(this.#wasm, `Input of shape [${dims}]`);
    return handle;
  }

  #copyOut(handle: Pointer, name: string, target: NumberArray, scratch: Scratch): void {
    const wasm = this.#wasm;
    const place = scratch.words([0, 0, 0, 0]);
    if (wasm._OrtGetTensorData(handle, place, place + 4, place + 8, place + 12) !== 0) {
      throw lastError(wasm, `Output ${name}`);
    }
    const [, data, dims, rank] = [0, 1, 2, 3].map((i) => wordAt(wasm, place, i));
    let size = 1;
    for (let axis = 0; axis < rank; axis += 1) size *= wordAt(wasm, dims, axis);
    wasm._OrtFree(dims);
    if (size !== target.length) {
      throw new Error(`internal: output ${name} has ${size} elements where ${target.length} were inferred`);
    }
    // Other threads may have made the memory grow: the reads above brought its array up to date.
    const bytes = wasm.HEAPU8.subarray(data, data + target.byteLength);
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
  }

  run(feeds: Tensors, fetches: Tensors): void {
    const wasm = this.#wasm;
    const scratch = new Scratch(wasm);
    const inputNames = Object.keys(feeds);
    const outputNames = Object.keys(fetches);
    const inputs: Pointer[] = [];
    let outputs: Pointer = 0;
    try {
      for (const name of inputNames) inputs.push(this.#copyIn(feeds[name] as WebTensor, scratch));
      outputs = scratch.words(outputNames.map(() => 0));
      const status = wasm._OrtRun(
        this.#handle,
        scratch.words(inputNames.map((name) => this.#name(name))),
        scratch.words(inputs),
        inputs.length,
        scratch.words(outputNames.map((name) => this.#name(name))),
        outputNames.length,
        outputs,
        0,
      );
      if (status !== 0) throw lastError(wasm, "ONNX Runtime could not run a graph");
      outputNames.forEach((name, i) => {
        this.#copyOut(wordAt(wasm, outputs, i), name, (fetches[name] as WebTensor).data, scratch);
      });
    } finally {
      const results = outputs === 0 ? [] : outputNames.map((_, i) => wordAt(wasm, outputs, i));
      for (const tensor of [...inputs, ...results]) if (tensor !== 0) wasm._OrtReleaseTensor(tensor);
      scratch.free();
    }
  }

  /** Does nothing: this runtime has no files to write a profile to. */
  endProfiling(): void {}

  dispose(): void {
    this.#wasm._OrtReleaseSession(this.#handle);
    this.#names.free();
  }
}

/** ONNX Runtime as a WebAssembly module, which must have been initialized. */
export function webRuntime(wasm: WasmModule): Runtime {
  return {
    providers: () => ["cpu"],
    tensor: (type, data, dims): WebTensor => ({ type, data, dims }),
    createSession: (model) => new WebSession(wasm, model),
  };
}
