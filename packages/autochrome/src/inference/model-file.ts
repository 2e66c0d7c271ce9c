import { existsSync, readdirSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readOnnxMetadata } from "tfjs-onnxruntime/onnx";
import { z } from "zod";
import { AutochromeError } from "../errors.ts";

/** The network that is used when none is named. */
export const DEFAULT_MODEL_NAME = "best";

/** Name of the network's file inside a model folder. */
export const MODEL_FILE_NAME = "generator.onnx";

/** Name of the generator that has only seen the first phase, beside it: a baseline of `evaluate`. */
export const L1_FILE_NAME = "l1.onnx";

/** Key of an ONNX file's metadata under which ours stands, as JSON. */
export const METADATA_KEY = "autochrome";

/** The newest `formatVersion` that this code reads. 2 came with inputs that carry hints, and is written of those alone. */
export const FORMAT_VERSION = 2;

const metadataSchema = z.object({
  formatVersion: z.number().int().positive(),
  role: z.enum(["generator", "discriminator"]),
  name: z.string().min(1),
  version: z.string(),
  space: z.enum(["lab", "rgb"]),
  multiple: z.number().int().min(1).max(4096),
  size: z.number().int().min(1).max(8192),
  preset: z.string(),
  hints: z.boolean().optional(),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  card: z.record(z.string(), z.unknown()).default({}),
});

/** What an Autochrome network says about itself. */
export interface ModelMetadata {
  formatVersion: number;
  role: "generator" | "discriminator";
  name: string;
  version: string;
  /** What the network predicts: a,b from L ("lab") or R,G,B from gray ("rgb"). */
  space: "lab" | "rgb";
  /** Height and width of the network's input must be multiples of this. */
  multiple: number;
  /** Default length, in pixels, of the short side that the network sees. */
  size: number;
  preset: string;
  /** Whether a generator's input carries colour hints, [n, h, w, 4]: lightness, a, b and a mask. Absent: it does not. */
  hints?: boolean | undefined;
  /** The settings of `train` that fix the network's shape; absent in files of 0.1.0. */
  settings?: Record<string, string | number | boolean> | undefined;
  /** Model card: license, trainedOn, photos, steps, minutes, created, metrics, ... */
  card: Record<string, unknown>;
}

export interface ModelFile {
  path: string;
  bytes: Uint8Array;
  metadata: ModelMetadata;
}

/** Folders named `models` that hold shipped networks: inside the package, or in the repository around it. */
export function modelFolders(): string[] {
  const folders: string[] = [];
  // However the code is bundled, it lies a few folders below the package's root.
  for (let folder = dirname(fileURLToPath(import.meta.url)), up = 0; up < 6; up++, folder = dirname(folder)) {
    const models = join(folder, "models");
    // src/models holds code; only a folder with a network in it counts.
    if (installedIn(models).length > 0) folders.push(models);
  }
  return folders;
}

function installedIn(models: string): string[] {
  if (!existsSync(models)) return [];
  return readdirSync(models)
    .filter((name) => existsSync(join(models, name, MODEL_FILE_NAME)))
    .sort();
}

/** Names of the shipped networks, usable wherever a model is asked for. */
export function installedModels(): string[] {
  return modelFolders().flatMap(installedIn);
}

/**
 * Finds the file of a network.
 *
 * @param model an `.onnx` file, a folder that holds `generator.onnx`, or the name of a shipped network;
 *   absent: the AUTOCHROME_MODEL environment variable, then the shipped default
 * @returns the file's absolute path
 * @throws AutochromeError where there is none
 */
export async function findModel(model?: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const asked = model ?? (env.AUTOCHROME_MODEL || undefined);
  if (asked === undefined) {
    for (const folder of modelFolders()) {
      const names = installedIn(folder);
      const name = names.includes(DEFAULT_MODEL_NAME) ? DEFAULT_MODEL_NAME : names[0];
      return join(folder, name, MODEL_FILE_NAME);
    }
    throw new AutochromeError(
      "no network is installed. Name one with --model, set AUTOCHROME_MODEL, or train one with 'autochrome train'.",
      { code: "MODEL_MISSING" },
    );
  }
  const path = resolve(asked);
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) {
    const inside = join(path, MODEL_FILE_NAME);
    if (existsSync(inside)) return inside;
    const remedy = existsSync(join(path, "checkpoints"))
      ? `It is a training run: make a network of it with 'autochrome export ${asked}'.`
      : "Name an .onnx file or a folder made by 'autochrome export'.";
    throw new AutochromeError(`no ${MODEL_FILE_NAME} in the folder '${asked}'. ${remedy}`, {
      code: "MODEL_MISSING",
    });
  }
  if (found !== null) return path;
  if (!/[\\/]/.test(asked)) {
    for (const folder of modelFolders()) {
      if (installedIn(folder).includes(asked)) return join(folder, asked, MODEL_FILE_NAME);
    }
  }
  const installed = installedModels();
  const known = installed.length > 0 ? ` Installed networks: ${installed.join(", ")}.` : "";
  const origin = model === undefined ? " (from AUTOCHROME_MODEL)" : "";
  throw new AutochromeError(
    `there is no model '${asked}'${origin}. Name an .onnx file or a folder made by 'autochrome export'.${known}`,
    { code: "MODEL_MISSING" },
  );
}

/**
 * Reads a network's file and what it says about itself.
 *
 * @param path an ONNX file
 * @throws AutochromeError where it cannot be read, is no ONNX file, is none of ours, or is of a newer format
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readModelBytes(path);
  return { path, bytes, metadata: parseModelMetadata(bytes, path) };
}

/**
 * Reads a network's file, ours or other people's.
 *
 * @returns with null for metadata where it is none of ours
 * @throws AutochromeError as {@link readModelFile}, but not for an ONNX file that is none of ours
 */
export async function readAnyModelFile(
  path: string,
): Promise<{ path: string; bytes: Uint8Array; metadata: ModelMetadata | null }> {
  const bytes = await readModelBytes(path);
  const foreign = readProperties(bytes, path)[METADATA_KEY] === undefined;
  return { path, bytes, metadata: foreign ? null : parseModelMetadata(bytes, path) };
}

async function readModelBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === "EACCES" ? "permission denied" : String(cause);
    throw new AutochromeError(`cannot read the model '${path}': ${reason}. Check the file's permissions.`, {
      code: "MODEL_UNREADABLE",
      cause,
    });
  }
}

function readProperties(bytes: Uint8Array, path: string): Record<string, string> {
  try {
    return readOnnxMetadata(bytes);
  } catch (cause) {
    throw corruptModel(path, cause);
  }
}

/**
 * Checks and returns the metadata of a network.
 *
 * @param bytes content of an ONNX file
 * @param path named in errors
 * @throws AutochromeError as {@link readModelFile}
 */
export function parseModelMetadata(bytes: Uint8Array, path: string): ModelMetadata {
  const text = readProperties(bytes, path)[METADATA_KEY];
  if (text === undefined) {
    throw new AutochromeError(
      `'${path}' is an ONNX file but not an Autochrome network. Use one made by 'autochrome export'.`,
      { code: "MODEL_FOREIGN" },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw corruptModel(path, cause);
  }
  const version = (value as { formatVersion?: unknown } | null)?.formatVersion;
  if (typeof version === "number" && version > FORMAT_VERSION) {
    throw new AutochromeError(
      `the model '${path}' has format ${version}; this Autochrome reads up to ${FORMAT_VERSION}. Update Autochrome.`,
      { code: "MODEL_NEWER" },
    );
  }
  const parsed = metadataSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new AutochromeError(
    `the model '${path}' describes itself wrongly (${issue.path.join(".") || "metadata"}: ${issue.message}). Export it again.`,
    { code: "MODEL_CORRUPT", cause: parsed.error },
  );
}

/** The error for a file that is damaged, or not an ONNX file at all. */
export function corruptModel(path: string, cause: unknown): AutochromeError {
  return new AutochromeError(
    `the model '${path}' is damaged or not an ONNX file. Fetch or export it again.`,
    { code: "MODEL_CORRUPT", cause },
  );
}
