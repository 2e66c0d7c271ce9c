/**
 * What a setting may be, in words, and what is wrong with one that is not.
 *
 * @module
 */
import { z } from "zod";
import { AutochromeError } from "../../errors.ts";
import { type ConfigKey, configSchema, describeConfig, type PartialConfig } from "./schema.ts";

/** The part of JSON Schema that settings are made of. */
interface Range {
  type?: string;
  enum?: string[];
  const?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: Range;
  anyOf?: Range[];
}

/** What a setting may be: `a whole number from 8 to 2048, or null`. */
export function allowedValues(key: ConfigKey): string {
  return inWords(z.toJSONSchema(configSchema.shape[key], { io: "input" }) as Range);
}

function inWords(range: Range): string {
  if (range.anyOf) return range.anyOf.map(inWords).join(", or ");
  if (range.const !== undefined) return range.const;
  if (range.enum) return `one of ${range.enum.join(", ")}`;
  switch (range.type) {
    case "integer":
      return `a whole number${limits(range)}`;
    case "number":
      return `a number${limits(range)}`;
    case "boolean":
      return "true or false";
    case "array":
      return 'a list of paths, as ["photos/"]';
    case "string":
      return "a text that is not empty";
    default:
      return String(range.type);
  }
}

function limits({ minimum, exclusiveMinimum, maximum }: Range): string {
  // Every whole number has this limit: what JavaScript counts exactly.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined) {
    return ` above ${exclusiveMinimum}${most === undefined ? "" : ` and up to ${most}`}`;
  }
  if (minimum !== undefined && most !== undefined) return ` from ${minimum} to ${most}`;
  if (minimum !== undefined) return `, ${minimum} or more`;
  return most === undefined ? "" : `, ${most} or less`;
}

/** An error about a setting: exit code 2. */
export function configError(message: string, cause?: unknown): AutochromeError {
  return new AutochromeError(message, { code: "BAD_CONFIG", exitCode: 2, cause });
}

/** Everything that the schema finds wrong with some settings, each with its value and what it may be. */
export function rangeError(issues: readonly z.core.$ZodIssue[], settings: PartialConfig): AutochromeError {
  const keys = [...new Set(issues.map(({ path }) => String(path[0]) as ConfigKey))];
  return configError(keys.map((key) => complaint(key, settings[key])).join(" "));
}

function complaint(key: ConfigKey, value: unknown): string {
  if (key === "photos" && (value === undefined || (Array.isArray(value) && value.length === 0))) {
    return "no photos were named: give a folder, as in 'autochrome train photos/'.";
  }
  const { description } = describeConfig().find((info) => info.key === key)!;
  return `${key} cannot be ${shown(value)}: it has to be ${allowedValues(key)}. It means: ${description}.`;
}

/** JSON, and the numbers that JSON does not know. */
function shown(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "undefined");
}
