/**
 * What settings a network was made with, from its file.
 *
 * @module
 */
import type { OnnxWeight } from "tfjs-onnxruntime/onnx";
import type { ModelMetadata } from "../../inference/index.ts";
import { NETWORK_PRESETS } from "../../models/index.ts";
import { DISCRIMINATOR_KEYS, GENERATOR_KEYS, PAINT_KEYS, type PartialConfig } from "../config/index.ts";
import { numberedConstants } from "./weights.ts";

/** The value of `GENERATOR_KEYS` of a generator's file. */
export function generatorSettings(metadata: ModelMetadata, constants: readonly OnnxWeight[]): PartialConfig {
  return metadata.settings === undefined
    ? shapeOfGenerator(metadata, constants)
    : pick(GENERATOR_KEYS, metadata.settings);
}

/** The value of `DISCRIMINATOR_KEYS` of a discriminator's file. */
export function discriminatorSettings(
  metadata: ModelMetadata,
  constants: readonly OnnxWeight[],
): PartialConfig {
  return metadata.settings === undefined
    ? shapeOfDiscriminator(metadata, constants)
    : pick(DISCRIMINATOR_KEYS, metadata.settings);
}

/** How a generator's file paints, where it has colour classes. */
export function paintSettings({ settings = {} }: ModelMetadata): PartialConfig {
  return pick(PAINT_KEYS, settings);
}

function pick(keys: readonly string[], settings: Record<string, unknown>): PartialConfig {
  // Checked against the schema with all other settings.
  // A setting that is younger than the file has its default.
  const known = keys.filter((key) => settings[key] !== undefined);
  return Object.fromEntries(known.map((key) => [key, settings[key]])) as PartialConfig;
}

/** From the constants' shapes, for files that do not tell; what is read wrongly fails the parity check. */
function shapeOfGenerator(
  { space, multiple }: ModelMetadata,
  constants: readonly OnnxWeight[],
): PartialConfig {
  // The last is the output's bias, stored as a vector or as a map.
  const numbered = numberedConstants(constants).slice(0, -1);
  const kernels = numbered.filter(isKernel);
  const depth = Math.round(Math.log2(multiple));
  // As many ups as downs; a residual block has two.
  const residualBlocks = Math.max(0, (kernels.length - 2 * depth) / 2);
  const norms = 2 * depth - 3 + 2 * residualBlocks;
  const vectors = numbered.filter(({ dims }) => dims.length === 1).length;
  // Without norms every convolution has a bias; with them only the outermost and innermost downs have.
  const perNorm = Math.round((vectors - 2) / norms);
  const averaging = numbered.some(({ dims }) => dims.length === 4 && dims[0] === 1 && dims[2] === dims[3]);
  const oneOfTwo = averaging ? "group" : "instance";
  return {
    architecture: "unet",
    encoder: "none",
    head: "regression",
    space,
    width: kernels[0]?.dims[3] ?? 1,
    depth,
    normalization: perNorm >= 4 ? "batch" : perNorm >= 2 ? oneOfTwo : "none",
    upsampling: kernels.at(-1)?.dims[0] === 3 ? "nearest" : "transposed",
    residualBlocks,
    attention: false,
  };
}

function shapeOfDiscriminator({ preset }: ModelMetadata, constants: readonly OnnxWeight[]): PartialConfig {
  const kernels = numberedConstants(constants).filter(isKernel);
  const known = Object.entries(NETWORK_PRESETS).find(([name]) => name === preset)?.[1];
  return {
    discriminatorWidth: kernels[0]?.dims[3] ?? 1,
    // Two convolutions have stride 1.
    discriminatorLayers: kernels.length - 2,
    discriminatorNormalization: "none",
    spectralNormalization: known?.spectralNormalization ?? true,
  };
}

function isKernel({ dims }: OnnxWeight): boolean {
  return dims.length === 4 && dims[0]! > 1;
}
