import { fileURLToPath } from "node:url";
import { build } from "vite";
import config from "./vite.config.ts";

/** The folder that the page is built into. */
export const PAGE_FOLDER = fileURLToPath(new URL("./dist/", import.meta.url));

/** Builds the page into `dist/`. */
export async function buildPage(): Promise<void> {
  await build({ ...config, configFile: false, logLevel: "warn" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPage();
