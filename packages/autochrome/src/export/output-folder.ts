/**
 * Where an exported network is written.
 *
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { makeFolder, writeError } from "../image/index.ts";
import { L1_FILE_NAME, MODEL_FILE_NAME, readModelFile } from "../inference/index.ts";

const MODEL_FILES = [MODEL_FILE_NAME, "discriminator.onnx", L1_FILE_NAME, "README.md", "SHA256SUMS"] as const;

/**
 * Makes the folder, or finds that what it holds may be replaced: an earlier export, but nobody's own files.
 *
 * @throws AutochromeError when it cannot be made, or other files are in the way
 */
export async function prepareFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    throw writeError(path, error);
  }
  const names = await readdir(path);
  const ours = await readModelFile(join(path, MODEL_FILE_NAME)).then(
    () => true,
    () => false,
  );
  const inTheWay = MODEL_FILES.find((name) => names.includes(name));
  if (ours || inTheWay === undefined) return;
  throw new AutochromeError(
    `${join(path, inTheWay)} exists, and ${path} is no exported network: name another folder with -o.`,
    { code: "OUTPUT_TAKEN", exitCode: 2 },
  );
}
