/**
 * What may be asked of a colouring, as text in an address or a form.
 *
 * @module
 */
import { z } from "zod";
import { type Hint, parseHints, TONES } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { Problem } from "./problems.ts";

/** Options of `POST /v1/colorize`. */
export const optionsSchema = z.strictObject({
  size: z
    .int()
    .min(16)
    .max(4096)
    .optional()
    .describe("Short side in pixels that the network sees; absent: its own"),
  saturation: z
    .number()
    .min(0)
    .max(10)
    .optional()
    .describe("Strength of the colours: 0 gray, 1 (default) as predicted, up to 10"),
  tones: z
    .enum(TONES)
    .optional()
    .describe(
      "restore (default): sepia, yellowed and faded photos are made neutral and given back the range that they lost; keep: every photo keeps its own lightness",
    ),
  format: z
    .enum(["jpeg", "png", "webp", "avif", "tiff"])
    .optional()
    .describe("Format of the answer; absent: the photo's own, png for gif"),
  quality: z.int().min(1).max(100).optional().describe("Quality of jpeg, webp and avif"),
  mark: z.boolean().optional().describe("Whether the metadata say that AI coloured the photo; default true"),
  hints: z
    .string()
    .min(1)
    .optional()
    .describe("Colours wanted at places of the photo: the JSON that `colorize --hints` reads"),
  model: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Name of one of the networks in /v1/models; absent: the first"),
  name: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe("The photo's file name, after which the answer's is made; absent: the form's, or photo"),
});

export type RequestOptions = Omit<z.infer<typeof optionsSchema>, "hints"> & { hints?: Hint[] };

/**
 * Reads options from pairs of name and text.
 *
 * @throws Problem for one that is unknown, given twice, or out of range
 */
export function parseOptions(pairs: Iterable<readonly [string, string]>): RequestOptions {
  const given: Record<string, unknown> = {};
  for (const [name, text] of pairs) {
    if (Object.hasOwn(given, name)) {
      throw new Problem("bad-option", `the option '${shorten(name)}' was given twice. Give it once.`);
    }
    if (!Object.hasOwn(optionsSchema.shape, name)) {
      const known = Object.keys(optionsSchema.shape).join(", ");
      throw new Problem("bad-option", `there is no option '${shorten(name)}'. The options are ${known}.`);
    }
    given[name] = readValue(name as keyof typeof optionsSchema.shape, text);
  }
  const parsed = optionsSchema.safeParse(given);
  if (parsed.success) {
    const { hints, ...options } = parsed.data;
    return hints === undefined ? options : { ...options, hints: readHints(hints) };
  }
  const [issue] = parsed.error.issues;
  const name = String(issue!.path[0]);
  const given_ = String(given[name]);
  throw new Problem("bad-option", `${name} must be ${expected(name)}, not '${shorten(given_)}'.`);
}

function readHints(text: string): Hint[] {
  try {
    return parseHints(text);
  } catch (cause) {
    if (!(cause instanceof AutochromeError)) throw cause;
    throw new Problem("bad-option", cause.message, { cause });
  }
}

const EXPECTED: Readonly<Record<keyof typeof optionsSchema.shape, string>> = {
  size: "a whole number from 16 to 4096",
  saturation: "a number from 0 to 10",
  tones: "restore or keep",
  format: "one of jpeg, png, webp, avif, tiff",
  quality: "a whole number from 1 to 100",
  mark: "true or false",
  hints: "hints as JSON",
  model: "the name of a network in /v1/models",
  name: "a file name of at most 255 characters",
};

function expected(name: string): string {
  return EXPECTED[name as keyof typeof EXPECTED] ?? "valid";
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60)}...`;
}

const TRUE = new Set(["true", "1", "yes"]);
const FALSE = new Set(["false", "0", "no"]);

function readValue(name: keyof typeof optionsSchema.shape, text: string): unknown {
  if (name === "mark") return TRUE.has(text) ? true : FALSE.has(text) ? false : text;
  const numeric = name === "size" || name === "saturation" || name === "quality";
  return numeric && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : text;
}
