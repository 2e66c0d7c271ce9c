import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { inputsDigest, readStamp } from "./build/inputs.ts";

/** The folder that the page is built into. */
export const PAGE_FOLDER = fileURLToPath(new URL("./dist/", import.meta.url));

const HERE = fileURLToPath(new URL(".", import.meta.url));

/**
 * Builds the page unless the folder holds what its sources give, and returns the folder. Apart from this process:
 * the build loads much, and wants a NODE_ENV of its own.
 */
export async function ensurePage(): Promise<string> {
  if ((await readStamp(PAGE_FOLDER)) === (await inputsDigest())) return PAGE_FOLDER;
  const node = ["--import", "tsx", "--conditions=development", "build.ts", "--if-stale"];
  await promisify(execFile)(process.execPath, node, {
    cwd: HERE,
    env: { ...process.env, NODE_ENV: "production" },
  });
  return PAGE_FOLDER;
}
