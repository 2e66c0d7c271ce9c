import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, extname, join, resolve } from "node:path";
import { AutochromeError } from "../../errors.ts";
import { readError } from "../../image/index.ts";

/** `name-{000000..000012}.tar` names thirteen shards. */
const BRACES = /^(.*)\{(\d+)\.\.(\d+)\}(.*)$/s;
const MAX_EXPANSION = 1_000_000;

/** The file that `pack` writes last, beside its shards. */
export const INDEX_FILE = "index.json";

/**
 * Paths of the shards that sources name, absolute, each once; null where a source names none. A source is one
 * `.tar` file, a range of them (`name-{000000..000012}.tar`), a folder that holds some (searched to its
 * bottom), or the `index.json` that `pack` wrote.
 *
 * @throws AutochromeError when some sources are shards and others are not, a range makes no sense, or an index
 *   is damaged
 */
export async function findShards(sources: readonly string[]): Promise<string[] | null> {
  const found = await Promise.all(sources.map(shardsOf));
  const shards = found.filter((paths) => paths !== null);
  if (shards.length === 0) return null;
  if (shards.length < sources.length) {
    const other = sources[found.indexOf(null)];
    throw new AutochromeError(
      `Some sources are tar shards and ${other} is not: pack it too (autochrome pack ${other} -o shards/).`,
      { code: "BAD_SOURCE", exitCode: 2 },
    );
  }
  return [...new Set(shards.flat())];
}

async function shardsOf(source: string): Promise<string[] | null> {
  const range = BRACES.exec(source);
  const kind = await stat(source).then(
    (stats) => (stats.isDirectory() ? "folder" : "file"),
    () => null,
  );
  if (range && kind === null) return expand(source, range).map((path) => resolve(path));
  if (kind === "folder") return inFolder(resolve(source));
  const name = source.toLowerCase();
  if (/\.(tar\.\w+|tgz|tbz2?|txz)$/.test(name)) {
    throw new AutochromeError(
      `${source} is a compressed archive, which cannot be read here and there: unpack it to .tar first.`,
      { code: "BAD_SOURCE" },
    );
  }
  // A shard that is missing is told of like any that cannot be read, unless it is all there is.
  if (extname(name) === ".tar") return [resolve(source)];
  return extname(name) === ".json" && kind === "file" ? fromIndex(source) : null;
}

function expand(source: string, [, before, first, last, after]: RegExpExecArray): string[] {
  const count = Number(last) - Number(first) + 1;
  if (!(count >= 1 && count <= MAX_EXPANSION)) {
    throw new AutochromeError(`${source} names ${Math.max(0, count)} shards: write {000000..000012}.`, {
      code: "BAD_SOURCE",
      exitCode: 2,
    });
  }
  return Array.from({ length: count }, (_, i) => {
    const number = String(Number(first) + i).padStart(first!.length, "0");
    return `${before}${number}${after}`;
  });
}

async function inFolder(folder: string): Promise<string[] | null> {
  const shards: string[] = [];
  const walk = async (path: string): Promise<void> => {
    // What cannot be read is told of by the listing of photos.
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    entries.sort((x, y) => (x.name < y.name ? -1 : x.name > y.name ? 1 : 0));
    for (const entry of entries) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory()) await walk(join(path, entry.name));
      else if (extname(entry.name).toLowerCase() === ".tar") shards.push(join(path, entry.name));
    }
  };
  await walk(folder);
  return shards.length > 0 ? shards : null;
}

async function fromIndex(path: string): Promise<string[]> {
  let files: unknown;
  try {
    const index = JSON.parse(await readFile(path, "utf8")) as { shards?: { file?: unknown }[] };
    files = index.shards?.map((shard) => shard.file);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw readError(path, error);
  }
  if (!Array.isArray(files) || files.length === 0 || !files.every((file) => typeof file === "string")) {
    throw new AutochromeError(`${path} is no index of shards: name the folder that holds them.`, {
      code: "BAD_SOURCE",
    });
  }
  return files.map((file) => resolve(dirname(path), file));
}
