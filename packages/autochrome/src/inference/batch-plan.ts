import type { Stats } from "node:fs";
import { access, constants, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative, resolve } from "node:path";
import { convertPathToPattern, glob, isDynamicPattern } from "tinyglobby";
import { AutochromeError } from "../errors.ts";
import {
  coloredName,
  formatOfExtension,
  IMAGE_EXTENSIONS,
  type PhotoFormat,
  readDimensions,
} from "../image/index.ts";

/** One photo to colour. */
export interface Job {
  /** As found: relative where the input was named so. */
  input: string;
  output: string;
  format: PhotoFormat;
}

export interface Problem {
  input: string;
  error: AutochromeError;
}

export interface Plan {
  jobs: Job[];
  /** Inputs that cannot be coloured, found before anything is read. */
  problems: Problem[];
  /** Device and inode of every input, so that none is ever written over. */
  originals: Set<string>;
}

export interface PlanOptions {
  /** Folder to write under, or (one photo) the file to write; absent: beside each input. */
  out?: string;
  /** Format to write; absent: the input's. */
  format?: PhotoFormat;
}

const EXTENSION_LIST = [...IMAGE_EXTENSIONS].join(" ");

/** True for names as this program writes them: `portrait.color.jpg`. */
export function isColoredName(path: string): boolean {
  return /\.color\.[^.]+$/i.test(path) && IMAGE_EXTENSIONS.has(extname(path).toLowerCase());
}

/** Device and inode: the same for two names of one file. */
export function fileIdentity({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/**
 * Finds the photos that the inputs name, and where each result goes. Files given by name are taken as they are;
 * folders are searched whole, globs expanded; earlier results (`*.color.*`) found that way are left out. A file that
 * is reached in several ways is taken once.
 *
 * @throws AutochromeError (exit code 2) where `out` cannot serve
 */
export async function planBatch(inputs: readonly string[], options: PlanOptions): Promise<Plan> {
  const plan: Plan = { jobs: [], problems: [], originals: new Set() };
  const outFile = await checkOut(inputs, options);
  const found: { path: string; base: string | null }[] = [];
  for (const input of inputs) {
    try {
      found.push(...(await expand(input)));
    } catch (error) {
      if (!(error instanceof AutochromeError)) throw error;
      plan.problems.push({ input, error });
    }
  }
  // A shell's `*.jpg` names earlier results beside their photos: those are no photos to colour.
  const stems = new Set(found.map(({ path }) => stemOf(resolve(path))));
  const takenBy = new Map<string, string>();
  const seen = new Set<string>();
  for (const { path, base } of found) {
    if (isColoredName(path) && stems.has(stemOf(resolve(path)).slice(0, -".color".length))) continue;
    // Named twice, or reached again through a symbolic link (which may lead in a circle).
    const real = await realpath(path).catch(() => resolve(path));
    if (seen.has(real)) continue;
    seen.add(real);
    const job = outFile ?? (await jobFor(path, base, options));
    const key = pathKey(job.output);
    const first = takenBy.get(key);
    const identity = await stat(path).catch(() => null);
    if (identity !== null) plan.originals.add(fileIdentity(identity));
    if (first !== undefined) {
      const message = `'${path}' and '${first}' would both become '${job.output}'. Colour them into different folders with -o.`;
      plan.problems.push({ input: path, error: new AutochromeError(message, { code: "SAME_OUTPUT" }) });
      continue;
    }
    takenBy.set(key, path);
    plan.jobs.push({ ...job, input: path });
  }
  return plan;
}

/** The output of a single photo whose `out` names a file; null where `out` is a folder or absent. */
async function checkOut(inputs: readonly string[], { out, format }: PlanOptions) {
  if (out === undefined) return null;
  const existing = await stat(out).catch(() => null);
  if (existing?.isDirectory()) return null;
  const usage = (message: string) => new AutochromeError(message, { code: "USAGE", exitCode: 2 });
  const single = inputs.length === 1 && ((await stat(inputs[0]).catch(() => null))?.isFile() ?? false);
  if (single && IMAGE_EXTENSIONS.has(extname(out).toLowerCase())) {
    const named = formatOfExtension(extname(out));
    if (named === null || named === "gif")
      throw usage(`'${out}': ${extname(out)} cannot be written. Use .png.`);
    if (format !== undefined && format !== named) {
      throw usage(`'${out}' and the format ${format} contradict each other. Leave one out.`);
    }
    return { output: out, format: named };
  }
  if (existing !== null) throw usage(`'${out}' is a file. Name a folder to write into.`);
  return null;
}

async function expand(input: string): Promise<{ path: string; base: string | null }[]> {
  let found: Stats | null = null;
  try {
    found = await stat(input);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw unreadable(input, cause);
  }
  if (found?.isDirectory()) return expandFolder(input);
  if (found !== null) return [{ path: input, base: null }];
  if (!isDynamicPattern(input)) {
    throw new AutochromeError(`there is no file or folder '${input}'. Check the name.`, {
      code: "NOT_FOUND",
    });
  }
  const names = (
    await glob(input, { onlyFiles: true, expandDirectories: false, absolute: isAbsolute(input) })
  )
    .filter(isPhotoName)
    .sort();
  if (names.length === 0) {
    throw new AutochromeError(`no photo matches '${input}'. Photos end in ${EXTENSION_LIST}.`, {
      code: "NO_PHOTOS",
    });
  }
  const base = staticBase(input);
  return names.map((path) => ({ path, base }));
}

async function expandFolder(folder: string): Promise<{ path: string; base: string }[]> {
  await access(folder, constants.R_OK | constants.X_OK).catch((cause) => {
    throw unreadable(folder, cause);
  });
  const files = await glob("**/*", { cwd: folder, onlyFiles: true, expandDirectories: false });
  const names = files.filter(isPhotoName).sort();
  if (names.length > 0) return names.map((name) => ({ path: join(folder, name), base: folder }));
  const seen =
    files.length === 0
      ? "the folder is empty"
      : files.some(isColoredName)
        ? "only photos coloured before are in it"
        : `none of its ${files.length} files ends in ${EXTENSION_LIST}`;
  throw new AutochromeError(`no photos in '${folder}': ${seen}. Name a folder that holds photos.`, {
    code: "NO_PHOTOS",
  });
}

function isPhotoName(path: string): boolean {
  return IMAGE_EXTENSIONS.has(extname(path).toLowerCase()) && !isColoredName(path);
}

function unreadable(path: string, cause: unknown): AutochromeError {
  const { code } = cause as NodeJS.ErrnoException;
  const reason = code === "EACCES" || code === "EPERM" ? "permission denied" : code;
  return new AutochromeError(`cannot read '${path}': ${reason}. Check its permissions.`, {
    code: "UNREADABLE",
    cause,
  });
}

/** The folders of a glob before its first wildcard: `album` of `album/*` + `/x.jpg`. */
function staticBase(pattern: string): string {
  const parts = convertSeparators(pattern).split("/");
  const fixed = parts.slice(0, -1).findIndex((part) => isDynamicPattern(part));
  const folders = parts.slice(0, fixed === -1 ? parts.length - 1 : fixed);
  if (folders.length === 1 && folders[0] === "") return "/";
  return folders.join("/") || ".";
}

function convertSeparators(pattern: string): string {
  return process.platform === "win32" ? convertPathToPattern(pattern) : pattern;
}

async function jobFor(
  path: string,
  base: string | null,
  { out, format }: PlanOptions,
): Promise<{ output: string; format: PhotoFormat }> {
  const extension = extname(path);
  // Where the name tells nothing the content decides. What cannot be read fails later, with its reason.
  const named =
    formatOfExtension(extension) ??
    (await readDimensions(path).then(
      (header) => header.format,
      () => "png" as const,
    ));
  return resultOf(path, base, named, { out, format });
}

/**
 * Where a photo's result goes, and in which format.
 *
 * @param base the folder that was searched, whose tree `out` mirrors; null for a photo given by name
 * @param named the photo's own format
 */
export function resultOf(
  path: string,
  base: string | null,
  named: PhotoFormat,
  { out, format }: PlanOptions,
): { output: string; format: PhotoFormat } {
  const asked = format ?? named;
  const written = asked === "gif" ? "png" : asked;
  const name = coloredName(basename(path), written);
  const folder = dirname(path);
  if (out === undefined) return { output: join(folder, name), format: written };
  return { output: join(out, base === null ? "" : relative(base, folder), name), format: written };
}

function stemOf(path: string): string {
  return path.slice(0, path.length - extname(path).length);
}

/** Equal for two spellings of one path; on systems that ignore case, for those too. */
function pathKey(path: string): string {
  const full = resolve(path);
  return process.platform === "win32" || process.platform === "darwin" ? full.toLowerCase() : full;
}
