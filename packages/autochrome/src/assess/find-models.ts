import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { MODEL_FILE_NAME } from "../inference/index.ts";
import { isRun } from "./networks.ts";

/**
 * Every model that the names stand for: a folder that is neither a model nor a run stands for all models and runs
 * that lie in it, in the order of their names.
 *
 * @param models as `--model` takes them
 * @throws AutochromeError where a folder holds neither
 */
export async function findModels(models: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const model of models) {
    const folder = await stat(model).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!folder || (await isNetwork(model))) found.push(model);
    else found.push(...(await networksIn(model)));
  }
  return [...new Set(found)];
}

async function networksIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort();
  const found: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if (await isNetwork(path)) found.push(path);
  }
  if (found.length > 0) return found;
  throw new AutochromeError(
    `'${folder}' is no network and holds none: name an .onnx file, a folder made by 'autochrome export', a run's ` +
      "folder, or a folder of those.",
    { code: "MODEL_MISSING" },
  );
}

/** A model folder, or a run that has begun to save. */
async function isNetwork(path: string): Promise<boolean> {
  return existsSync(join(path, MODEL_FILE_NAME)) || isRun(path);
}
