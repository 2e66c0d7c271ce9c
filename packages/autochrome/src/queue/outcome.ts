import { AutochromeError } from "../errors.ts";

/**
 * Codes of failures that no second attempt mends: the photo itself, or its place, has to be put right first.
 */
const PERMANENT: ReadonlySet<string> = new Set([
  "DAMAGED",
  "EMPTY",
  "NOT_AN_IMAGE",
  "BAD_IMAGE",
  "BAD_JOB",
  "OUTSIDE_ROOT",
  "ORIGINAL",
  "TOO_LARGE",
  "FORMAT_LIMIT",
  "EACCES",
  "EPERM",
  "EISDIR",
  "ENOTDIR",
  "ENAMETOOLONG",
  "ELOOP",
  "EFBIG",
]);

/** What the system said beneath a decoder's message, where the file is whole and its reading failed. */
const PASSING =
  /input\/output error|stale file handle|cannot allocate|out of memory|too many open files|bad_alloc/i;

/** Codes of failures that all photos share: going on at once would only fail them all. */
const SHARED: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EROFS"]);

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") codes.push(at.code);
  }
  return codes;
}

/** Whether a second attempt may succeed: all but what is known to last. */
export function mayPass(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (PASSING.test(at.message)) return true;
  if (!(error instanceof AutochromeError)) return true;
  return !codesOf(error).some((code) => PERMANENT.has(code));
}

/** Whether the next photo would fail of the same. */
export function isShared(error: unknown): boolean {
  return codesOf(error).some((code) => SHARED.has(code));
}

/** Whether a file or folder was not there. */
export function isMissing(error: unknown): boolean {
  return codesOf(error).some((code) => code === "ENOENT" || code === "ESTALE");
}
