/**
 * What a run takes over from the network that it starts from.
 *
 * @module
 */
import { AutochromeError } from "../../errors.ts";
import type { ConfigKey, PartialConfig, TrainConfig } from "./schema.ts";

/** Settings that fix the shapes and the meaning of a generator's weights. */
export const GENERATOR_KEYS = [
  "space",
  "architecture",
  "encoder",
  "chromaStride",
  "head",
  "width",
  "depth",
  "normalization",
  "upsampling",
  "residualBlocks",
  "attention",
] as const satisfies readonly ConfigKey[];

/** Settings of how a generator with colour classes paints, which can be chosen anew when it is trained. */
export const PAINT_KEYS = ["temperature", "vividness", "smoothing"] as const satisfies readonly ConfigKey[];

export type PaintSettings = Pick<TrainConfig, (typeof PAINT_KEYS)[number]>;

/** The same of a discriminator, beside `space`. */
export const DISCRIMINATOR_KEYS = [
  "discriminatorWidth",
  "discriminatorLayers",
  "discriminatorNormalization",
  "spectralNormalization",
] as const satisfies readonly ConfigKey[];

/** The settings of the networks that a run starts from. */
export interface InitSettings {
  /** The value of `GENERATOR_KEYS`. */
  generator: PartialConfig;
  /** Whether the generator takes hints. One without can be given them, not the other way round. */
  hints: boolean;
  /** The value of `DISCRIMINATOR_KEYS`; null where there is no discriminator. */
  discriminator: PartialConfig | null;
  /** What else it was made with and a run had better keep, unless told otherwise. */
  suggested: PartialConfig;
}

/**
 * Puts the settings of the networks that a run starts from over those of its preset.
 *
 * @param merged defaults and preset; changed
 * @param explicit what the file and the flags say
 * @returns the decision on the discriminator: `same` or `none`
 * @throws AutochromeError (exit code 2) naming the first setting that `explicit` and the networks disagree on
 */
export function overlayInit(
  merged: PartialConfig,
  init: InitSettings,
  explicit: PartialConfig,
): Pick<TrainConfig, "initDiscriminator"> {
  const wanted = explicit.initDiscriminator ?? "auto";
  const refuse = (key: ConfigKey, has: unknown, remedy: string) => {
    throw new AutochromeError(
      `${key} ${JSON.stringify(explicit[key])} contradicts ${explicit.init}, which has ${JSON.stringify(has)}: ` +
        `leave ${key} out, ${remedy}.`,
      { code: "BAD_CONFIG", exitCode: 2 },
    );
  };
  Object.assign(merged, init.suggested, init.generator);
  if (init.hints) {
    if (explicit.hints === false) refuse("hints", true, "or train from scratch without init");
    merged.hints = true;
  }
  const other = contradiction(GENERATOR_KEYS, explicit, init.generator);
  if (other) refuse(other, init.generator[other], "or train from scratch without init");
  const { discriminator } = init;
  if (discriminator === null && wanted === "same") {
    throw new AutochromeError(
      `${explicit.init} has no discriminator to start from: leave initDiscriminator out, and a new one is trained.`,
      { code: "BAD_CONFIG", exitCode: 2 },
    );
  }
  const unfit = discriminator && contradiction(DISCRIMINATOR_KEYS, explicit, discriminator);
  if (discriminator && unfit && wanted === "same") {
    refuse(unfit, discriminator[unfit], "or train a new discriminator with initDiscriminator none");
  }
  const taken = discriminator !== null && !unfit && wanted !== "none";
  if (taken) Object.assign(merged, discriminator);
  return { initDiscriminator: taken ? "same" : "none" };
}

/** The first setting that both sides give different values, or null. */
export function contradiction<K extends ConfigKey>(
  keys: readonly K[],
  explicit: PartialConfig,
  init: PartialConfig,
): K | null {
  const differs = (key: K) =>
    explicit[key] !== undefined && init[key] !== undefined && explicit[key] !== init[key];
  return keys.find(differs) ?? null;
}
