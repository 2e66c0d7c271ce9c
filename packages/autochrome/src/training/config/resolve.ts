/**
 * From defaults, preset, file and flags to one complete configuration.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { type InitSettings, overlayInit } from "./init-settings.ts";
import { nameStrengths } from "./old-photos.ts";
import { PRESETS } from "./presets.ts";
import { configError, rangeError } from "./ranges.ts";
import {
  CONFIG_KEYS,
  type ConfigKey,
  configSchema,
  flagName,
  type PartialConfig,
  type TrainConfig,
} from "./schema.ts";

/** A run ends at the first of these; naming one leaves the others of weaker sources out. */
const LIMITS = ["steps", "epochs", "minutes"] as const;

export interface ConfigSources {
  /** A resumed run's own configuration, in place of the defaults. */
  saved?: TrainConfig | undefined;
  /** Contents of a configuration file. */
  file?: PartialConfig | undefined;
  /** What was said on the command line, or in code. */
  flags?: PartialConfig | undefined;
  /** Of the networks that `init` names; see `readInit`. */
  init?: InitSettings | undefined;
}

/**
 * Defaults < preset < the networks to start from < file < flags. The preset is the one that the flags name, or the
 * file, or `small`, or `finetune` where there are networks to start from.
 * @throws AutochromeError (exit code 2) naming the setting that is unknown, out of range or at odds with another
 */
export function resolveConfig(sources: ConfigSources): TrainConfig {
  const file = checkKeys(sources.file ?? {}, "the configuration file");
  const flags = checkKeys(sources.flags ?? {}, "the settings");
  const named = flags.preset ?? file.preset;
  const merged: PartialConfig = {};
  if (sources.saved) {
    requireSamePreset(sources.saved.preset, named);
    Object.assign(merged, sources.saved);
  } else {
    overlay(merged, presetSettings(named ?? (sources.init ? "finetune" : "small")));
  }
  const explicit = { ...definedOf(file), ...definedOf(flags) };
  const decided = sources.init ? overlayInit(merged, sources.init, explicit) : {};
  overlay(merged, file);
  overlay(merged, flags);
  Object.assign(merged, decided);
  nameStrengths(merged);
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) throw rangeError(parsed.error.issues, merged);
  checkTogether(parsed.data);
  return parsed.data;
}

function overlay(base: PartialConfig, layer: PartialConfig): void {
  const given = definedOf(layer);
  if (LIMITS.some((limit) => given[limit] != null)) for (const limit of LIMITS) base[limit] = null;
  // The share would be overruled by steps that a weaker source has named.
  if (given.pretrainFraction != null) base.pretrainSteps = null;
  Object.assign(base, given);
}

/** A run's settings are its own: a preset over them would undo what it was started with. */
function requireSamePreset(saved: string, named: string | undefined): void {
  if (named === undefined || named === saved) return;
  presetSettings(named);
  throw configError(
    `this run was started with the preset '${saved}', not '${named}': leave --preset out to resume it, or start ` +
      "another run with --run.",
  );
}

function definedOf(layer: PartialConfig): PartialConfig {
  return Object.fromEntries(Object.entries(layer).filter(([, value]) => value !== undefined));
}

function presetSettings(name: string): PartialConfig {
  const preset = Object.hasOwn(PRESETS, name) ? PRESETS[name as keyof typeof PRESETS] : undefined;
  if (preset === undefined) {
    throw configError(`there is no preset '${name}'. The presets are ${Object.keys(PRESETS).join(", ")}.`);
  }
  return { ...preset, preset: name };
}

/** @throws AutochromeError naming the nearest setting to one that does not exist */
function checkKeys(settings: PartialConfig, where: string): PartialConfig {
  for (const key of Object.keys(settings)) {
    if (!Object.hasOwn(configSchema.shape, key)) {
      const guess = nearestKey(key);
      const hint = guess === null ? "Run 'autochrome train --help' for all." : `Did you mean '${guess}'?`;
      throw configError(`${where}: '${key}' is no setting. ${hint}`);
    }
  }
  return settings;
}

/**
 * Reads a JSON file of settings.
 * @throws AutochromeError (exit code 2) when it is missing, no JSON or no object
 */
export async function readConfigFile(path: string): Promise<PartialConfig> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw configError(`the configuration ${path} cannot be read: name an existing JSON file.`, cause);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw configError(`the configuration ${path} is not valid JSON (${reason}).`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw configError(`the configuration ${path} has to be a JSON object, such as {"batchSize": 8}.`);
  }
  return checkKeys(value as PartialConfig, `the configuration file ${path}`);
}

/** A flag's text as the setting's value: `8`, `true`, `null`, `lab`. What does not fit, `resolveConfig` refuses. */
export function parseSetting(key: ConfigKey, text: string): unknown {
  const inner = configSchema.shape[key];
  // Before a path may be called so: a folder of that name is ./null.
  if (text === "null" && inner.safeParse(null).success) return null;
  if (inner.safeParse(text).success) return text;
  if (text === "null" || text === "none") return null;
  if (text === "true" || text === "false") return text === "true";
  const number = Number(text);
  return text.trim() === "" || Number.isNaN(number) ? text : number;
}

/** The setting whose name is nearest, or null where none is near. */
export function nearestKey(word: string): ConfigKey | null {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  let best: ConfigKey | null = null;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const key of CONFIG_KEYS) {
    // A part of a name is near, however much of it is missing.
    const part = plain(word).length >= 4 && plain(key).includes(plain(word));
    const distance = part ? 1 : editDistance(plain(word), plain(key));
    if (distance < bestDistance) {
      best = key;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}

function checkTogether(config: TrainConfig): void {
  // What a generator of the user's own takes shows when it is read.
  const multiple = config.generator === null ? 2 ** config.depth : 1;
  for (const key of ["cropSize", "validationSize"] as const) {
    const size = config[key];
    if (size !== null && size % multiple !== 0) {
      const below = Math.max(multiple, Math.floor(size / multiple) * multiple);
      throw configError(
        `${key} ${size} is no multiple of ${multiple}, which a generator of depth ${config.depth} needs. ` +
          `Try ${below} or ${below + multiple}, or another ${flagName("depth")}.`,
      );
    }
  }
  if (config.r1Gamma !== 0 && config.backend === "cpu") {
    throw configError(
      "r1Gamma needs second derivatives, which TensorFlow.js's own cpu backend lacks: leave --backend out, or give " +
        "--r1-gamma 0.",
    );
  }
  if (config.init === null && config.initDiscriminator !== "auto") {
    throw configError(
      `initDiscriminator ${config.initDiscriminator} says what to take from the networks of init, and there is no ` +
        "init: give --init, or leave --init-discriminator out.",
    );
  }
  if (config.hints && config.space !== "lab") {
    throw configError(
      "hints are colours without lightness, a and b, which only space lab has: leave --hints out, or give --space lab.",
    );
  }
  if (config.head === "classes" && config.space !== "lab") {
    throw configError(
      "head classes is a distribution over a and b, which only space lab has: leave --head out, or give --space lab.",
    );
  }
  if (config.encoder !== "none" && config.architecture !== "unet") {
    throw configError(
      `architecture ${config.architecture} has downs of its own, and encoder ${config.encoder} brings others: give one of both.`,
    );
  }
  if (config.encoder !== "none" && config.depth > 5) {
    throw configError(
      `encoder ${config.encoder} halves five times, and depth is ${config.depth}: try --depth 5.`,
    );
  }
  if (config.scaleMin > config.scaleMax) {
    throw configError(
      `scaleMin ${config.scaleMin} is above scaleMax ${config.scaleMax}: photos would have no size to be drawn from.`,
    );
  }
  if (config.backend === "cpu" && config.device !== null && config.device !== "cpu") {
    throw configError(
      `device ${config.device} is one of onnxruntime's, and backend cpu is TensorFlow.js's own: leave one of ` +
        "--device and --backend out, or give --device null.",
    );
  }
  if (LIMITS.every((limit) => config[limit] === null)) {
    throw configError("the run would have no end: give --steps, --epochs or --minutes.");
  }
}
