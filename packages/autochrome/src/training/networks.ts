/**
 * The two networks that a configuration describes.
 *
 * @module
 */
import { join } from "node:path";
import { AutochromeError } from "../errors.ts";
import { buildDiscriminator, buildGenerator, deriveSeed, type keras } from "../models/index.ts";
import { type CheckpointName, loadCheckpoint, type RunState, restoreNetworks } from "./checkpoint.ts";
import type { TrainConfig } from "./config/index.ts";

/** See `buildGenerator`. */
export function generatorOf(config: TrainConfig): keras.LayersModel {
  return buildGenerator({
    outputChannels: config.space === "lab" ? 2 : 3,
    width: config.width,
    depth: config.depth,
    normalization: config.normalization,
    upsampling: config.upsampling,
    dropout: config.dropout,
    residualBlocks: config.residualBlocks,
    attention: config.attention,
    architecture: config.architecture,
    initialization: config.initialization,
    seed: deriveSeed(config.seed, "generator"),
  });
}

/** See `buildDiscriminator`. */
export function discriminatorOf(config: TrainConfig): keras.LayersModel {
  return buildDiscriminator({
    inputChannels: config.space === "lab" ? 3 : 4,
    width: config.discriminatorWidth,
    layers: config.discriminatorLayers,
    normalization: config.discriminatorNormalization,
    initialization: config.initialization,
    spectralNormalization: config.spectralNormalization,
    seed: deriveSeed(config.seed, "discriminator"),
  });
}

export interface TrainedNetworks {
  /** With the averaged weights. */
  generator: keras.LayersModel;
  discriminator: keras.LayersModel;
  config: TrainConfig;
  state: RunState;
}

/**
 * The networks of a run's checkpoint, for export and evaluation.
 *
 * @param run the run's folder
 * @param name default `best`, or `last` where no validation has chosen one yet
 * @param own networks to fill, of a run that was given its own
 * @throws AutochromeError when the folder holds no checkpoint, a damaged one or one of other networks
 */
export async function loadTrainedNetworks(
  run: string,
  name?: CheckpointName,
  own: { generator?: keras.LayersModel; discriminator?: keras.LayersModel } = {},
): Promise<TrainedNetworks> {
  const checkpoint =
    name === undefined
      ? ((await loadCheckpoint(run, "best")) ?? (await loadCheckpoint(run, "last")))
      : await loadCheckpoint(run, name);
  if (checkpoint === null) {
    throw new AutochromeError(
      `${join(run, "checkpoints")} holds no checkpoint${name ? ` '${name}'` : ""}: name the folder of a run, ` +
        "such as runs/photos-1, or train one.",
      { code: "NO_CHECKPOINT" },
    );
  }
  const { config, state } = checkpoint;
  const generator = own.generator ?? generatorOf(config);
  const discriminator = own.discriminator ?? discriminatorOf(config);
  restoreNetworks(checkpoint, generator, discriminator);
  return { generator, discriminator, config, state };
}
