import { fileURLToPath } from "node:url";
import type { UserConfig } from "vite";
import { contentSecurityPolicy } from "./plugins/content-security-policy.ts";
import { installable } from "./plugins/installable.ts";
import { runtimeSizes } from "./plugins/runtime-sizes.ts";
import { serviceWorker } from "./plugins/service-worker.ts";
import { shippedNetworks } from "./plugins/shipped-networks.ts";

/** The page: `dist/` holds all of it, the network and its runtime included, and may lie under any path. */
const config: UserConfig = {
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "development", "module", "browser"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: { target: "es2022", assetsInlineLimit: 0 },
  plugins: [contentSecurityPolicy(), installable(), shippedNetworks(), runtimeSizes(), serviceWorker()],
};

export default config;
