/**
 * Paths in jobs: absolute, or relative to a root that lies elsewhere on each machine.
 *
 * @module
 */
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { AutochromeError } from "../errors.ts";

function outside(path: string, root: string): AutochromeError {
  return new AutochromeError(
    `'${path}' lies outside the root '${root}'. Name another root with --root, or leave it out.`,
    { code: "OUTSIDE_ROOT" },
  );
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/**
 * A path as a job holds it: with `/` between its parts, relative to the root where there is one.
 *
 * @throws AutochromeError where it lies outside the root
 */
export function storedPath(path: string, root: string | null): string {
  const full = resolve(path);
  if (root === null) return full;
  if (!isInside(full, root)) throw outside(path, root);
  return relative(root, full).split(sep).join("/");
}

/**
 * A job's path on this machine. With a root it never leads out of it, neither by `..` nor through a link.
 *
 * @throws AutochromeError where it would
 */
export async function placeOf(stored: string, root: string | null): Promise<string> {
  if (stored.includes("\0")) throw outside(stored.replaceAll("\0", "?"), root ?? "/");
  if (root === null) {
    if (isAbsolute(stored)) return stored;
    throw new AutochromeError(`'${stored}' is not an absolute path. Add the photo again.`, {
      code: "BAD_JOB",
    });
  }
  const full = join(root, stored);
  if (isAbsolute(stored) || stored.split(/[\\/]/).includes("..") || !isInside(full, root)) {
    throw outside(stored, root);
  }
  if (!isInside(await realNearest(full), await realpath(root))) throw outside(stored, root);
  return full;
}

/** The real path of what exists of a path. */
async function realNearest(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const up = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || up === path) throw error;
    return realNearest(up);
  }
}

/** Device and inode of a folder; null where there is none. */
export async function identityOf(folder: string): Promise<string | null> {
  return stat(folder).then(
    (found) => (found.isDirectory() ? `${found.dev}:${found.ino}` : null),
    () => null,
  );
}
