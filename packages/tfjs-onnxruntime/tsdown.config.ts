import { defineConfig } from "tsdown";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    web: "src/web.ts",
    devices: "src/devices.ts",
    "onnx/index": "src/onnx/index.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: true,
  // The package's `exports` name .js files, and its "type" makes them modules.
  fixedExtension: false,
});
