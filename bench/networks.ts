import { readFileSync } from "node:fs";
import * as layers from "@tensorflow/tfjs-layers";

export type NetworkName = "reference" | "pix2pix";

export interface GeneratorPlan {
  /** The 4x4 stride-2 convolutions, outermost first; the ups mirror them. */
  downs: { filters: number; normalized: boolean }[];
  /** Rate of the dropout in the innermost `droppedUps` ups. */
  dropout: number;
  droppedUps: number;
  /** Scalars in all its weights, moving averages of the batch normalizations included. */
  weights: number;
}

export interface DiscriminatorPlan {
  /** The 4x4 convolutions but for the last, which gives one logit a patch. */
  layers: { filters: number; strides: number; normalized: boolean }[];
  /**
   * What PyTorch's convolutions of stride 1 do at the border: `same` keeps the size as Keras does, `one` is
   * pix2pix's single zero, which makes maps one smaller. Ours are always `same`.
   */
  padding: "same" | "one";
  weights: number;
}

export interface NetworkPlan {
  generator: GeneratorPlan;
  discriminator: DiscriminatorPlan;
}

/** Read by the PyTorch peer too, so that both build the same. */
export const NETWORKS = JSON.parse(readFileSync(new URL("networks.json", import.meta.url), "utf8")) as Record<
  NetworkName,
  NetworkPlan
>;

const KERNEL_SIZE = 4;
const LEAKY_SLOPE = 0.2;
const INITIAL_STDDEV = 0.02;
/** Gamma, beta, moving mean and moving variance. */
const NORM_WEIGHTS = 4;

/**
 * U-Net: 4x4 stride-2 convolutions, transposed ones with skip concatenations, and a last transposed one to two
 * channels with tanh. `[batch, size, size, 1]` to `[batch, size, size, 2]`. A bias stands only where no batch
 * normalization follows.
 *
 * @param size height and width, a multiple of 2^(number of downs); null for all sizes
 * @throws Error when it does not have as many weights as its plan says
 */
export function buildGenerator(plan: GeneratorPlan, size: number | null, seed: number): layers.LayersModel {
  let nextSeed = seed * 1000;
  const kernelInitializer = () =>
    layers.initializers.randomNormal({ mean: 0, stddev: INITIAL_STDDEV, seed: nextSeed++ });
  const scale = { kernelSize: KERNEL_SIZE, strides: 2, padding: "same" } as const;

  const input = layers.input({ shape: [size, size, 1] });
  const skips: layers.SymbolicTensor[] = [];
  let x = input;
  for (const { filters, normalized } of plan.downs) {
    x = connect(
      layers.layers.conv2d({
        ...scale,
        filters,
        useBias: !normalized,
        kernelInitializer: kernelInitializer(),
      }),
      x,
    );
    if (normalized) x = connect(layers.layers.batchNormalization(), x);
    x = connect(layers.layers.leakyReLU({ alpha: LEAKY_SLOPE }), x);
    skips.push(x);
  }
  skips.pop();
  for (const [i, filters] of upFilters(plan).entries()) {
    x = connect(
      layers.layers.conv2dTranspose({
        ...scale,
        filters,
        useBias: false,
        kernelInitializer: kernelInitializer(),
      }),
      x,
    );
    x = connect(layers.layers.batchNormalization(), x);
    if (i < plan.droppedUps) {
      x = connect(layers.layers.dropout({ rate: plan.dropout, seed: nextSeed++ }), x);
    }
    x = connect(layers.layers.reLU(), x);
    x = layers.layers.concatenate().apply([x, skips.pop()!]) as layers.SymbolicTensor;
  }
  const output = connect(
    layers.layers.conv2dTranspose({
      ...scale,
      filters: 2,
      activation: "tanh",
      kernelInitializer: kernelInitializer(),
    }),
    x,
  );
  return checked(layers.model({ inputs: input, outputs: output, name: "generator" }), plan.weights);
}

/**
 * PatchGAN of 4x4 convolutions: `[batch, size, size, 3]` (Lab) to logits `[batch, rows, columns, 1]`.
 *
 * @throws Error when it does not have as many weights as its plan says
 */
export function buildDiscriminator(plan: DiscriminatorPlan, size: number, seed: number): layers.LayersModel {
  let nextSeed = seed * 1000 + 500;
  const convolution = (filters: number, strides: number, useBias: boolean) =>
    layers.layers.conv2d({
      filters,
      strides,
      useBias,
      kernelSize: KERNEL_SIZE,
      padding: "same",
      kernelInitializer: layers.initializers.randomNormal({
        mean: 0,
        stddev: INITIAL_STDDEV,
        seed: nextSeed++,
      }),
    });
  const input = layers.input({ shape: [size, size, 3] });
  let x = input;
  for (const { filters, strides, normalized } of plan.layers) {
    x = connect(convolution(filters, strides, !normalized), x);
    if (normalized) x = connect(layers.layers.batchNormalization(), x);
    x = connect(layers.layers.leakyReLU({ alpha: LEAKY_SLOPE }), x);
  }
  const output = connect(convolution(1, 1, true), x);
  return checked(layers.model({ inputs: input, outputs: output, name: "discriminator" }), plan.weights);
}

/** Weights of a generator, from its plan alone. */
export function countGeneratorWeights(plan: GeneratorPlan): number {
  let total = 0;
  let inputs = 1;
  for (const { filters, normalized } of plan.downs) {
    total += convolutionWeights(inputs, filters, normalized);
    inputs = filters;
  }
  for (const [i, filters] of upFilters(plan).entries()) {
    total += convolutionWeights(inputs, filters, true);
    inputs = filters + plan.downs.at(-2 - i)!.filters;
  }
  return total + convolutionWeights(inputs, 2, false);
}

/** Weights of a discriminator, from its plan alone. */
export function countDiscriminatorWeights(plan: DiscriminatorPlan): number {
  let total = 0;
  let inputs = 3;
  for (const { filters, normalized } of plan.layers) {
    total += convolutionWeights(inputs, filters, normalized);
    inputs = filters;
  }
  return total + convolutionWeights(inputs, 1, false);
}

function convolutionWeights(inputs: number, filters: number, normalized: boolean): number {
  return KERNEL_SIZE ** 2 * inputs * filters + (normalized ? NORM_WEIGHTS : 1) * filters;
}

/** Each up has as many filters as the down whose map it is joined with. */
function upFilters({ downs }: GeneratorPlan): number[] {
  return downs
    .slice(0, -1)
    .map(({ filters }) => filters)
    .reverse();
}

function checked(model: layers.LayersModel, weights: number): layers.LayersModel {
  const found = model.countParams();
  if (found !== weights)
    throw new Error(`The plan's ${model.name} has ${weights} weights, this one ${found}.`);
  return model;
}

function connect(layer: layers.layers.Layer, input: layers.SymbolicTensor): layers.SymbolicTensor {
  return layer.apply(input) as layers.SymbolicTensor;
}
