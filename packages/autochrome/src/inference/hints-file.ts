import { readFile } from "node:fs/promises";
import { type Hint, parseHints } from "../chroma/index.ts";
import { readError } from "../image/index.ts";

/** What follows a photo's stem in the name of its hints: `portrait.hints.json`. */
export const HINTS_EXTENSION = ".hints.json";

/**
 * Reads a file of colour hints.
 *
 * @throws AutochromeError where it cannot be read, or holds no valid hints
 */
export async function readHintsFile(path: string): Promise<Hint[]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw readError(path, error);
  }
  return parseHints(text, path);
}
