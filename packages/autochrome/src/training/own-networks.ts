/**
 * Networks that a user brings: what they have to be, and what a run keeps of them.
 *
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HINTED_CHANNELS, inputChannels } from "../chroma/index.ts";
import { AutochromeError } from "../errors.ts";
import { type keras, tf } from "../models/index.ts";
import { flagName, type TrainConfig } from "./config/index.ts";
import { readLayersModel, writeTopology } from "./layers-model-file.ts";

export type NetworkRole = "generator" | "discriminator";

const LARGEST_MULTIPLE = 256;

/** `<run>/networks/generator.json`: layers without weights, which are in the checkpoints. */
function keptFile(run: string, role: NetworkRole): string {
  return join(run, "networks", `${role}.json`);
}

/** Writes down the layers of a run's own network, so that they can be had again from the run alone. */
export async function keepOwnNetwork(
  run: string,
  role: NetworkRole,
  model: keras.LayersModel,
): Promise<void> {
  await writeTopology(model, keptFile(run, role));
}

/**
 * The layers of a run's own network, with whatever weights.
 *
 * @returns null where the run was trained with a network that its settings describe
 */
export async function keptNetwork(run: string, role: NetworkRole): Promise<keras.LayersModel | null> {
  const file = keptFile(run, role);
  const found = await stat(file).catch(() => null);
  return found === null ? null : readLayersModel(file);
}

/**
 * The sides that a generator takes are multiples of this power of two: the smallest size of which it gives back.
 *
 * @returns null where it gives back no size at all
 */
export function sizeMultipleOf(generator: keras.LayersModel): number | null {
  for (let size = 1; size <= LARGEST_MULTIPLE; size *= 2) {
    // Three times as well: a stride leaves a side of 1 as it is.
    if (keepsSize(generator, size) && keepsSize(generator, 3 * size)) return size;
  }
  return null;
}

/** Tried out: what layers say of their shapes overlooks skips that do not fit. A lazy backend computes nothing here. */
function keepsSize(generator: keras.LayersModel, size: number): boolean {
  try {
    const channels = generator.inputs[0]!.shape.at(-1)!;
    const [, height, width] = tf.tidy(
      () => (generator.apply(tf.zeros([1, size, size, channels]), { training: false }) as tf.Tensor).shape,
    );
    return height === size && width === size;
  } catch {
    return false;
  }
}

/**
 * Refuses a generator that cannot be trained here.
 *
 * @throws AutochromeError (exit code 2) naming what is wrong and what it should be
 */
export function checkGenerator(
  model: keras.LayersModel,
  config: Pick<TrainConfig, "space" | "hints" | "cropSize" | "validationSize">,
): void {
  const inputs = inputChannels(config.hints);
  if (model.inputs.length === 1 && config.hints !== (model.inputs[0]!.shape.at(-1) === HINTED_CHANNELS)) {
    refuse(
      "generator",
      config.hints
        ? `--hints trains one whose input is ${shown([null, null, null, inputs])} (luma, a, b and mask of hints), and its ` +
            `input is ${shown(model.inputs[0]!.shape)}: build it so, or leave --hints out`
        : `its input has ${HINTED_CHANNELS} channels, as one has that takes hints: add --hints, or build it with one channel`,
    );
  }
  checkEnds(model, "generator", inputs, config.space === "lab" ? 2 : 3, config.space);
  const multiple =
    sizeMultipleOf(model) ??
    refuse(
      "generator",
      "its output has not the height and width of its input: pad with 'same', and go up as often as down",
    );
  for (const key of ["cropSize", "validationSize"] as const) {
    const size = config[key];
    if (size === null || size % multiple === 0) continue;
    const below = Math.max(multiple, Math.floor(size / multiple) * multiple);
    refuse(
      "generator",
      `it takes heights and widths that are multiples of ${multiple}, and ${key} is ${size}: try ${flagName(key)} ` +
        `${below} or ${below + multiple}`,
    );
  }
}

/** The same of a discriminator. */
export function checkDiscriminator(model: keras.LayersModel, config: Pick<TrainConfig, "space">): void {
  checkEnds(model, "discriminator", config.space === "lab" ? 3 : 4, 1, config.space);
}

function checkEnds(
  model: keras.LayersModel,
  role: NetworkRole,
  inputs: number,
  outputs: number,
  space: string,
): void {
  if (model.inputs.length !== 1 || model.outputs.length !== 1) {
    refuse(
      role,
      `it has ${model.inputs.length} inputs and ${model.outputs.length} outputs, and has to have one of each`,
    );
  }
  const what =
    role === "generator"
      ? `luma${inputs === 1 ? "" : ", a, b and mask of hints"} in, ${space === "lab" ? "a, b" : "R, G, B"} out`
      : `luma and ${space === "lab" ? "a, b" : "R, G, B"} in, one logit a patch out`;
  for (const [end, shape, channels] of [
    ["input", model.inputs[0]!.shape, inputs],
    ["output", model.outputs[0]!.shape, outputs],
  ] as const) {
    if (shape.length === 4 && shape.every((size, i) => size === (i === 3 ? channels : null))) continue;
    refuse(
      role,
      `its ${end} is ${shown(shape)}, and in space ${space} it has to be ${shown([null, null, null, channels])} (${what}; ` +
        "height and width left open)",
    );
  }
  if (model.trainableWeights.length === 0) {
    refuse(role, "it has no trainable weights: set 'trainable' on its layers");
  }
}

function shown(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? "null").join(", ")}]`;
}

function refuse(role: NetworkRole, what: string): never {
  throw new AutochromeError(`the ${role} of your own cannot be used: ${what}.`, {
    code: "BAD_NETWORK",
    exitCode: 2,
  });
}
