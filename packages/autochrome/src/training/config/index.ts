/**
 * Settings of a training run; loads no TensorFlow.js.
 *
 * @module
 */
export { contradiction, DISCRIMINATOR_KEYS, GENERATOR_KEYS, type InitSettings } from "./init-settings.ts";
export { PRESETS, type PresetName } from "./presets.ts";
export {
  type ConfigSources,
  flagName,
  nearestKey,
  parseSetting,
  readConfigFile,
  requireSameSettings,
  resolveConfig,
} from "./resolve.ts";
export {
  CONFIG_KEYS,
  type ConfigKey,
  type ConfigKeyInfo,
  configSchema,
  describeConfig,
  type PartialConfig,
  RESUMABLE_KEYS,
  type TrainConfig,
} from "./schema.ts";
