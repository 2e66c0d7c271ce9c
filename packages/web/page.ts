import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { inputsDigest, readStamp } from "./build/inputs.ts";

/** The folder that the page is built into. */
export const PAGE_FOLDER = fileURLToPath(new URL("./dist/", import.meta.url));

// Not by import.meta.resolve, which where a bundler's configuration imports this is not Node's.
const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const BUILDER = fileURLToPath(new URL("./build.ts", import.meta.url));

/**
 * Builds the page unless the folder holds what its sources give, and returns the folder. Apart from this process:
 * the build loads much, and wants a NODE_ENV of its own.
 */
export async function ensurePage(): Promise<string> {
  if ((await readStamp(PAGE_FOLDER)) === (await inputsDigest())) return PAGE_FOLDER;
  const node = ["--import", TSX, "--conditions=development", BUILDER, "--if-stale"];
  await promisify(execFile)(process.execPath, node, { env: { ...process.env, NODE_ENV: "production" } });
  return PAGE_FOLDER;
}
