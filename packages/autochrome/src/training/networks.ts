/**
 * The two networks of a run: those that its configuration describes, or the user's own.
 *
 * @module
 */
import { join } from "node:path";
import { inputChannels } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { buildDiscriminator, buildGenerator, deriveSeed, type keras, sizeMultiple } from "../models/index.ts";
import { type CheckpointName, loadCheckpoint, type RunState, restoreNetworks } from "./checkpoint.ts";
import type { PaintSettings, TrainConfig } from "./config/index.ts";
import { readLayersModel } from "./layers-model-file.ts";
import {
  checkDiscriminator,
  checkGenerator,
  keepOwnNetwork,
  keptNetwork,
  type NetworkRole,
  sizeMultipleOf,
} from "./own-networks.ts";

/** See `buildGenerator`. */
export function generatorOf(config: TrainConfig): keras.LayersModel {
  return buildGenerator({
    inputChannels: inputChannels(config.hints),
    outputChannels: config.space === "lab" ? 2 : 3,
    width: config.width,
    depth: config.depth,
    normalization: config.normalization,
    upsampling: config.upsampling,
    dropout: config.dropout,
    residualBlocks: config.residualBlocks,
    attention: config.attention,
    architecture: config.architecture,
    head: config.head,
    temperature: config.temperature,
    vividness: config.vividness,
    smoothing: config.smoothing,
    encoder: config.encoder,
    chromaStride: config.chromaStride,
    encoderTrainable: config.encoderRate > 0,
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

export interface Networks {
  generator: keras.LayersModel;
  discriminator: keras.LayersModel;
}

/**
 * The networks that a run trains: given in code, kept by the run that is resumed, named by its settings, or built. The
 * layers of those that its settings do not describe are left in its folder.
 *
 * @throws AutochromeError when a network of the user's own cannot be read or trained
 */
export async function networksFor(
  run: string,
  config: TrainConfig,
  given: Partial<Networks> = {},
): Promise<Networks> {
  const own = async (role: NetworkRole) => {
    const named = config[role];
    return given[role] ?? (await keptNetwork(run, role)) ?? (named === null ? null : readLayersModel(named));
  };
  const [generator, discriminator] = [await own("generator"), await own("discriminator")];
  if (generator !== null) {
    checkGenerator(generator, config);
    await keepOwnNetwork(run, "generator", generator);
  }
  if (discriminator !== null) {
    checkDiscriminator(discriminator, config);
    await keepOwnNetwork(run, "discriminator", discriminator);
  }
  return {
    generator: generator ?? generatorOf(config),
    discriminator: discriminator ?? discriminatorOf(config),
  };
}

export interface TrainedNetworks extends Networks {
  /** The generator's weights are the averaged ones. */
  generator: keras.LayersModel;
  config: TrainConfig;
  state: RunState;
  /** Heights and widths are to be multiples of these. */
  multiples: Record<NetworkRole, number>;
  /** True for networks that the settings do not describe. */
  own: Record<NetworkRole, boolean>;
}

/**
 * The networks of a run's checkpoint, for export and evaluation.
 *
 * @param run the run's folder
 * @param name default `best`, or `last` where no validation has chosen one yet
 * @param given networks to fill, of a run that was given its own with layers that TensorFlow.js does not know
 * @param paint how a generator with colour classes paints, in place of what the run was trained with
 * @throws AutochromeError when the folder holds no checkpoint, a damaged one or one of other networks
 */
export async function loadTrainedNetworks(
  run: string,
  name?: CheckpointName,
  given: Partial<Networks> = {},
  paint: Partial<PaintSettings> = {},
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
  const { state } = checkpoint;
  const config = { ...checkpoint.config, ...paint };
  const ownGenerator = given.generator ?? (await keptNetwork(run, "generator"));
  const ownDiscriminator = given.discriminator ?? (await keptNetwork(run, "discriminator"));
  const generator = ownGenerator ?? generatorOf(config);
  const discriminator = ownDiscriminator ?? discriminatorOf(config);
  restoreNetworks(checkpoint, generator, discriminator);
  const multiple = ownGenerator === null ? sizeMultiple(config) : (sizeMultipleOf(generator) ?? 1);
  return {
    generator,
    discriminator,
    config,
    state,
    multiples: {
      generator: multiple,
      // What another discriminator takes cannot be told; it has seen the generator's sizes.
      discriminator: ownDiscriminator === null ? 2 ** config.discriminatorLayers : multiple,
    },
    own: { generator: ownGenerator !== null, discriminator: ownDiscriminator !== null },
  };
}
