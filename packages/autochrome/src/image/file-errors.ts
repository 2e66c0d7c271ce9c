import { AutochromeError } from "../errors.ts";

function errnoOf(error: unknown): string | null {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return null;
}

const READ_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "no such file: check the path",
  ENOTDIR: "a part of the path is a file, not a folder: check the path",
  EACCES: "permission denied: make it readable (chmod +r) or run as its owner",
  EPERM: "permission denied: make it readable (chmod +r) or run as its owner",
  EISDIR: "it is a folder: name a photo, or hand the folder to a command that takes folders",
  EMFILE: "too many files are open: raise the limit (ulimit -n) or work on fewer at a time",
  ENAMETOOLONG: "the name is too long: use a shorter path",
  ELOOP: "its symbolic links go in a circle: repair them",
};

const WRITE_REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist: create it, or choose another output",
  ENOTDIR: "a part of the path is a file, not a folder: choose another output",
  EACCES: "permission denied: make the folder writable, or choose another output",
  EPERM: "permission denied: make the folder writable, or choose another output",
  EROFS: "the file system is read-only: choose another output",
  ENOSPC: "the disk is full: free some space, or choose another output",
  EDQUOT: "the disk quota is used up: free some space, or choose another output",
  EISDIR: "a folder of that name is in the way: choose another output",
  EMFILE: "too many files are open: raise the limit (ulimit -n) or work on fewer at a time",
  ENAMETOOLONG: "the name is too long: use a shorter path",
  EFBIG: "the file would be larger than the file system allows: choose another output",
};

function describe(
  verb: string,
  path: string,
  error: unknown,
  remedies: Readonly<Record<string, string>>,
): AutochromeError {
  if (error instanceof AutochromeError) return error;
  const errno = errnoOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = (errno && remedies[errno]) || reason;
  return new AutochromeError(`cannot ${verb} ${path}: ${remedy}`, { code: errno ?? "FAILED", cause: error });
}

/** Turns what Node threw while reading `path` into an error that names the file, the cause and the remedy. */
export function readError(path: string, error: unknown): AutochromeError {
  return describe("read", path, error, READ_REMEDIES);
}

/** Turns what Node threw while writing `path` into an error that names the file, the cause and the remedy. */
export function writeError(path: string, error: unknown): AutochromeError {
  return describe("write", path, error, WRITE_REMEDIES);
}
