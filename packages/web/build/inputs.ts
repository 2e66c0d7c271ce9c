import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** All of autochrome's sources, since which of them the page reaches changes with them. */
const INPUTS = ["packages/web", "packages/autochrome/src", "models", "examples/photos", "package-lock.json"];
const IGNORED = /(^|\/)(node_modules|test|dist(-[^/]*)?|README\.md|[^/]*\.test\.ts)(\/|$)/;
const STAMP = ".inputs";

/** Changes with every file that the page is built from. */
export async function inputsDigest(): Promise<string> {
  const hash = createHash("sha256").update(process.version.split(".")[0]!);
  for (const input of INPUTS) {
    for (const path of await listFiles(join(ROOT, input))) {
      hash.update(`\0${relative(ROOT, path)}\0`).update(await readFile(path));
    }
  }
  return hash.digest("hex");
}

async function listFiles(path: string): Promise<string[]> {
  if (IGNORED.test(relative(ROOT, path).split(sep).join("/"))) return [];
  if (!(await stat(path)).isDirectory()) return [path];
  const names = (await readdir(path)).sort();
  return (await Promise.all(names.map((name) => listFiles(join(path, name))))).flat();
}

/** The digest of the inputs from which a folder was built; null where it was not built whole. */
export async function readStamp(folder: string): Promise<string | null> {
  return readFile(join(folder, STAMP), "utf8").catch(() => null);
}

export async function writeStamp(folder: string, digest: string): Promise<void> {
  await writeFile(join(folder, STAMP), digest);
}
