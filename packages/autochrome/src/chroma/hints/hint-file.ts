import { AutochromeError } from "../../errors.ts";
import type { Hint } from "../hint.ts";

/** Version of the format that {@link formatHints} writes. */
export const HINTS_VERSION = 1;

/** Hints that one photo may have: far beyond what a person places, and a bound on the work that a file can ask for. */
export const MOST_HINTS = 1000;

const COLOR = /^#[0-9a-f]{6}$/i;
const FIELDS = ["x", "y", "color"];

/**
 * Hints as JSON: `{ "version": 1, "hints": [{ "x": 0.5, "y": 0.25, "color": "#3a6ea5" }] }`.
 *
 * @throws AutochromeError where a hint is not valid
 */
export function formatHints(hints: readonly Hint[]): string {
  checkHints(hints);
  const lines = hints.map(({ x, y, color }) => `    ${JSON.stringify({ x, y, color })}`);
  const list = lines.length === 0 ? "[]" : `[\n${lines.join(",\n")}\n  ]`;
  return `{\n  "version": ${HINTS_VERSION},\n  "hints": ${list}\n}\n`;
}

/**
 * Reads what {@link formatHints} writes.
 *
 * @param name of the file, named in errors
 * @throws AutochromeError (code "BAD_HINTS") that names the wrong field and what belongs there
 */
export function parseHints(text: string, name?: string): Hint[] {
  try {
    return readHints(text);
  } catch (error) {
    if (name === undefined || !(error instanceof AutochromeError)) throw error;
    throw new AutochromeError(`'${name}': ${error.message}`, { code: error.code, cause: error });
  }
}

function readHints(text: string): Hint[] {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (cause) {
    // A picture named by mistake must not spill its bytes over a terminal.
    const reason = (cause as Error).message.replace(/[^ -~]/g, "?").slice(0, 100);
    throw invalid(`this is not JSON (${reason})`, `It must look like ${EXAMPLE}.`, cause);
  }
  if (!isRecord(file)) throw invalid(`the file holds ${show(file)}`, `It must look like ${EXAMPLE}.`);
  const { version, hints } = file;
  if (typeof version === "number" && Number.isInteger(version) && version > HINTS_VERSION) {
    throw invalid(
      `version ${version} is newer than this program, which reads version ${HINTS_VERSION}`,
      "Update Autochrome.",
    );
  }
  if (version !== HINTS_VERSION) {
    throw invalid(`version is ${show(version)}`, `Write "version": ${HINTS_VERSION}.`);
  }
  refuseOthers(file, ["version", "hints"], "");
  if (!Array.isArray(hints)) {
    throw invalid(`hints is ${show(hints)}`, `It must be a list, as in ${EXAMPLE}.`);
  }
  checkHints(hints);
  return hints.map(({ x, y, color }) => ({ x, y, color }));
}

/**
 * @throws AutochromeError (code "BAD_HINTS") that names the first wrong field, as in `hints[2].x`
 */
export function checkHints(hints: readonly unknown[]): asserts hints is readonly Hint[] {
  if (hints.length > MOST_HINTS) {
    throw invalid(`hints holds ${hints.length}`, `At most ${MOST_HINTS} are allowed.`);
  }
  hints.forEach((hint, index) => {
    const at = `hints[${index}]`;
    if (!isRecord(hint)) throw invalid(`${at} is ${show(hint)}`, `It must look like ${EXAMPLE_HINT}.`);
    for (const axis of ["x", "y"] as const) {
      const value = hint[axis];
      if (typeof value === "number" && value >= 0 && value <= 1) continue;
      const along = axis === "x" ? "width, from the left" : "height, from the top";
      throw invalid(
        `${at}.${axis} is ${show(value)}`,
        `It must be from 0 to 1: a share of the photo's ${along}.`,
      );
    }
    if (typeof hint.color !== "string" || !COLOR.test(hint.color)) {
      throw invalid(`${at}.color is ${show(hint.color)}`, 'It must be "#rrggbb", such as "#3a6ea5".');
    }
    refuseOthers(hint, FIELDS, `${at}.`);
  });
}

const EXAMPLE_HINT = '{ "x": 0.5, "y": 0.25, "color": "#3a6ea5" }';
const EXAMPLE = `{ "version": ${HINTS_VERSION}, "hints": [${EXAMPLE_HINT}] }`;

function refuseOthers(record: Record<string, unknown>, known: readonly string[], path: string): void {
  const other = Object.keys(record).find((key) => !known.includes(key));
  if (other === undefined) return;
  throw invalid(`there is a field ${path}${other}`, `Only ${known.join(", ")} are allowed there.`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of a JSON file for a message, cut short. */
function show(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

function invalid(what: string, remedy: string, cause?: unknown): AutochromeError {
  return new AutochromeError(`these hints cannot be used: ${what}. ${remedy}`, { code: "BAD_HINTS", cause });
}
