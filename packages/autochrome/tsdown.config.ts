import { defineConfig } from "tsdown";

export default defineConfig({
  entry: { index: "src/index.ts", "training/index": "src/training/index.ts", "cli/main": "src/cli/main.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: true,
  sourcemap: true,
  // The package's `exports` and `bin` name .js files, and its "type" makes them modules.
  fixedExtension: false,
});
