import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { compressFiles } from "./build/compress.ts";
import { inputsDigest, readStamp, writeStamp } from "./build/inputs.ts";
import { withLock } from "./build/lock.ts";
import { PAGE_FOLDER } from "./page.ts";
import config from "./vite.config.ts";

export { ensurePage, PAGE_FOLDER } from "./page.ts";

const LOCK = fileURLToPath(new URL("./dist-lock", import.meta.url));

export interface BuildOptions {
  /** Leaves a folder alone that holds what the sources give. */
  ifStale?: boolean;
}

/**
 * Builds the page into {@link PAGE_FOLDER}, with a `.br` and a `.gz` beside each file that shrinks by it. The folder
 * changes at once, when everything is built; several processes may ask for it together. Expects NODE_ENV to be
 * `production`, as Vite does.
 */
export async function buildPage({ ifStale = false }: BuildOptions = {}): Promise<void> {
  await withLock(LOCK, async () => {
    const digest = await inputsDigest();
    if (ifStale && (await readStamp(PAGE_FOLDER)) === digest) return;
    const folder = PAGE_FOLDER.slice(0, -1);
    const [fresh, old] = [`${folder}-new`, `${folder}-old`];
    await build({
      ...config,
      configFile: false,
      logLevel: "error",
      build: { ...config.build, outDir: fresh, emptyOutDir: true },
    });
    await compressFiles(fresh);
    await writeStamp(fresh, digest);
    await rm(old, { recursive: true, force: true });
    await rename(folder, old).catch(() => {});
    await rename(fresh, folder);
    await rm(old, { recursive: true, force: true });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.env.NODE_ENV = "production";
  await buildPage({ ifStale: process.argv.includes("--if-stale") });
}
