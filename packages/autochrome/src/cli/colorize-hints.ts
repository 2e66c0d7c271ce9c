/**
 * `colorize --hints`: a file for one photo, or a folder with a file for each photo that has hints.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { basename, dirname, extname, isAbsolute, join, relative } from "node:path";
import type { Hint } from "../chroma/index.ts";
import { HINTS_EXTENSION, readHintsFile } from "../inference/index.ts";
import { usageError } from "./args.ts";

/** Hints as `--hints` names them. */
export interface NamedHints {
  /** Of a photo. */
  of(photo: string): Promise<readonly Hint[]>;
  /** Files of hints that were read so far. */
  used(): number;
}

/**
 * Opens what `--hints` names. A file is read at once, so that a wrong one fails before the network is loaded.
 *
 * @param inputs of the command
 * @throws AutochromeError for what is missing or wrong in a file, and for a file where there may be several photos
 */
export async function openHints(path: string, inputs: readonly string[]): Promise<NamedHints> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) return openFolder(path, inputs);
  const hints = await readHintsFile(path);
  const [input] = inputs;
  const single = inputs.length === 1 && (input === "-" || !(await mayBeSeveral(input!)));
  if (!single) {
    throw usageError(
      `'${path}' holds the hints of one photo, but several may be meant. Name one photo, or a folder of <photo>${HINTS_EXTENSION}.`,
    );
  }
  return { of: async () => hints, used: () => 1 };
}

function openFolder(folder: string, inputs: readonly string[]): NamedHints {
  if (inputs.includes("-")) {
    throw usageError(`a photo from stdin has no name to find its hints by in '${folder}'. Name the file.`);
  }
  let used = 0;
  return {
    async of(photo) {
      const path = hintsPath(photo, folder, inputs);
      if ((await stat(path).catch(() => null)) === null) return [];
      used++;
      return readHintsFile(path);
    },
    used: () => used,
  };
}

/**
 * Where the hints of a photo lie: beside the photo where that is under `folder`; else the tree below the searched
 * folder is repeated under `folder`; else right in it.
 */
export function hintsPath(photo: string, folder: string, inputs: readonly string[]): string {
  const name = `${basename(photo, extname(photo))}${HINTS_EXTENSION}`;
  if (isUnder(photo, folder)) return join(dirname(photo), name);
  const searched = inputs.filter((input) => isUnder(photo, input)).sort((a, b) => b.length - a.length)[0];
  return join(folder, searched === undefined ? "" : relative(searched, dirname(photo)), name);
}

function isUnder(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== "" && !isAbsolute(way) && way.split(/[\\/]/)[0] !== "..";
}

/** A folder, or a pattern that names no file itself; what is missing is reported when it is looked for. */
async function mayBeSeveral(input: string): Promise<boolean> {
  const found = await stat(input).catch(() => null);
  return found === null ? /[*?{[(]/.test(input) : found.isDirectory();
}
