import type { NetworkPreset } from "./types.ts";

/** As Isola et al. 2017 published them, for 256 pixels; docs/recipes.md goes through every line. */
export const pix2pix: NetworkPreset = {
  architecture: "pix2pix",
  width: 64, // 64, 128, 256, then 512 filters: 54.4 million parameters
  depth: 8, // 1x1 at the bottleneck of 256 px
  normalization: "instance", // what batch normalization of one photo is, in training and after
  upsampling: "transposed",
  dropout: 0.5,
  residualBlocks: 0,
  attention: false,
  initialization: "dcgan",
  discriminatorWidth: 64,
  discriminatorLayers: 3, // 70x70 patches
  discriminatorNormalization: "batch",
  spectralNormalization: false,
};
