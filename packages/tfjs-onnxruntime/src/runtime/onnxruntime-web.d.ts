declare module "onnxruntime-web/ort-wasm-simd-threaded.mjs" {
  const factory: import("./wasm-module.ts").WasmFactory;
  // biome-ignore lint/style/noDefaultExport: so the module has it
  export default factory;
}
