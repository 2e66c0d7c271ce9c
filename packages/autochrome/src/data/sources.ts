import type { Stats } from "node:fs";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { AutochromeError } from "../errors.ts";
import { IMAGE_EXTENSIONS } from "../image/index.ts";

/** A folder inside a source that could not be read, and was passed over. */
export interface SkippedFolder {
  path: string;
  message: string;
}

export interface ListOptions {
  /** Told of each folder below a source that could not be read. */
  onSkip?: (skipped: SkippedFolder) => void;
}

/**
 * Paths of the photos that a source names, absolute, each once, in an order that depends on names alone.
 *
 * A source is a folder (searched to its bottom, links followed, names that start with a dot passed over), one
 * image file, a `.txt` list (a path a line, relative to the list, `#` starts a comment line) or a `.tsv` table
 * with a `file` column (paths relative to the folder named like the table, where it exists, or to the
 * table's own). Several sources are listed one after the other.
 *
 * Listed files are not opened here: `scanPhotos` reports those that are missing or damaged.
 * @throws AutochromeError when a source is missing, unreadable, empty or names no image.
 */
export async function listPhotos(source: string | string[], options: ListOptions = {}): Promise<string[]> {
  const sources = Array.isArray(source) ? source : [source];
  if (sources.length === 0) {
    throw new AutochromeError("No photos were named: give a folder, a list (.txt) or a table (.tsv).", {
      code: "NO_SOURCE",
      exitCode: 2,
    });
  }
  const paths = new Set<string>();
  for (const one of sources) for (const path of await listSource(one, options)) paths.add(path);
  return [...paths];
}

async function listSource(source: string, options: ListOptions): Promise<string[]> {
  const path = resolve(source);
  const found = await statSource(path, source);
  if (found.isDirectory()) return listFolder(path, source, options);
  const extension = extname(path).toLowerCase();
  if (extension === ".txt") return listText(path, source);
  if (extension === ".tsv") return listTable(path, source);
  if (IMAGE_EXTENSIONS.has(extension)) return [path];
  throw new AutochromeError(
    `${source} is neither a folder nor a list: give a folder of photos, a .txt with a path a line, or a .tsv with a "file" column.`,
    { code: "BAD_SOURCE" },
  );
}

async function statSource(path: string, source: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    throw sourceError(source, cause);
  }
}

function sourceError(source: string, cause: unknown): AutochromeError {
  const code = errorCode(cause);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new AutochromeError(`There is no ${source}: check the path to the photos.`, {
      code: "SOURCE_MISSING",
      cause,
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new AutochromeError(`${source} may not be read: change its permissions (chmod +r).`, {
      code: "SOURCE_UNREADABLE",
      cause,
    });
  }
  return new AutochromeError(`${source} cannot be read (${code}): check the path to the photos.`, {
    code: "SOURCE_UNREADABLE",
    cause,
  });
}

/** The system's name of a failure (`ENOENT`), or its message where it has none. */
export function errorCode(error: unknown): string {
  if (error instanceof Error) return "code" in error ? String(error.code) : error.message;
  return String(error);
}

async function listFolder(root: string, source: string, options: ListOptions): Promise<string[]> {
  const photos: string[] = [];
  const visited = new Set<string>();
  let files = 0;

  const walk = async (folder: string): Promise<void> => {
    // A link that leads back up, or twice to one folder, ends here.
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    const entries = await readdir(folder, { withFileTypes: true });
    // Names compare by code units, so that the order is the same in every locale.
    entries.sort((x, y) => (x.name < y.name ? -1 : x.name > y.name ? 1 : 0));
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      const path = join(folder, entry.name);
      let isFolder = entry.isDirectory();
      if (entry.isSymbolicLink()) {
        const target = await stat(path).catch(() => null);
        if (target === null) {
          options.onSkip?.({ path, message: "a link that leads nowhere" });
          continue;
        }
        isFolder = target.isDirectory();
      }
      if (!isFolder) {
        files++;
        if (IMAGE_EXTENSIONS.has(extname(entry.name).toLowerCase())) photos.push(path);
        continue;
      }
      try {
        await walk(path);
      } catch (cause) {
        options.onSkip?.({ path, message: `cannot be read (${errorCode(cause)})` });
      }
    }
  };

  try {
    await walk(root);
  } catch (cause) {
    throw sourceError(source, cause);
  }
  if (photos.length > 0) return photos;
  const kinds = [...IMAGE_EXTENSIONS].join(" ");
  throw new AutochromeError(
    files === 0
      ? `${source} is empty: put photos into it (${kinds}) or name another folder.`
      : `${source} holds ${files} file${files === 1 ? "" : "s"} but no photo: name a folder with ${kinds} files.`,
    { code: "NO_PHOTOS" },
  );
}

async function readLines(path: string, source: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw sourceError(source, cause);
  }
  return text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
}

async function listText(path: string, source: string): Promise<string[]> {
  const lines = (await readLines(path, source)).map((line) => line.trim());
  const names = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (names.length === 0) {
    throw new AutochromeError(`${source} lists no photo: write one path a line.`, { code: "NO_PHOTOS" });
  }
  return names.map((name) => resolve(dirname(path), name));
}

async function listTable(path: string, source: string): Promise<string[]> {
  const rows = (await readLines(path, source)).filter((line) => line.trim() !== "");
  const header = (rows[0] ?? "").split("\t").map((name) => name.trim());
  const column = header.indexOf("file");
  if (column < 0) {
    throw new AutochromeError(
      `${source} has no "file" column (its first line names: ${header.join(", ") || "nothing"}): name the column that holds the paths "file".`,
      { code: "BAD_SOURCE" },
    );
  }
  const names = rows.slice(1).map((row) => row.split("\t")[column]?.trim() ?? "");
  const listed = names.filter((name) => name !== "");
  if (listed.length === 0) {
    throw new AutochromeError(`${source} lists no photo: its "file" column is empty.`, { code: "NO_PHOTOS" });
  }
  const folder = join(dirname(path), basename(path, extname(path)));
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return listed.map((name) => resolve(isFolder ? folder : dirname(path), name));
}
