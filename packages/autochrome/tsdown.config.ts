import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { defineConfig } from "tsdown";
import { ensurePage } from "../web/page.ts";
import { bundlePage } from "./src/dashboard/page/bundle.ts";

export default defineConfig({
  entry: {
    index: "src/index.ts",
    browser: "src/browser.ts",
    "training/index": "src/training/index.ts",
    "cli/main": "src/cli/main.ts",
    "server/worker": "src/server/worker.ts",
  },
  format: "esm",
  platform: "node",
  target: "node20.19",
  dts: true,
  sourcemap: true,
  // The package's `exports` and `bin` name .js files, and its "type" makes them modules.
  fixedExtension: false,
  hooks: {
    // The pages run in browsers, so they are bundled apart.
    "build:done": async ({ options }) => {
      const folder = join(options.outDir, "dashboard");
      await mkdir(folder, { recursive: true });
      for (const [name, body] of Object.entries(await bundlePage()))
        await writeFile(join(folder, name), body);
      const web = join(options.outDir, "web");
      await rm(web, { recursive: true, force: true });
      const page = await ensurePage();
      // The networks are the server's own.
      const filter = (path: string) => !/^(networks|\.)/.test(relative(page, path));
      await cp(page, web, { recursive: true, filter });
    },
  },
});
