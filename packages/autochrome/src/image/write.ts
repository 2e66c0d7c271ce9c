import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeError } from "./file-errors.ts";

/**
 * Writes a file whole or not at all: into a hidden temporary file of the same folder, synced to the disk,
 * then renamed over `path`. On failure the temporary file is removed and what stood at `path` is untouched.
 *
 * @param tag part of the temporary file's name (`.<name>.<tag>.<random>.tmp`), by which its writer can be known
 * @throws AutochromeError, with Node's `code`, when the folder is missing or not writable, the disk full, …
 */
export async function writeFileAtomic(
  path: string,
  data: Uint8Array | string,
  tag = String(process.pid),
): Promise<void> {
  // A long name plus a suffix could exceed the 255 bytes that file systems allow.
  const stem = basename(path).slice(0, 40);
  const temporary = join(dirname(path), `.${stem}.${tag}.${randomBytes(4).toString("hex")}.tmp`);
  let file: FileHandle | null = null;
  try {
    file = await open(temporary, "wx");
    await file.writeFile(data);
    await file.sync();
    await file.close();
    file = null;
    await rename(temporary, path);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(path, error);
  }
}

/**
 * Makes a folder and those above it that are missing.
 *
 * Node's own recursive mkdir never returns where the parent is a file system that cannot hold folders, such as
 * /proc, so this goes up step by step.
 *
 * @returns the topmost folder that was made, or null where the folder stood already
 * @throws the file system's error
 */
export async function makeFolder(path: string): Promise<string | null> {
  const attempt = await mkdir(path).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  );
  if (attempt === null) return path;
  if (attempt.code === "EEXIST" && (await stat(path)).isDirectory()) return null;
  if (attempt.code !== "ENOENT" || dirname(path) === path) throw attempt;
  const created = await makeFolder(dirname(path));
  await mkdir(path).catch(async (error: NodeJS.ErrnoException) => {
    // Another task or process may have made the same folder meanwhile.
    if (error.code !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
  });
  return created ?? path;
}
