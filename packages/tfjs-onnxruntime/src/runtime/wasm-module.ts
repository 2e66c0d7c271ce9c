/** A byte offset into the module's memory. */
export type Pointer = number;

/**
 * What is used here of onnxruntime-web's WebAssembly module: ONNX Runtime's C API as Emscripten exports it.
 * Handles are pointers; where a call yields a status, 0 is success, and where it yields a handle, 0 is failure.
 */
export interface WasmModule {
  /** The module's whole memory; another array after each growth, so it must be read anew each time. */
  readonly HEAPU8: Uint8Array;
  /** Bytes of a pointer: 4, or 8 in builds for 64-bit memory. */
  readonly PTR_SIZE: number;
  _malloc(bytes: number): Pointer;
  _free(pointer: Pointer): void;
  getValue(pointer: Pointer, type: "i32" | "*"): number;
  setValue(pointer: Pointer, value: number, type: "i32" | "*"): void;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, target: Pointer, bytes: number): void;
  UTF8ToString(pointer: Pointer): string;

  _OrtInit(threads: number, loggingLevel: number): number;
  _OrtGetLastError(code: Pointer, message: Pointer): number;
  _OrtCreateSessionOptions(
    graphOptimizationLevel: number,
    enableCpuMemArena: boolean,
    enableMemPattern: boolean,
    executionMode: number,
    enableProfiling: boolean,
    profileFilePrefix: Pointer,
    logId: Pointer,
    logSeverityLevel: number,
    logVerbosityLevel: number,
    optimizedModelFilePath: Pointer,
  ): Pointer;
  _OrtReleaseSessionOptions(options: Pointer): number;
  _OrtCreateSession(model: Pointer, bytes: number, options: Pointer): Pointer;
  _OrtReleaseSession(session: Pointer): number;
  _OrtCreateTensor(
    type: number,
    data: Pointer,
    bytes: number,
    dims: Pointer,
    rank: number,
    location: number,
  ): Pointer;
  _OrtGetTensorData(tensor: Pointer, type: Pointer, data: Pointer, dims: Pointer, rank: Pointer): number;
  _OrtReleaseTensor(tensor: Pointer): number;
  _OrtFree(pointer: Pointer): number;
  _OrtRun(
    session: Pointer,
    inputNames: Pointer,
    inputs: Pointer,
    inputCount: number,
    outputNames: Pointer,
    outputCount: number,
    outputs: Pointer,
    runOptions: Pointer,
  ): number;
}

export type WasmFactory = (config: {
  numThreads: number;
  locateFile?: (name: string) => string;
}) => Promise<WasmModule>;

const POINTER_BYTES = 4;

/** Pieces of the module's memory that are freed together, such as those of one call. */
export class Scratch {
  readonly #wasm: WasmModule;
  readonly #pointers: Pointer[] = [];

  constructor(wasm: WasmModule) {
    this.#wasm = wasm;
  }

  /** @throws Error if the module's memory is exhausted */
  allocate(bytes: number): Pointer {
    // Nothing at all may be given address 0, which elsewhere means failure.
    const pointer = this.#wasm._malloc(Math.max(bytes, 1));
    if (pointer === 0) {
      throw new Error(
        `ONNX Runtime's WebAssembly memory, which ends at 4 GiB, has no room for ${bytes} bytes more: ` +
          "take smaller batches or images, or a smaller cacheSize.",
      );
    }
    this.#pointers.push(pointer);
    return pointer;
  }

  /** Copies bytes into the module's memory. */
  copy(data: ArrayBufferView): Pointer {
    const pointer = this.allocate(data.byteLength);
    this.#wasm.HEAPU8.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), pointer);
    return pointer;
  }

  /** An array of 32-bit words: pointers, sizes. */
  words(values: readonly number[]): Pointer {
    const pointer = this.allocate(values.length * POINTER_BYTES);
    values.forEach((value, i) => {
      this.#wasm.setValue(pointer + i * POINTER_BYTES, value, "*");
    });
    return pointer;
  }

  free(): void {
    for (const pointer of this.#pointers) this.#wasm._free(pointer);
    this.#pointers.length = 0;
  }
}

/** Reads the i-th word of an array. */
export function wordAt(wasm: WasmModule, array: Pointer, i: number): number {
  return wasm.getValue(array + i * POINTER_BYTES, "*");
}

/** The failure that the runtime noted last, as an error. */
export function lastError(wasm: WasmModule, what: string): Error {
  const scratch = new Scratch(wasm);
  try {
    const error = scratch.words([0, 0]);
    wasm._OrtGetLastError(error, error + POINTER_BYTES);
    const message = wordAt(wasm, error, 1);
    return new Error(
      `${what}: ${message === 0 ? "no reason given" : wasm.UTF8ToString(message)} (code ${wordAt(wasm, error, 0)})`,
    );
  } finally {
    scratch.free();
  }
}
