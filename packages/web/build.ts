import { execFile } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "vite";
import { compressFiles } from "./build/compress.ts";
import { inputsDigest, readStamp, writeStamp } from "./build/inputs.ts";
import { withLock } from "./build/lock.ts";
import config from "./vite.config.ts";

/** The folder that the page is built into. */
export const PAGE_FOLDER = fileURLToPath(new URL("./dist/", import.meta.url));

const SELF = fileURLToPath(import.meta.url);
const LOCK = fileURLToPath(new URL("./dist-lock", import.meta.url));

/**
 * Builds the page into {@link PAGE_FOLDER}, with a `.br` and a `.gz` beside each file that shrinks by it. The folder
 * changes at once, when everything is built; two processes may ask for it together.
 */
export async function buildPage(): Promise<void> {
  await withLock(LOCK, buildLocked);
}

/**
 * Builds the page unless the folder holds what its sources give, and returns the folder. Apart from this process,
 * whose NODE_ENV may not be that of a build.
 */
export async function ensurePage(): Promise<string> {
  if ((await readStamp(PAGE_FOLDER)) === (await inputsDigest())) return PAGE_FOLDER;
  const node = ["--import", import.meta.resolve("tsx"), "--conditions=development", SELF, "--if-stale"];
  await promisify(execFile)(process.execPath, node, { env: { ...process.env, NODE_ENV: "production" } });
  return PAGE_FOLDER;
}

async function buildLocked(): Promise<void> {
  const digest = await inputsDigest();
  const fresh = `${PAGE_FOLDER.slice(0, -1)}-new`;
  const old = `${PAGE_FOLDER.slice(0, -1)}-old`;
  await build({
    ...config,
    configFile: false,
    logLevel: "warn",
    build: { ...config.build, outDir: fresh, emptyOutDir: true },
  });
  await compressFiles(fresh);
  await writeStamp(fresh, digest);
  await rm(old, { recursive: true, force: true });
  await rename(PAGE_FOLDER, old).catch(() => {});
  await rename(fresh, PAGE_FOLDER);
  await rm(old, { recursive: true, force: true });
}

if (process.argv[1] === SELF) {
  process.env.NODE_ENV = "production";
  await withLock(LOCK, async () => {
    const isFresh = async () => (await readStamp(PAGE_FOLDER)) === (await inputsDigest());
    if (!process.argv.includes("--if-stale") || !(await isFresh())) await buildLocked();
  });
}
