/**
 * A run's own settings, and what of them a later sitting may change.
 *
 * @module
 */
import { configError, rangeError } from "./ranges.ts";
import {
  CONFIG_KEYS,
  type ConfigKey,
  configSchema,
  flagName,
  type PartialConfig,
  RESUMABLE_KEYS,
  type TrainConfig,
} from "./schema.ts";

/**
 * Settings that a run has written, complete: those that came after the version that wrote it get their defaults.
 *
 * @param where the file, for the message
 * @throws AutochromeError when a newer version wrote it, or a value was changed to one that is out of range
 */
export function completeConfig(saved: unknown, where: string): TrainConfig {
  const settings = (typeof saved === "object" && saved !== null ? saved : {}) as PartialConfig;
  const unknown = Object.keys(settings).filter((key) => !Object.hasOwn(configSchema.shape, key));
  if (unknown.length > 0) {
    throw configError(
      `${where} holds settings that this version of Autochrome does not know (${unknown.join(", ")}): ` +
        "use the version that wrote it.",
    );
  }
  const parsed = configSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  throw configError(`${where}: ${rangeError(parsed.error.issues, settings).message}`);
}

/**
 * Refuses to go on with a checkpoint under other settings than it was made with.
 *
 * @param where the run, for the message
 * @param remedy what to do to resume it; by default to leave the flags out
 * @throws AutochromeError (exit code 2) naming every setting that differs, with both values
 */
export function requireSameSettings(
  saved: TrainConfig,
  wanted: TrainConfig,
  where: string,
  remedy?: string,
): void {
  const changed = CONFIG_KEYS.filter(
    (key) => !RESUMABLE_KEYS.has(key) && JSON.stringify(saved[key]) !== JSON.stringify(wanted[key]),
  );
  if (changed.length === 0) return;
  const differences = changed.map(
    (key) => `${key} ${JSON.stringify(saved[key])}, not ${JSON.stringify(wanted[key])}`,
  );
  throw configError(
    `the checkpoint in ${where} was made with ${differences.join("; ")}: ${remedy ?? leaveOut(changed)} to resume it, or ` +
      "start another run with --run.",
  );
}

function leaveOut(changed: readonly ConfigKey[]): string {
  const flags = changed.map(flagName);
  const listed = flags.length === 1 ? flags[0] : `${flags.slice(0, -1).join(", ")} and ${flags.at(-1)}`;
  return `leave ${listed} out`;
}
