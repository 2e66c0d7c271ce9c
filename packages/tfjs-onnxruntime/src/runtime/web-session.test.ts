import { expect, test } from "vitest";
import type { OnnxModel } from "../onnx/index.ts";
import { loadWasm, threadCount } from "./load-wasm.ts";
import type { Runtime } from "./runtime.ts";
import { Scratch, type WasmModule } from "./wasm-module.ts";
import { webRuntime } from "./web-session.ts";

const options = { threads: 1, executionProviders: ["cpu"] };

/** onnxruntime-web's module runs in Node, too. */
async function runtime(): Promise<Runtime> {
  return webRuntime(await loadWasm({ threads: 1 }));
}

function node(op: string, inputs: string[], output: string): OnnxModel["nodes"][number] {
  return { op, inputs, outputs: [output] };
}

test("a session computes synchronously, several types and outputs, as often as asked", async () => {
  const web = await runtime();
  const model: OnnxModel = {
    nodes: [node("MatMul", ["a", "b"], "product"), node("Greater", ["product", "limit"], "above")],
    inputs: [
      { name: "a", type: "float32", dims: [2, 3] },
      { name: "b", type: "float32", dims: [3, 2] },
      { name: "limit", type: "float32", dims: [] },
    ],
    outputs: [
      { name: "product", type: "float32", dims: [2, 2] },
      { name: "above", type: "bool", dims: [2, 2] },
    ],
    initializers: [],
  };
  const session = web.createSession(model, options);
  const product = new Float32Array(4);
  const above = new Uint8Array(4);
  for (const scale of [1, 10]) {
    const a = Float32Array.from([1, 2, 3, 4, 5, 6], (value) => value * scale);
    session.run(
      {
        a: web.tensor("float32", a, [2, 3]),
        b: web.tensor("float32", Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
        limit: web.tensor("float32", Float32Array.of(30), []),
      },
      { product: web.tensor("float32", product, [2, 2]), above: web.tensor("bool", above, [2, 2]) },
    );
    expect([...product]).toEqual([22, 28, 49, 64].map((value) => value * scale));
    expect([...above]).toEqual(scale === 1 ? [0, 0, 1, 1] : [1, 1, 1, 1]);
  }
  session.dispose();
});

function square(size: number): OnnxModel {
  return {
    nodes: [node("Mul", ["x", "x"], "y")],
    inputs: [{ name: "x", type: "int32", dims: [size] }],
    outputs: [{ name: "y", type: "int32", dims: [size] }],
    initializers: [],
  };
}

test("memory grows with large values, is given back, and empty values pass", async () => {
  const wasm = await loadWasm({ threads: 1 });
  const web = webRuntime(wasm);
  const size = 8 << 20;
  const x = Int32Array.from({ length: size }, (_, i) => i % 1000);
  const y = new Int32Array(size);
  const before = wasm.HEAPU8.byteLength;
  const session = web.createSession(square(size), options);
  const run = () => session.run({ x: web.tensor("int32", x, [size]) }, { y: web.tensor("int32", y, [size]) });
  run();
  const settled = wasm.HEAPU8.byteLength;
  expect(settled).toBeGreaterThan(before);
  expect(y.findIndex((value, i) => value !== (i % 1000) ** 2)).toBe(-1);
  for (let i = 0; i < 20; i += 1) run();
  expect(wasm.HEAPU8.byteLength).toBe(settled);
  session.dispose();

  const empty = web.createSession(square(0), options);
  const nothing = new Int32Array(0);
  empty.run({ x: web.tensor("int32", nothing, [0]) }, { y: web.tensor("int32", new Int32Array(0), [0]) });
  empty.dispose();
});

test("errors carry the runtime's reason, and sessions work after them", async () => {
  const web = await runtime();
  const unknown = { ...square(2), nodes: [node("Mangle", ["x"], "y")] };
  expect(() => web.createSession(unknown, options)).toThrow(/Mangle/);
  const session = web.createSession(square(2), options);
  const y = web.tensor("int32", new Int32Array(2), [2]);
  const wrong = web.tensor("int32", Int32Array.of(1, 2, 3), [3]);
  expect(() => session.run({ x: wrong }, { y })).toThrow(/invalid dimensions/i);
  session.run({ x: web.tensor("int32", Int32Array.of(3, -4), [2]) }, { y });
  expect(y.data).toEqual(Int32Array.of(9, 16));
  session.dispose();
});

test("threads need isolation; their number has a default", () => {
  const isolated = (hardwareConcurrency: number) => ({
    crossOriginIsolated: true,
    navigator: { hardwareConcurrency },
  });
  expect(threadCount(undefined, { navigator: { hardwareConcurrency: 8 } })).toBe(1);
  expect(threadCount(1, {})).toBe(1);
  expect(() => threadCount(2, {})).toThrow(/Cross-Origin-Opener-Policy/);
  expect(threadCount(undefined, isolated(3))).toBe(2);
  expect(threadCount(undefined, isolated(64))).toBe(4);
  expect(threadCount(8, isolated(2))).toBe(8);
  expect(() => threadCount(0, isolated(2))).toThrow(/threads/);
});

test("what cannot be loaded says what to do, and so do the builds that do not run synchronously", async () => {
  await expect(loadWasm({ threads: 1, wasmPaths: "file:///nowhere" })).rejects.toThrow(/wasmPaths/);
  const forGpus = import.meta.resolve("onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs");
  const paths = { mjs: forGpus, wasm: forGpus.replace(/mjs$/, "wasm") };
  await expect(loadWasm({ threads: 1, wasmPaths: paths })).rejects.toThrow(/plain build/);
});

test("memory that is exhausted says so", () => {
  const full = { _malloc: () => 0 } as unknown as WasmModule;
  expect(() => new Scratch(full).allocate(1000)).toThrow(
    /4 GiB, has no room for 1000 bytes more: take smaller/,
  );
});
