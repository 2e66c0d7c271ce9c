/**
 * Settings of a training run; loads no TensorFlow.js.
 *
 * @module
 */

export { adviceOn } from "./advice.ts";
export {
  contradiction,
  DISCRIMINATOR_KEYS,
  GENERATOR_KEYS,
  type InitSettings,
  PAINT_KEYS,
  type PaintSettings,
} from "./init-settings.ts";
export { PRESETS, type PresetName } from "./presets.ts";
export { allowedValues, configError } from "./ranges.ts";
export {
  type ConfigSources,
  nearestKey,
  parseSetting,
  readConfigFile,
  resolveConfig,
} from "./resolve.ts";
export { completeConfig, requireSameSettings } from "./resume.ts";
export {
  CONFIG_KEYS,
  type ConfigKey,
  type ConfigKeyInfo,
  configSchema,
  describeConfig,
  flagName,
  type PartialConfig,
  RESUMABLE_KEYS,
  type TrainConfig,
} from "./schema.ts";
