/**
 * Folders, globs and lists as streams of paths: what is in memory does not grow with their length.
 *
 * @module
 */
import { createReadStream, type Dir } from "node:fs";
import { access, opendir, realpath, stat } from "node:fs/promises";
import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { glob, isDynamicPattern } from "tinyglobby";
import { AutochromeError } from "../errors.ts";
import { IMAGE_EXTENSIONS } from "../image/index.ts";
import { isColoredName } from "../inference/index.ts";

/** A photo's path, and the folder whose tree results mirror (null for one given by name); or why there is none. */
export type Found = { path: string; base: string | null } | { input: string; error: AutochromeError };

export interface FindOptions {
  /** What `-` reads. */
  stdin: Readable;
  /** Lists' lines are ended by NUL characters, as those of `find -print0`. */
  nul: boolean;
  /** Relative lines of lists count from here; absent: from the list's own folder, stdin's from the current one. */
  root: string | null;
}

/** Entries of a folder that are sorted together. */
const SORTED_TOGETHER = 10_000;

const EXTENSION_LIST = [...IMAGE_EXTENSIONS].join(" ");

/**
 * The photos that inputs name: files as they are, folders to their bottom, globs, `.txt` lists and `-`. Hidden files
 * and earlier results (`*.color.*`) are passed over. Listed files are not looked at: they may lie on another machine.
 */
export async function* findPhotos(inputs: readonly string[], options: FindOptions): AsyncGenerator<Found> {
  const named = new Set(inputs);
  for (const input of inputs) {
    try {
      yield* expand(input, named, options);
    } catch (error) {
      if (!(error instanceof AutochromeError)) throw error;
      yield { input, error };
    }
  }
}

async function* expand(
  input: string,
  named: ReadonlySet<string>,
  options: FindOptions,
): AsyncGenerator<Found> {
  if (input === "-") {
    yield* listed(options.stdin, options.root ?? process.cwd(), options);
    return;
  }
  const found = await stat(input).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "ENOENT" && cause.code !== "ENOTDIR") throw unreadable(input, cause);
    return null;
  });
  if (found?.isDirectory()) {
    await access(input).catch((cause) => {
      throw unreadable(input, cause);
    });
    yield* some(walk(input, input, new Set()), `no photos in '${input}'. Photos end in ${EXTENSION_LIST}.`);
    return;
  }
  if (found !== null) {
    if (extname(input).toLowerCase() === ".txt") {
      yield* listed(createReadStream(input), options.root ?? dirname(resolve(input)), options);
    } else if (!IMAGE_EXTENSIONS.has(extname(input).toLowerCase())) {
      throw new AutochromeError(
        `'${input}' is neither a photo nor a list. Photos end in ${EXTENSION_LIST}, lists in .txt.`,
        { code: "NOT_AN_IMAGE" },
      );
    } else if (!(isColoredName(input) && named.has(originalOf(input)))) {
      yield { path: input, base: null };
    }
    return;
  }
  if (!isDynamicPattern(input)) {
    throw new AutochromeError(`there is no file or folder '${input}'. Check the name.`, {
      code: "NOT_FOUND",
    });
  }
  const paths = await glob(input, {
    onlyFiles: true,
    expandDirectories: false,
    absolute: isAbsolute(input),
  });
  const photos = paths.filter(isPhoto).sort();
  const base = staticBase(input);
  if (photos.length === 0) {
    throw new AutochromeError(`no photo matches '${input}'. Photos end in ${EXTENSION_LIST}.`, {
      code: "NO_PHOTOS",
    });
  }
  for (const path of photos) yield { path, base };
}

function isPhoto(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(path).toLowerCase()) && !isColoredName(path);
}

/** `a.jpg` of `a.color.jpg`. */
function originalOf(path: string): string {
  const extension = extname(path);
  return `${path.slice(0, -extension.length - ".color".length)}${extension}`;
}

/** The folders of a glob before its first wildcard. */
function staticBase(pattern: string): string {
  const parts = pattern.split("/");
  const fixed = parts.slice(0, -1).findIndex((part) => isDynamicPattern(part));
  const folders = parts.slice(0, fixed === -1 ? parts.length - 1 : fixed);
  if (folders.length === 1 && folders[0] === "") return "/";
  return folders.join("/") || ".";
}

/** @throws AutochromeError with `message` where nothing comes */
async function* some(source: AsyncGenerator<Found>, message: string): AsyncGenerator<Found> {
  let any = false;
  for await (const item of source) {
    any = true;
    yield item;
  }
  if (!any) throw new AutochromeError(message, { code: "NO_PHOTOS" });
}

async function* walk(folder: string, base: string, visited: Set<string>): AsyncGenerator<Found> {
  let open: Dir;
  try {
    const real = await realpath(folder);
    // A link that leads back up, or twice to one folder, ends here.
    if (visited.has(real)) return;
    visited.add(real);
    open = await opendir(folder, { bufferSize: 256 });
  } catch (cause) {
    yield { input: folder, error: unreadable(folder, cause) };
    return;
  }
  let names: { name: string; isFolder: boolean }[] = [];
  const flush = async function* () {
    names.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, isFolder } of names) {
      const path = join(folder, name);
      if (isFolder) yield* walk(path, base, visited);
      else yield { path, base };
    }
    names = [];
  };
  for await (const entry of open) {
    const { name } = entry;
    if (name.startsWith(".")) continue;
    let isFolder = entry.isDirectory();
    if (entry.isSymbolicLink()) {
      const target = await stat(join(folder, name)).catch(() => null);
      if (target === null) continue;
      isFolder = target.isDirectory();
    }
    if (isFolder || isPhoto(name)) names.push({ name, isFolder });
    if (names.length >= SORTED_TOGETHER) yield* flush();
  }
  yield* flush();
}

async function* listed(stream: Readable, base: string, { nul }: FindOptions): AsyncGenerator<Found> {
  for await (const line of lines(stream, nul ? "\0" : "\n")) {
    const name = nul ? line : line.replace(/\r$/, "");
    if (name.trim() === "" || (!nul && name.startsWith("#")) || isColoredName(name)) continue;
    const path = resolve(base, name);
    if (isPhoto(path)) {
      yield { path, base };
      continue;
    }
    const message = `'${name}' in the list is no photo's name. Photos end in ${EXTENSION_LIST}.`;
    yield { input: name, error: new AutochromeError(message, { code: "NOT_AN_IMAGE" }) };
  }
}

async function* lines(stream: Readable, separator: string): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let first = true;
  for await (const chunk of stream) {
    rest += typeof chunk === "string" ? chunk : decoder.write(chunk as Buffer);
    if (first) rest = rest.replace(/^\uFEFF/, "");
    first = first && rest === "";
    const parts = rest.split(separator);
    rest = parts.pop() ?? "";
    yield* parts;
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}

function unreadable(path: string, cause: unknown): AutochromeError {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = code === "EACCES" || code === "EPERM" ? "permission denied" : code;
  return new AutochromeError(`cannot read '${path}': ${reason}. Check its permissions.`, {
    code: "UNREADABLE",
    cause,
  });
}
