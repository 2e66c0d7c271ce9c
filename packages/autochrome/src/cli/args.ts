/**
 * Arguments: parsing with errors that name the nearest flag, and typed reading of values.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { AutochromeError } from "../errors.ts";
import type { OptionSpecs, OptionValues } from "./command.ts";

/** Flags that every command has. */
export const COMMON_OPTIONS: OptionSpecs = {
  help: { type: "boolean", short: "h" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  debug: { type: "boolean" },
};

/** An error in how the program was called: exit code 2. */
export function usageError(message: string): AutochromeError {
  return new AutochromeError(message, { code: "USAGE", exitCode: 2 });
}

/** Number of single-letter insertions, deletions and replacements between two words (Levenshtein 1966). */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(replace, previous[j]! + 1, current[j - 1]! + 1);
    }
    previous = current;
  }
  return previous[b.length]!;
}

/** The candidate nearest to `word`, or null where none is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    // A cut-off word (`--over` for `--overwrite`) is near, however much of it is missing.
    const distance =
      word.length >= 3 && candidate.startsWith(word) ? 1 : editDistance(word.toLowerCase(), candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean --size?`, or where to read about the flags. */
function suggestion(word: string, specs: OptionSpecs, help: string): string {
  const names = Object.entries(specs).flatMap(([name, { type }]) =>
    type === "boolean" ? [name, `no-${name}`] : [name],
  );
  const guess = nearest(word, names);
  return guess === null ? ` Run '${help}' for the flags.` : ` Did you mean --${guess}?`;
}

/**
 * Parses flags and positionals. Negative numbers are values (`--saturation -1`), `--no-<flag>` is false for
 * a boolean flag, and `--` ends the flags.
 *
 * @param help command to run for help, named in errors
 * @throws AutochromeError (exit code 2) for an unknown flag, a missing value, a value where none is taken, and
 *   a flag given twice that may be given once
 */
export function parseArguments(
  argv: readonly string[],
  specs: OptionSpecs,
  help: string,
): { values: OptionValues; positionals: string[] } {
  const { tokens } = parseArgs({
    args: [...argv],
    options: specs,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | boolean | string[] | undefined> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const negated = token.name.startsWith("no-") && specs[token.name] === undefined;
    const name = negated ? token.name.slice(3) : token.name;
    const spec = Object.hasOwn(specs, name) ? specs[name]! : undefined;
    if (spec === undefined || (negated && spec.type !== "boolean")) {
      throw usageError(`unknown flag ${token.rawName}.${suggestion(token.name, specs, help)}`);
    }
    if (spec.type === "boolean") {
      if (token.value !== undefined) throw usageError(`${token.rawName} takes no value. Run '${help}'.`);
      values[name] = !negated;
      continue;
    }
    const value = token.value;
    const looksLikeFlag = token.inlineValue === false && value !== undefined && /^--?[a-z]/i.test(value);
    if (value === undefined || looksLikeFlag) {
      throw usageError(`${token.rawName} needs a value. Run '${help}'.`);
    }
    if (spec.multiple) {
      const list = values[name];
      if (Array.isArray(list)) list.push(value);
      else values[name] = [value];
    } else if (values[name] !== undefined) {
      throw usageError(`${token.rawName} was given twice. Give it once.`);
    } else {
      values[name] = value;
    }
  }
  return { values, positionals };
}

/** The text of `--name`, or undefined. */
export function stringOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  if (typeof value !== "string") return undefined;
  if (value === "") throw usageError(`--${name} is empty. Give it a value.`);
  return value;
}

/** All texts of a `multiple` flag. */
export function listOption(values: OptionValues, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value : [];
}

/** A boolean flag; `otherwise` where neither `--name` nor `--no-name` was given. */
export function flagOption(values: OptionValues, name: string, otherwise = false): boolean {
  const value = values[name];
  return typeof value === "boolean" ? value : otherwise;
}

/** The number of `--name`, checked against a range (both ends included), or undefined. */
export function numberOption(
  values: OptionValues,
  name: string,
  range: { min?: number; max?: number; integer?: boolean } = {},
): number | undefined {
  const text = stringOption(values, name);
  if (text === undefined) return undefined;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = range;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))) {
    return value;
  }
  const kind = integer ? "a whole number" : "a number";
  const bounded = Number.isFinite(min) && Number.isFinite(max);
  const limits = bounded
    ? ` from ${min} to ${max}`
    : Number.isFinite(min)
      ? `, ${min} or more`
      : Number.isFinite(max)
        ? `, ${max} or less`
        : "";
  throw usageError(`--${name} must be ${kind}${limits}, not '${text}'.`);
}

/** One of a fixed set of words, or undefined. */
export function choiceOption<T extends string>(
  values: OptionValues,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = stringOption(values, name);
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text.toLowerCase());
  if (found !== undefined) return found;
  throw usageError(`--${name} must be one of ${choices.join(", ")}, not '${text}'.`);
}
